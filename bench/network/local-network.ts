import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { consortiumPaths, type Funding, freePorts, type InitializedConsortium, initConsortium } from '@cresset/node'

export interface LocalNetworkOptions {
  readonly folder: string
  readonly validators: number
  readonly zones?: readonly string[]
  readonly fund?: readonly Funding[]
  readonly sets?: Readonly<Record<string, string>>
  /** More arguments of Node for the validators, such as `--cpu-prof`. */
  readonly nodeArguments?: readonly string[]
  /** Indexes of validators that are not started. */
  readonly absent?: readonly number[]
}

export interface NodeStatus {
  readonly height: number
  readonly timeMs: number
  readonly stateRoot: string
  readonly mempool: { readonly count: number }
  readonly peers: readonly { readonly connected: boolean }[]
}

/** Validators as separate processes on this machine, made from an empty folder. */
export class LocalNetwork {
  readonly consortium: InitializedConsortium
  /** By the nodes' order in genesis, whether they run or not. */
  readonly apis: readonly string[]
  readonly dns: readonly string[]
  readonly #options: LocalNetworkOptions
  readonly #children: (ChildProcess | undefined)[]

  private constructor(consortium: InitializedConsortium, options: LocalNetworkOptions) {
    this.consortium = consortium
    this.#options = options
    this.#children = consortium.nodes.map(() => undefined)
    this.apis = consortium.genesis.nodes.map(({ endpoints }) => endpoints.api)
    this.dns = consortium.genesis.nodes.map(({ endpoints }) => endpoints.dns)
    // Whatever ends this process, no validator outlives it.
    process.once('exit', () => {
      for (const child of this.#children) child?.kill('SIGKILL')
    })
  }

  static async start(options: LocalNetworkOptions): Promise<LocalNetwork> {
    const { folder, validators } = options
    const firstPort = await freePorts(20_000 + 100 * Math.floor(Math.random() * 100), 3 * validators)
    const consortium = await initConsortium({
      dir: folder,
      name: 'bench',
      zones: options.zones ?? ['bench.internal'],
      validators,
      fund: options.fund ?? [],
      sets: options.sets ?? {},
      nowMs: Date.now(),
      firstPorts: { agreement: firstPort, api: firstPort + validators, dns: firstPort + 2 * validators },
    })
    const network = new LocalNetwork(consortium, options)
    try {
      const absent = options.absent ?? []
      const present = consortium.nodes.flatMap((_, index) => (absent.includes(index) ? [] : [index]))
      await Promise.all(present.map((index) => network.startNode(index)))
      return network
    } catch (error) {
      await network.stop()
      throw error
    }
  }

  /** Resolves when the node serves. */
  async startNode(index: number, nodeOptions: readonly string[] = []): Promise<void> {
    const { folder, nodeArguments = [] } = this.#options
    const name = this.consortium.nodes[index] as string
    const { folder: dir } = consortiumPaths(folder).node(name)
    const main = fileURLToPath(import.meta.resolve('@cresset/node/main'))
    const args = ['--conditions=cresset-source', ...nodeArguments, main, '--dir', dir, '--log-level', 'warn']
    const child = spawn(process.execPath, [...args, ...nodeOptions], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: folder,
    })
    this.#children[index] = child
    const lines = createInterface({ input: child.stdout })
    const exited = once(child, 'exit').then(([status]) => {
      throw new Error(`${name} stopped with status ${status}`)
    })
    exited.catch(() => undefined)
    await Promise.race([once(lines, 'line'), exited])
  }

  /** The signal leaves before this returns; resolves when the process is gone. */
  async kill(index: number, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await end(this.#children[index], signal)
    this.#children[index] = undefined
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => end(child, 'SIGTERM')))
  }

  /** The node's store and votes are gone, as on a new disk. */
  async wipe(index: number): Promise<void> {
    const data = this.dataFolders()[index] as string
    await rm(data, { recursive: true, force: true })
    await mkdir(data)
  }

  /** Where each validator keeps its store. */
  dataFolders(): string[] {
    return this.consortium.nodes.map((name) => this.consortium.paths.node(name).data)
  }

  /** APIs of those that run. */
  runningApis(): string[] {
    return this.apis.filter((_, index) => this.#children[index] !== undefined)
  }

  /** Waits until each validator that runs follows with a quorum. */
  async ready(): Promise<void> {
    for (const api of this.runningApis()) {
      for (let attempt = 0; ; attempt++) {
        const answer = await read(`${api}/health/ready`)
        await answer.arrayBuffer()
        if (answer.ok) break
        if (attempt === 600) throw new Error(`${api} does not get ready`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }

  /** Waits until no pool of those that run holds a transaction. */
  async drained(): Promise<void> {
    for (const [index] of this.apis.entries()) {
      while (this.#children[index] !== undefined && (await this.status(index)).mempool.count > 0)
        await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async chainId(): Promise<string> {
    return ((await (await read(`${this.runningApis()[0]}/v1/status`)).json()) as { chainId: string }).chainId
  }

  async status(index: number): Promise<NodeStatus> {
    return (await (await read(`${this.apis[index]}/v1/status`)).json()) as never
  }

  /** Figures of a validator's Prometheus metrics without labels. */
  async metrics(index: number): Promise<Map<string, number>> {
    const text = await (await read(`${this.apis[index]}/metrics`)).text()
    const figures = new Map<string, number>()
    for (const line of text.split('\n')) {
      const match = /^([a-z_0-9]+) ([-+.0-9e]+)$/.exec(line)
      if (match !== null) figures.set(match[1]!, Number(match[2]))
    }
    return figures
  }
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

/** GET. A connection kept from before may be closed by the node in the moment that it is used again: then on another one. */
async function read(url: string): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetch(url)
    } catch (error) {
      if (attempt === 3) throw error
    }
  }
}
