import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { RunOptions } from './run.ts'

/** A run that once broke an invariant; it must not do so again. */
export interface CorpusEntry {
  readonly invariant: string
  /** Commit at which it broke. */
  readonly foundAt: string
  /** Why it broke, once that is known. */
  readonly cause?: string
  readonly options: RunOptions
}

export const corpusFolder: string = resolve(import.meta.dirname, '../corpus')

export function readCorpus(folder: string): { readonly file: string; readonly entry: CorpusEntry }[] {
  let files: string[]
  try {
    files = readdirSync(folder)
  } catch {
    return []
  }
  return files
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({ file, entry: JSON.parse(readFileSync(join(folder, file), 'utf8')) as CorpusEntry }))
}

/** Writes an entry under a name made of what broke and the seed; returns its path. */
export function addToCorpus(folder: string, entry: CorpusEntry): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${entry.invariant}-${entry.options.seed}.json`)
  writeFileSync(path, `${JSON.stringify(entry, undefined, 2)}\n`)
  return path
}
