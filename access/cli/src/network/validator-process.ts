import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { compiledCodeVariables } from '../code-cache.ts'
import { ClientError } from '../exit-codes.ts'
import { sourceFlags } from './source-flags.ts'

/** The one line that a node prints on stdout when it serves. */
export interface ReadyLine {
  readonly name: string
  readonly api: string
  readonly dns: string
  readonly agreement: string
}

export interface ValidatorOptions {
  readonly name: string
  readonly folder: string
  readonly nodeMain: string
  readonly arguments: readonly string[]
  readonly readyTimeoutMs: number
  /** Environment beside that of this process. */
  readonly variables?: Readonly<Record<string, string>>
  /** Stands before the command: what runs it elsewhere, as `ip netns exec NAME` does, in the same process. */
  readonly prefix?: readonly string[]
}

const lastLogBytes = 4096

/** Reads the end of a node's log for its one line about what went wrong. */
async function lastProblem(logPath: string): Promise<string | undefined> {
  const file = await open(logPath, 'r').catch(() => undefined)
  if (!file) return undefined
  try {
    const { size } = await file.stat()
    const start = Math.max(0, size - lastLogBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(lastLogBytes), 0, lastLogBytes, start)
    const lines = buffer.subarray(0, bytesRead).toString('utf8').trim().split('\n')
    for (const line of lines.reverse()) {
      try {
        const entry = JSON.parse(line) as { level?: number; msg?: string }
        if ((entry.level ?? 0) >= 50 && entry.msg) return entry.msg
      } catch {
        if (line.trim() && !line.startsWith(' ')) return line.trim()
      }
    }
    return undefined
  } finally {
    await file.close()
  }
}

/** One validator in a process of its own: what an operator runs with `cresset network up`. */
export class ValidatorProcess {
  readonly name: string
  readonly logPath: string
  readonly #options: ValidatorOptions
  #child: ChildProcess | undefined
  #isStopped = false
  #opened: Promise<unknown> = Promise.resolve()
  #exited: Promise<unknown> = Promise.resolve()

  constructor(options: ValidatorOptions) {
    this.name = options.name
    this.#options = options
    this.logPath = join(options.folder, 'node.log')
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Starts the process and waits until it serves. The node's own one-line reason is the error when it does not. */
  async start(): Promise<ReadyLine> {
    this.#isStopped = false
    const opened = open(this.logPath, 'a', 0o600)
    this.#opened = opened.catch(() => undefined)
    const log = await opened
    if (this.#isStopped) {
      await log.close()
      throw new ClientError('refused', 'node-stopped', `${this.name} was stopped before it ran`)
    }
    const [program, ...args] = [
      ...(this.#options.prefix ?? []),
      ...[process.execPath, ...sourceFlags, this.#options.nodeMain],
      ...['--dir', this.#options.folder, '--end-with-input'],
      ...this.#options.arguments,
    ] as [string, ...string[]]
    const child = spawn(program, args, {
      // Nothing is ever written to its input: the pipe closes when this process ends, even by SIGKILL, and the node ends too.
      stdio: ['pipe', 'pipe', log.fd],
      detached: true,
      env: { ...process.env, ...compiledCodeVariables(), ...this.#options.variables },
    })
    // Before anything is waited for: a stop that comes now must find the process.
    this.#child = child
    this.#exited = once(child, 'exit')
    await log.close()
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
    const timeout = AbortSignal.timeout(this.#options.readyTimeoutMs)
    try {
      const ready = once(lines, 'line', { signal: timeout }).then(([line]) => JSON.parse(line as string) as ReadyLine)
      const failed = this.#exited.then(async () => {
        throw new ClientError('refused', 'node-stopped', await this.#reason())
      })
      const line = await Promise.race([ready, failed])
      failed.catch(() => undefined)
      return line
    } catch (error) {
      if (!timeout.aborted) throw error
      await this.stop('SIGKILL')
      throw new ClientError(
        'unreachable',
        'not-ready',
        `${this.name} was not ready within ${this.#options.readyTimeoutMs / 1000} s; see ${this.logPath}`,
      )
    }
  }

  async #reason(): Promise<string> {
    const problem = await lastProblem(this.logPath)
    return `${this.name} stopped: ${problem ?? `see ${this.logPath}`}`
  }

  onExit(handler: () => void): void {
    this.#exited.then(handler, handler)
  }

  /** Ends the process and waits until it is gone; a clean stop that takes over 10 s is cut short. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#isStopped = true
    // Whoever removes the folder next must not find a log made meanwhile.
    await this.#opened
    if (!this.running) return
    this.#child?.kill(signal)
    const impatient = setTimeout(() => this.#child?.kill('SIGKILL'), 10_000)
    await this.#exited
    clearTimeout(impatient)
  }
}
