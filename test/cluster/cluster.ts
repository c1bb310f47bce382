import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunningNetwork } from '../../access/cli/src/context.ts'
import { freePorts } from '../../node/src/folder/free-ports.ts'
import { cliArguments, type Ran, runProgram } from './program.ts'
import { Shell } from './shell.ts'

export { cliArguments, type Ran, type RunOptions, runCresset, runProgram } from './program.ts'

/** A folder of its own for one test, removed at the end. */
export async function temporaryFolder(): Promise<{ path: string; [Symbol.asyncDispose](): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'cresset-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Where the search for free ports begins: elsewhere for each process, since a network that is down for a moment keeps no port. */
export const firstPort = (): number => 12_000 + (process.pid % 150) * 100

export interface ClusterOptions {
  readonly validators?: number
  readonly zone?: string
  readonly initArguments?: readonly string[]
}

/** A network of real processes, started and ended through the command line. */
export class Cluster {
  readonly folder: string
  readonly network: RunningNetwork
  readonly #supervisor: ChildProcess
  readonly #disposeFolder: () => Promise<void>
  readonly #shells: Shell[] = []
  readonly #shell: Shell

  private constructor(
    folder: string,
    network: RunningNetwork,
    supervisor: ChildProcess,
    disposeFolder: () => Promise<void>,
  ) {
    this.folder = folder
    this.network = network
    this.#supervisor = supervisor
    this.#disposeFolder = disposeFolder
    this.#shell = this.openShell()
  }

  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const temporary = await temporaryFolder()
    const count = options.validators ?? 4
    const folder = join(temporary.path, 'network')
    const first = await freePorts(firstPort(), 3 * count)
    const args = ['network', 'up', '--dir', folder, '--zone', options.zone ?? 'acme', '--validators', String(count)]
    const ports = [
      '--agreement-port',
      String(first),
      '--api-port',
      String(first + count),
      '--dns-port',
      String(first + 2 * count),
    ]
    const supervisor = spawn(
      process.execPath,
      [...cliArguments, ...args, ...ports, '--json', ...(options.initArguments ?? [])],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let problem = ''
    supervisor.stderr?.setEncoding('utf8').on('data', (text: string) => {
      problem += text
    })
    const ready = await Promise.race([
      once(supervisor.stdout as NodeJS.ReadableStream, 'data').then(() => true),
      once(supervisor, 'exit').then(() => false),
    ])
    if (!ready) {
      await temporary[Symbol.asyncDispose]()
      throw new Error(`the network did not start: ${problem}`)
    }
    const network = JSON.parse(await readFile(join(folder, 'running.json'), 'utf8')) as RunningNetwork
    return new Cluster(folder, network, supervisor, () => temporary[Symbol.asyncDispose]())
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts)
  }

  get founderKey(): string {
    return this.path('keys', 'founder.key')
  }

  /** The process of one person who uses this network; it ends with the network. */
  openShell(folder = this.folder, variables: Readonly<Record<string, string>> = {}): Shell {
    const own = { CRESSET_GENESIS: this.path('genesis.json'), CRESSET_STATE: join(folder, 'state') }
    const shell = new Shell(folder, { ...own, ...variables })
    this.#shells.push(shell)
    return shell
  }

  /** Runs a command against this network, in its folder. */
  cresset(...args: string[]): Promise<Ran> {
    return this.#shell.run(args)
  }

  /** As `cresset`, with `--json`; throws unless it succeeds. */
  json(...args: string[]): Promise<Record<string, unknown>> {
    return this.#shell.json(args)
  }

  /** A key with money, as a file in the network's folder. */
  async fundedKey(name: string, amount = '100', type = 'ed25519'): Promise<string> {
    const path = this.path(name)
    const { account } = await this.json('key', 'new', path, '--no-passphrase', '--type', type)
    await this.json('account', 'transfer', String(account), amount, '--key', this.founderKey)
    return path
  }

  dns(index = 0): { host: string; port: string } {
    const [host = '', port = ''] = this.network.nodes[index]?.dns.split(':') ?? []
    return { host, port }
  }

  dig(...args: string[]): Promise<Ran> {
    const { host, port } = this.dns()
    return runProgram('dig', [`@${host}`, '-p', port, '+time=3', '+tries=1', ...args])
  }

  async stop(): Promise<void> {
    if (this.#supervisor.exitCode === null && this.#supervisor.signalCode === null) {
      this.#supervisor.kill('SIGTERM')
      await once(this.#supervisor, 'exit')
    }
    await Promise.all(this.#shells.map((shell) => shell.close())).finally(this.#disposeFolder)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}
