import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chainIdOf, type Genesis, validatorsOf } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { type ConsortiumPaths, type Funding, freePorts, initConsortium } from '@cresset/node'
import { ValidatorProcess } from '../../access/cli/src/network/validator-process.ts'
import type { Namespaces } from '../namespaces/namespaces.ts'
import { type Answer, NodeApi } from './node-api.ts'

const nodeMain = fileURLToPath(import.meta.resolve('@cresset/node/main'))
const ZONE = 'torture.internal'

export interface NodeStatus {
  readonly node: string
  readonly height: number
  readonly blockHash: string | null
  readonly stateRoot: string
  readonly view: number
  readonly ready: boolean
  readonly problems: readonly string[]
  readonly agreement: { readonly validators: readonly { readonly name: string }[] }
}

/** One validator: its process, which may be ended or stopped at any time, and its API. */
export class Victim {
  readonly index: number
  readonly name: string
  readonly api: NodeApi
  readonly dataFolder: string
  readonly #process: ValidatorProcess
  #executesFrom = 1
  /** It should run: an end that nobody asked for is a finding. */
  #wanted = false
  readonly #unexpected: string[] = []

  readonly #atExit = (): void => this.#signal('SIGKILL')

  constructor(index: number, validator: ValidatorProcess, api: NodeApi, dataFolder: string) {
    this.index = index
    this.name = validator.name
    this.api = api
    this.dataFolder = dataFolder
    this.#process = validator
    // One that is stopped would not notice that its supervisor is gone. First of all handlers: others remove its folder.
    process.prependListener('exit', this.#atExit)
  }

  /** Ends that nobody asked for, each with the last line of the log. */
  get unexpectedEnds(): readonly string[] {
    return this.#unexpected
  }

  get running(): boolean {
    return this.#process.running
  }

  /** It knows the transactions of this height and above: those below came to it as a state. */
  get executesFrom(): number {
    return this.#executesFrom
  }

  /** After its disk was wiped: where its own blocks begin again. */
  async findFirstExecuted(): Promise<void> {
    let [low, high] = [1, (await this.status())?.height ?? 1]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const { status } = await this.api.ask(`/v1/blocks/${middle}`, { timeoutMs: 10_000 })
      if (status === 200) high = middle
      else low = middle + 1
    }
    // The block of a state comes with it, unexecuted.
    this.#executesFrom = low === 1 ? 1 : low + 1
  }

  get logPath(): string {
    return this.#process.logPath
  }

  async start(): Promise<void> {
    await this.#process.start()
    this.#wanted = true
    this.#process.onExit(() => void this.#ended())
  }

  async #ended(): Promise<void> {
    if (!this.#wanted) return
    this.#wanted = false
    this.#unexpected.push(`${this.name} ended by itself: ${await this.lastLogLine()}`)
  }

  async lastLogLine(): Promise<string> {
    const log = (await readFile(this.logPath, 'utf8')).trim().split('\n')
    const last = log.at(-1) ?? 'its log is empty'
    try {
      return (JSON.parse(last) as { msg: string }).msg
    } catch {
      return last
    }
  }

  /** An end that is expected from now on: a full disk, say. */
  mayEnd(): void {
    this.#wanted = false
  }

  async kill(): Promise<void> {
    this.#wanted = false
    await this.#process.stop('SIGKILL')
  }

  /** In order. A process that is stopped by SIGSTOP is let go first. */
  async end(): Promise<void> {
    this.#wanted = false
    this.thaw()
    await this.#process.stop('SIGTERM')
  }

