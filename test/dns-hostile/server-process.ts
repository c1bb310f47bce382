import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FromServer, Measure } from './hostile-server.ts'

/** The server under attack, seen from the attacker's process. */
export class ServerProcess {
  readonly port: number
  readonly proxyPort: number
  /** Errors on which a handler threw. */
  readonly failures: string[] = []
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #measures: ((measure: Measure) => void)[] = []
  readonly #ended: Promise<never>

  private constructor(
    child: ChildProcess,
    folder: string,
    { port, proxyPort }: { port: number; proxyPort: number },
    ended: Promise<never>,
  ) {
    this.#child = child
    this.#folder = folder
    this.port = port
    this.proxyPort = proxyPort
    this.#ended = ended
    child.on('message', (message: FromServer) => {
      if (message.kind === 'measure') this.#measures.shift()?.(message.measure)
      else if (message.kind === 'failure') this.failures.push(message.error)
    })
  }

  static async start(): Promise<ServerProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'cresset-hostile-'))
    const child = fork(new URL('./hostile-server.ts', import.meta.url), [folder], {
      execArgv: ['--conditions=cresset-source', '--expose-gc'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let said = ''
    child.stderr?.on('data', (text: Buffer) => (said = (said + text).slice(-8_000)))
    const ended = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`the server ended with ${code ?? signal}: ${said}`)
    })
    ended.catch(() => undefined)
    const [ready] = (await Promise.race([once(child, 'message'), ended])) as [FromServer]
    if (ready.kind !== 'ready') throw new Error('the server began with something else than its port')
    return new ServerProcess(child, folder, ready, ended)
  }

  /** Rejects as soon as the server has ended. */
  whileItRuns<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#ended])
  }

  measure(): Promise<Measure> {
    const answered = new Promise<Measure>((resolve) => this.#measures.push(resolve))
    this.#child.send('measure')
    return this.whileItRuns(answered)
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit')
      this.#child.kill('SIGKILL')
      await ended
    }
    await rm(this.#folder, { recursive: true, force: true })
  }
}
