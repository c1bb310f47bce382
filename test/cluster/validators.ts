import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from '@cresset/access-client'
import type { Genesis } from '@cresset/core-chain'
import { type FileKey, openKeyFile } from '@cresset/keys'
import { type ConsortiumPaths, freePorts, initConsortium } from '@cresset/node/folder'
import { awaitFirstBlock } from '../../access/cli/src/network/await-first-block.ts'
import { type ReadyLine, ValidatorProcess } from '../../access/cli/src/network/validator-process.ts'
import { firstPort, temporaryFolder } from './cluster.ts'

const nodeMain = fileURLToPath(import.meta.resolve('@cresset/node/main'))

export interface Status {
  readonly node: string
  readonly height: number
  readonly stateRoot: string
  readonly view: number
  readonly problems: readonly string[]
  readonly peers: readonly { readonly name: string; readonly connected: boolean }[]
}

/** Validators that a test can kill, change and start again one by one. */
export class Validators {
  readonly genesis: Genesis
  readonly paths: ConsortiumPaths
  readonly processes: readonly ValidatorProcess[]
  readonly #dispose: () => Promise<void>

  private constructor(
    genesis: Genesis,
    paths: ConsortiumPaths,
    processes: readonly ValidatorProcess[],
    dispose: () => Promise<void>,
  ) {
    this.genesis = genesis
    this.paths = paths
    this.processes = processes
    this.#dispose = dispose
  }

  /** Makes the folders; nothing runs yet. `variables` gives one node's environment. */
  static async make(
    options: {
      count?: number
      sets?: Record<string, string>
      variables?: (index: number) => Record<string, string>
    } = {},
  ): Promise<Validators> {
    const temporary = await temporaryFolder()
    const count = options.count ?? 4
    const first = await freePorts(firstPort(), 3 * count)
    const { genesis, paths } = await initConsortium({
      dir: join(temporary.path, 'network'),
      name: 'test',
      zones: ['acme'],
      validators: count,
      firstPorts: { agreement: first, api: first + count, dns: first + 2 * count },
      nowMs: Date.now(),
      ...(options.sets ? { sets: options.sets } : {}),
    })
    const processes = genesis.nodes.map(
      (node, index) =>
        new ValidatorProcess({
          name: node.name,
          folder: paths.node(node.name).folder,
          nodeMain,
          arguments: [],
          readyTimeoutMs: 60_000,
          ...(options.variables ? { variables: options.variables(index) } : {}),
        }),
    )
    return new Validators(genesis, paths, processes, () => temporary[Symbol.asyncDispose]())
  }

  async startAll(): Promise<ReadyLine[]> {
    const ready = await Promise.all(this.processes.map((process) => process.start()))
    await awaitFirstBlock([this.api(0)], 60_000)
    return ready
  }

  api(index: number): string {
    const node = this.genesis.nodes[index]
    if (!node) throw new Error(`there is no node ${index}`)
    return node.endpoints.api
  }

  client(...indexes: number[]): Client {
    return new Client({
      genesis: this.genesis,
      nodes: (indexes.length > 0 ? indexes : this.processes.map((_, index) => index)).map((index) => this.api(index)),
    })
  }

  founder(): Promise<FileKey> {
    return openKeyFile(this.paths.founderKey)
  }

  async status(index: number): Promise<Status> {
    const response = await fetch(`${this.api(index)}/v1/status`, { signal: AbortSignal.timeout(5_000) })
    return (await response.json()) as Status
  }

  /** Asks until the answer is right; the last one is in the error. `look` asks for something else besides, each time. */
  async until(
    index: number,
    isRight: (status: Status) => boolean,
    what: string,
    timeoutMs = 60_000,
    look?: () => Promise<unknown>,
  ): Promise<Status> {
    const deadlineMs = Date.now() + timeoutMs
    for (;;) {
      await look?.()
      const status = await this.status(index).catch((error: unknown) => error as Error)
      if (!(status instanceof Error) && isRight(status)) return status
      if (Date.now() > deadlineMs) throw new Error(`${what}: ${JSON.stringify(status)}`)
      await delay(50)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()))
    await this.#dispose()
  }
}
