import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
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
}

interface ReadyLine {
  readonly name: string
  readonly api: string
  readonly dns: string
}

/** Validators as separate processes on this machine, made from an empty folder. */
export class LocalNetwork {
  readonly consortium: InitializedConsortium
  readonly apis: readonly string[]
  readonly dns: readonly string[]
  readonly #children: readonly ChildProcess[]

  private constructor(
    consortium: InitializedConsortium,
    children: readonly ChildProcess[],
    ready: readonly ReadyLine[],
  ) {
    this.consortium = consortium
    this.#children = children
    this.apis = ready.map(({ api }) => api)
    this.dns = ready.map(({ dns }) => dns)
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
    const main = fileURLToPath(import.meta.resolve('@cresset/node/main'))
    const children: ChildProcess[] = []
    // Whatever ends this process, no validator outlives it.
    process.once('exit', () => {
      for (const child of children) child.kill('SIGKILL')
    })
    try {
      const ready = consortium.nodes.map(async (name) => {
        const { folder: dir } = consortiumPaths(folder).node(name)
        const flags = ['--conditions=cresset-source', ...(options.nodeArguments ?? [])]
        const child = spawn(process.execPath, [...flags, main, '--dir', dir, '--log-level', 'warn'], {
          stdio: ['ignore', 'pipe', 'inherit'],
          cwd: folder,
        })
        children.push(child)
        const lines = createInterface({ input: child.stdout })
        const exited = once(child, 'exit').then(([status]) => {
          throw new Error(`${name} stopped with status ${status}`)
        })
        exited.catch(() => undefined)
        return JSON.parse(
          (await Promise.race([once(lines, 'line').then(([line]) => line), exited])) as string,
        ) as ReadyLine
      })
      return new LocalNetwork(consortium, children, await Promise.all(ready))
    } catch (error) {
      await stopAll(children)
      throw error
    }
  }

  stop(): Promise<void> {
    return stopAll(this.#children)
  }

  /** Where each validator keeps its store. */
  dataFolders(): string[] {
    return this.consortium.nodes.map((name) => this.consortium.paths.node(name).data)
  }

  /** Waits until each validator follows with a quorum. */
  async ready(): Promise<void> {
    for (const api of this.apis) {
      for (let attempt = 0; ; attempt++) {
        const answer = await fetch(`${api}/health/ready`)
        await answer.arrayBuffer()
        if (answer.ok) break
        if (attempt === 200) throw new Error(`${api} does not get ready`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }

  async status(index: number): Promise<{ height: number; timeMs: number; mempool: { count: number } }> {
    return (await (await fetch(`${this.apis[index]}/v1/status`)).json()) as never
  }

  /** Figures of a validator's Prometheus metrics without labels. */
  async metrics(index: number): Promise<Map<string, number>> {
    const text = await (await fetch(`${this.apis[index]}/metrics`)).text()
    const figures = new Map<string, number>()
    for (const line of text.split('\n')) {
      const match = /^([a-z_0-9]+) ([-+.0-9e]+)$/.exec(line)
      if (match !== null) figures.set(match[1]!, Number(match[2]))
    }
    return figures
  }
}

async function stopAll(children: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    children.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    }),
  )
}
