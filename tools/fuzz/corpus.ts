import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { listFiles } from '../source/files.ts'
import type { FuzzTarget } from './target.ts'

export type CorpusEntry = { file: string; bytes: Uint8Array }

export function corpusFolder(root: string, target: string): string {
  return join(root, 'test/corpus', target)
}

/** Inputs that failed once, in the order of their names; they are replayed before anything else. */
export function readCorpus(root: string, target: string): CorpusEntry[] {
  const folder = corpusFolder(root, target)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.bin'))
    .sort()
    .map((name) => ({
      file: relative(root, join(folder, name)),
      bytes: Uint8Array.from(readFileSync(join(folder, name))),
    }))
}

/** Keeps a failing input; gives its path relative to the root. */
export function addToCorpus(root: string, target: string, bytes: Uint8Array): string {
  const folder = corpusFolder(root, target)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.bin`)
  writeFileSync(file, bytes)
  return relative(root, file)
}

export type FoundTarget = { file: string; target: FuzzTarget }

/** Every `*.fuzz.ts` below the root, loaded; two targets of one name are a mistake. */
export async function findTargets(root: string): Promise<FoundTarget[]> {
  const found: FoundTarget[] = []
  for (const file of listFiles(root).filter((name) => name.endsWith('.fuzz.ts'))) {
    const target = await loadTarget(join(root, file))
    const twin = found.find((other) => other.target.name === target.name)
    if (twin !== undefined) throw new Error(`${file} and ${twin.file} both name their fuzz target ${target.name}`)
    found.push({ file, target })
  }
  return found
}

export async function loadTarget(file: string): Promise<FuzzTarget> {
  const loaded = (await import(pathToFileURL(file).href)) as Partial<FuzzTarget> & { default?: Partial<FuzzTarget> }
  const target = loaded.default ?? loaded
  if (typeof target.name !== 'string' || typeof target.run !== 'function') {
    throw new Error(`${file} exports no name and run(bytes)`)
  }
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(target.name))
    throw new Error(`${file}: the name ${target.name} is not kebab-case`)
  return target as FuzzTarget
}
