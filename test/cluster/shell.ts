import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { conditions, jsonOf, type Ran, withoutDefaults } from './program.ts'

const shellMain = fileURLToPath(new URL('./shell-main.ts', import.meta.url))
/** A command that keeps its process alive for longer has left a timer or a socket behind. */
const endTimeoutMs = 10_000

export interface Question {
  readonly number: number
  readonly args: readonly string[]
}
export type Answer = Ran & { readonly number: number }

/**
 * One person at one machine: a process of its own, in their folder and with their environment, that runs commands through the
 * command line's own `run`. It is started once, since loading the program takes many times as long as most commands.
 */
export class Shell {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: Ran | Error) => void>()
  #asked = 0

  /** `within` is a command that runs the process elsewhere: `ip netns exec NAME`. */
  constructor(folder: string, variables: Readonly<Record<string, string>>, within: readonly string[] = []) {
    const [execPath = process.execPath, ...before] = [...within, process.execPath]
    this.#child = fork(shellMain, {
      execPath,
      cwd: folder,
      env: { ...process.env, ...withoutDefaults, ...variables },
      execArgv: [...before, ...conditions],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child.on('message', ({ number, ...ran }: Answer) => {
      this.#waiting.get(number)?.(ran)
      this.#waiting.delete(number)
    })
    this.#child.on('exit', (code, signal) => {
      for (const settle of this.#waiting.values()) settle(new Error(`the shell ended with ${signal ?? code}`))
    })
  }

  run(args: readonly string[]): Promise<Ran> {
    const number = ++this.#asked
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, (answer) => (answer instanceof Error ? reject(answer) : resolve(answer)))
      this.#child.send({ number, args } satisfies Question, (error) => {
        if (error !== null) reject(error)
      })
    })
  }

  /** As `run`, with `--json`; throws unless the command succeeds. */
  json(args: readonly string[]): Promise<Record<string, unknown>> {
    return jsonOf(args, this.run([...args, '--json']))
  }

  /**
   * Lets the process end by itself, as it does after each command of a person.
   * @throws Error when it does not: one of the commands would have hung.
   */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), endTimeoutMs)
    this.#child.disconnect()
    const [code, signal] = (await once(this.#child, 'exit')) as [number | null, string | null]
    clearTimeout(timer)
    if (code !== 0) throw new Error(`the shell's commands are done, and its process ended with ${signal ?? code}`)
  }
}
