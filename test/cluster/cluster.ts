import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePorts } from '@cresset/node'
import type { RunningNetwork } from '../../access/cli/src/context.ts'

/** The command line as a user runs it, from source. */
const cliMain = fileURLToPath(new URL('../../access/cli/src/main.ts', import.meta.url))
export const cliArguments = [...process.execArgv.filter((flag) => flag.startsWith('--conditions')), cliMain]

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly variables?: Readonly<Record<string, string>>
  readonly input?: string
}

/** Runs a program to its end. */
export async function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, CRESSET_GENESIS: '', CRESSET_KEY: '', CRESSET_NODE: '', ...options.variables },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

export const runCresset = (args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  runProgram(process.execPath, [...cliArguments, ...args], options)

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

  /** Runs a command against this network, in its folder. */
  cresset(...args: string[]): Promise<Ran> {
    const variables = { CRESSET_GENESIS: this.path('genesis.json'), CRESSET_STATE: this.path('state') }
    return runCresset(args, { cwd: this.folder, variables })
  }

  /** As `cresset`, with `--json`; throws unless it succeeds. */
  async json(...args: string[]): Promise<Record<string, unknown>> {
    const ran = await this.cresset(...args, '--json')
    if (ran.code !== 0) throw new Error(`cresset ${args.join(' ')} ended with ${ran.code}: ${ran.stderr}${ran.stdout}`)
    return JSON.parse(ran.stdout) as Record<string, unknown>
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
    await this.#disposeFolder()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}
