import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** What parts of a campaign come to, and how it is written down. */
interface Sum<T> {
  new (): T
  fromJson(json: Record<string, unknown>): T
}

/** Parts of one campaign add up while sources and arguments stay the same. */
export class Campaign<T extends { toJson(): Record<string, unknown> }> {
  readonly #path: string
  readonly #title: string
  tally: T
  next: number

  /** @param folder where campaigns are kept; @param title sources and arguments */
  constructor(folder: string, title: string, first: number, sum: Sum<T>) {
    this.#title = title
    this.tally = new sum()
    this.next = first
    this.#path = join(folder, `${title.replace(/[^a-z0-9]+/gi, '-')}.json`)
    let text: string
    try {
      text = readFileSync(this.#path, 'utf8')
    } catch {
      return
    }
    const { next, tally } = JSON.parse(text) as { next: number; tally: Record<string, unknown> }
    this.next = next
    this.tally = sum.fromJson(tally)
  }

  save(): void {
    mkdirSync(dirname(this.#path), { recursive: true })
    const text = JSON.stringify({ title: this.#title, next: this.next, tally: this.tally.toJson() }, undefined, 1)
    writeFileSync(this.#path, `${text}\n`)
  }
}

/** Outside of the working tree: what is cleaned there is made again in a minute, and these parts took hours. */
export function campaignFolder(name: string): string {
  return join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'), 'cresset', name)
}

/** Of the sources as they are now. */
export function commitName(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    const head = git('rev-parse', '--short=12', 'HEAD')
    const changed = git('status', '--porcelain', '--untracked-files=no')
    return changed === '' ? head : `${head} with local changes`
  } catch {
    return 'unknown commit'
  }
}
