import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What a run starts inherits a mark in its environment, so that it is found again in whatever group, session or folder it went.
 * A run inside a run adds to the mark: the outer one finds those of the inner one too.
 */
const variable = 'CRESSET_TEST_RUN'

export type MarkedProcess = { pid: number; command: string }

let runs = 0

/** A new mark below this process' own one, if it has any. */
export function newMark(): string {
  const own = process.env[variable]
  return `${own === undefined ? '' : `${own}/`}${process.pid}.${Date.now()}.${++runs}`
}

export const markVariables = (mark: string): Record<string, string> => ({ [variable]: mark })

/** The living processes with a mark, from Linux's /proc; elsewhere none are found. */
export function findMarked(mark: string): MarkedProcess[] {
  let entries: string[] = []
  try {
    entries = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))
  } catch {
    return []
  }
  return entries.flatMap((entry) => {
    const pid = Number(entry)
    if (pid === process.pid) return []
    try {
      // A process that has ended and was not yet waited for has an empty environment.
      const environment = readFileSync(`/proc/${entry}/environ`, 'utf8').split('\0')
      const given = environment.find((line) => line.startsWith(`${variable}=`))?.slice(variable.length + 1)
      if (given === undefined || (given !== mark && !given.startsWith(`${mark}/`))) return []
      return [{ pid, command: readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0').join(' ').trim() }]
    } catch {
      // It ended meanwhile, or belongs to another user.
      return []
    }
  })
}

/** Ends them by their numbers, until none is left: one that is ended last may have started another. */
export function endMarked(mark: string): void {
  for (let rounds = 0; rounds < 5; rounds++) {
    const found = findMarked(mark)
    if (found.length === 0) return
    for (const { pid } of found) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended meanwhile.
      }
    }
  }
}

/**
 * Whatever this process starts ends with it, be it by SIGKILL, Ctrl-C or a closed terminal: a small process in a session of its own
 * waits for the end of a pipe that only this process holds. Below a process that has done the same nothing is to do.
 */
export function leaveNothingBehind(): void {
  if (process.env[variable] !== undefined) return
  const mark = newMark()
  const { ...env } = process.env
  process.env[variable] = mark
  const watcher = spawn(process.execPath, [join(import.meta.dirname, 'end-marked.ts'), mark], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env,
    detached: true,
  })
  watcher.on('error', () => undefined)
  watcher.stdin.on('error', () => undefined)
  watcher.unref()
  // A pipe to a child is a socket in Node: it must not keep this process alive either.
  ;(watcher.stdin as unknown as { unref(): void }).unref()
}