  /** In order, and for good. */
  async close(): Promise<void> {
    await this.end()
    this.api.close()
    process.removeListener('exit', this.#atExit)
  }

  freeze(): void {
    this.#signal('SIGSTOP')
  }

  thaw(): void {
    this.#signal('SIGCONT')
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#process
    if (this.running && pid !== undefined) process.kill(pid, signal)
  }

  async status(timeoutMs = 2_000): Promise<NodeStatus | undefined> {
    const answer = await this.api.ask('/v1/status', { timeoutMs }).catch((): Answer | undefined => undefined)
    return answer?.status === 200 ? (answer.body as NodeStatus) : undefined
  }
}

export interface VictimsOptions {
  readonly folder: string
  readonly count: number
  readonly fund: readonly Funding[]
  /** One for each validator and a spare one; without them all are on loopback, and nothing can be cut. */
  readonly namespaces: Namespaces | undefined
  readonly sets?: Readonly<Record<string, string>>
}

/** Where one more node can run. */
export interface Spare {
  readonly host: string
  readonly ports: { readonly agreement: number; readonly api: number; readonly dns: number }
  readonly prefix: readonly string[]
}

/** A network of real processes that is made to be hurt. */
export class Victims {
  readonly spare: Spare
  readonly genesis: Genesis
  readonly paths: ConsortiumPaths
  readonly all: readonly Victim[]
  readonly namespaces: Namespaces | undefined

  private constructor(
    { namespaces }: VictimsOptions,
    genesis: Genesis,
    paths: ConsortiumPaths,
    all: readonly Victim[],
    spare: Spare,
  ) {
    this.spare = spare
    this.genesis = genesis
    this.paths = paths
    this.all = all
    this.namespaces = namespaces
  }

  static async make(options: VictimsOptions): Promise<Victims> {
    const { folder, count, fund, namespaces, sets } = options
    const first = namespaces ? 7_400 : await freePorts(12_000 + (process.pid % 150) * 100, 3 * count + 3)
    const hosts = namespaces && Array.from({ length: count }, (_, index) => namespaces.address(index))
    const { genesis, paths } = await initConsortium({
      dir: join(folder, 'network'),
      name: 'torture',
      zones: [ZONE],
      validators: count,
      firstPorts: { agreement: first, api: first + count, dns: first + 2 * count },
      ...(hosts ? { hosts } : {}),
      ...(sets ? { sets } : {}),
      fund,
      nowMs: Date.now(),
    })
    const ca = await readFile(paths.rootCertificate, 'utf8')
    const all = genesis.nodes.map((node, index) => {
      const place = paths.node(node.name)
      const validator = new ValidatorProcess({
        name: node.name,
        folder: place.folder,
        nodeMain,
        arguments: [],
        readyTimeoutMs: 60_000,
        ...(namespaces ? { prefix: namespaces.prefix(index) } : {}),
      })
      const api = new NodeApi(node.endpoints.api, { ca, address: hosts?.[index] ?? '127.0.0.1' })
      return new Victim(index, validator, api, place.data)
    })
    const next = first + 3 * count
    const spare = {
      host: namespaces?.address(count) ?? '127.0.0.1',
      ports: { agreement: next, api: next + 1, dns: next + 2 },
      prefix: namespaces?.prefix(count) ?? [],
    }
    return new Victims(options, genesis, paths, all, spare)
  }

  async startAll(): Promise<void> {
    await Promise.all(this.all.map((victim) => victim.start()))
  }

  get chainId(): string {
    return chainIdOf(this.genesis)
  }

  /** Who proposes in view 0, `ahead` heights above the newest block that anyone tells of. */
  async proposer(ahead: number): Promise<Victim> {
    const heights = (await Promise.all(this.all.map((victim) => victim.status()))).map((status) => status?.height ?? 0)
    const { validators } = validatorsOf(this.genesis)
    const chosen = validators[(Math.max(...heights) + ahead) % validators.length]
    const index = this.genesis.nodes.findIndex((node) => chosen && toHex(node.consensusKey) === toHex(chosen.key))
    const victim = this.all[index]
    if (victim === undefined) throw new Error('the proposer is no node of genesis')
    return victim
  }

  /** Waits for a status that is right. Rejects with the last one. */
  async until(
    victim: Victim,
    isRight: (status: NodeStatus) => boolean,
    what: string,
    timeoutMs: number,
  ): Promise<NodeStatus> {
    const deadlineMs = performance.now() + timeoutMs
    for (;;) {
      const status = await victim.status()
      if (status !== undefined && isRight(status)) return status
      if (performance.now() > deadlineMs)
        throw new Error(`${victim.name} ${what}: ${JSON.stringify(status ?? 'no answer')}`)
      await delay(50)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((victim) => victim.close()))
  }
}
