import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  Client,
  type ClientOptions,
  fetchTrust,
  HttpConnection,
  nodeAddresses,
  type TrustPin,
} from '@cresset/access-client'
import { type Genesis, GenesisError, genesisFromJson, type Trust } from '@cresset/core-chain'
import type { PublicKey } from '@cresset/core-crypto'
import { defaultAgentSocket, KeyError, type KeySources, openKey, type PrivateKey, publicKeyOf } from '@cresset/keys'
import type { Currency } from './amounts.ts'
import { readBoundedFile } from './bounded-file.ts'
import { UsageError } from './exit-codes.ts'
import { stateFolder } from './seal-journal.ts'
import { createOutput, type Output, type Streams } from './terminal/output.ts'
import { askPassphrase } from './terminal/passphrase.ts'
import { TrustFile } from './trust-file.ts'

/** What every command takes. */
export interface GlobalOptions {
  readonly json?: boolean
  readonly genesis?: string
  readonly trust?: TrustPin
  readonly node?: readonly string[]
  readonly key?: string
  readonly passphraseFile?: string
  readonly timeout?: number
}

/** The process, as far as commands may see it. */
export interface Environment extends Streams {
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly interactive: boolean
  readonly nowMs: () => number
}

const maxGenesisBytes = 64 * 1024 * 1024

/** Written by `network up` beside the genesis file while the network runs. */
export interface RunningNetwork {
  readonly pid: number
  /** See processStart. */
  readonly started: string
  readonly nodes: readonly { readonly name: string; readonly pid: number; readonly api: string; readonly dns: string }[]
}
export const runningNetworkFile = 'running.json'

export async function readRunningNetwork(folder: string): Promise<RunningNetwork | undefined> {
  const text = await readFile(join(folder, runningNetworkFile), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const running = JSON.parse(text) as RunningNetwork | null
    return Array.isArray(running?.nodes) ? running : undefined
  } catch {
    return undefined
  }
}

export async function readGenesis(path: string): Promise<Genesis> {
  if ((await stat(path).catch(() => undefined)) === undefined)
    throw new UsageError(
      `there is no genesis file at ${path}: give --genesis FILE, or make a ledger with "cresset network init"`,
    )
  const text = (await readBoundedFile(path, maxGenesisBytes)).toString('utf8')
  try {
    return genesisFromJson(text)
  } catch (error) {
    if (error instanceof GenesisError) throw new UsageError(`${path} is not a genesis file: ${error.message}`)
    throw error
  }
}

function nodeAddress(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text.replace(/\/+$/, '')
  throw new UsageError(`"${text}" is not the address of a node's API; write for example http://127.0.0.1:8400`)
}

export interface AskedNode {
  /** Undefined for one that a person named by an address that genesis does not have. */
  readonly name: string | undefined
  readonly address: string
}

export interface KnownNodes {
  /** `chosen`: a person named them, and no others are asked. */
  readonly source: 'chosen' | 'running' | 'genesis'
  readonly nodes: readonly AskedNode[]
}

/** Gives a command its output, client and signer from options, then environment, then the folder it runs in. */
export class Context {
  readonly output: Output
  readonly options: GlobalOptions
  readonly environment: Environment
  readonly #trustFile: TrustFile
  #genesis: Promise<Genesis> | undefined
  #client: Promise<Client> | undefined

  constructor(options: GlobalOptions, environment: Environment) {
    this.options = options
    this.environment = environment
    this.output = createOutput(environment, options.json === true)
    this.#trustFile = new TrustFile(stateFolder(environment.variables))
  }

  get timeoutMs(): number {
    return (this.options.timeout ?? 30) * 1000
  }

  /** `--genesis`, `$CRESSET_GENESIS`, `./genesis.json`, `./consortium/genesis.json`: the first that is there. */
  async genesisPath(): Promise<string> {
    const named = this.options.genesis ?? this.environment.variables['CRESSET_GENESIS']
    if (named) return named
    for (const candidate of ['genesis.json', join('consortium', 'genesis.json')]) {
      if (await stat(candidate).catch(() => undefined)) return candidate
    }
    throw new UsageError(
      'which ledger? give --genesis FILE (or set CRESSET_GENESIS), or make one with "cresset network init --dir consortium --zone acme"',
    )
  }

  genesis(): Promise<Genesis> {
    this.#genesis ??= this.genesisPath().then(readGenesis)
    return this.#genesis
  }

  async currency(): Promise<Currency> {
    const { parameters } = await this.genesis()
    return { name: parameters.currencyName, decimals: parameters.currencyDecimals }
  }

  /** Nodes: `--node`, `$CRESSET_NODE`, the network running from the genesis file's folder, those in genesis. */
  async knownNodes(): Promise<KnownNodes> {
    const named = this.environment.variables['CRESSET_NODE']
    const chosen = this.options.node?.length ? this.options.node : named ? named.split(',') : undefined
    if (chosen !== undefined) {
      const nameAt = new Map((await this.genesis()).nodes.map(({ name, endpoints }) => [endpoints.api, name]))
      const addresses = chosen.map(nodeAddress)
      return { source: 'chosen', nodes: addresses.map((address) => ({ name: nameAt.get(address), address })) }
    }
    const running = await readRunningNetwork(dirname(await this.genesisPath()))
    if (running !== undefined)
      return { source: 'running', nodes: running.nodes.map(({ name, api }) => ({ name, address: api })) }
    const { nodes } = await this.genesis()
    return { source: 'genesis', nodes: nodes.map(({ name, endpoints }) => ({ name, address: endpoints.api })) }
  }

  client(): Promise<Client> {
    this.#client ??= this.#makeClient()
    return this.#client
  }

  async #makeClient(): Promise<Client> {
    const genesis = await this.genesis()
    const nodes = (await this.knownNodes()).nodes.map(({ address }) => address)
    const trust = await this.#startingTrust(genesis, nodes)
    return new Client({ genesis, trust, nodes, now: this.environment.nowMs })
  }

  /** The client from here on is one with these options besides; `connection` is what it asked by so far. */
  async clientWith(options: (connection: HttpConnection) => Partial<ClientOptions>): Promise<Client> {
    const { genesis, trust, connection } = await this.client()
    const { nodes } = connection
    const client = new Client({ genesis, trust, nodes, now: this.environment.nowMs, ...options(connection) })
    this.#client = Promise.resolve(client)
    return client
  }

  /** What a person gives goes before what earlier commands checked, and that before genesis. */
  #startingTrust(genesis: Genesis, nodes: readonly string[]): Promise<Trust> {
    const pin = this.options.trust
    if (pin === undefined) return this.#trustFile.read(genesis)
    const { rootCertificate } = genesis
    return new HttpConnection({ nodes, rootCertificate, addresses: nodeAddresses(genesis) }).first((node) =>
      fetchTrust(node, genesis, pin),
    )
  }

  /** Keeps the newest header that the command checked, for the next one to begin with. */
  async keepTrust(): Promise<void> {
    const client = await this.#client?.catch(() => undefined)
    if (client !== undefined) await this.#trustFile.write(client.trust)
  }

  /** What `--key` names: a key file, `agent:NAME` or `pkcs11:URI`. */
  keyName(): string {
    const name = this.options.key ?? this.environment.variables['CRESSET_KEY']
    if (!name)
      throw new UsageError(
        'which key? give --key with a key file, agent:NAME or pkcs11:URI (or set CRESSET_KEY); make one with "cresset key new FILE"',
      )
    return name
  }

  passphrase(message: string, confirm = false): Promise<Uint8Array> {
    return askPassphrase(
      {
        file: this.options.passphraseFile,
        credentialsDirectory: this.environment.variables['CREDENTIALS_DIRECTORY'],
        interactive: this.environment.interactive,
      },
      message,
      confirm,
    )
  }

  /** Where the agent's socket is: `$CRESSET_AGENT`, or this user's own place. */
  get agentSocket(): string {
    const { CRESSET_AGENT: named, XDG_RUNTIME_DIR: runtimeFolder } = this.environment.variables
    return named || defaultAgentSocket(runtimeFolder)
  }

  get keySources(): KeySources {
    return {
      passphrase: (path) => this.passphrase(`Passphrase of ${path}`),
      pin: (token) => this.passphrase(`PIN of token ${token}`),
      agentSocket: this.agentSocket,
      pkcs11Module: this.environment.variables['CRESSET_PKCS11_MODULE'] || undefined,
    }
  }

  /** Opens a key for signing; that of `--key` when none is named. */
  signer(name = this.keyName()): Promise<PrivateKey> {
    return this.withKeys(openKey(name, this.keySources))
  }

  /** The public half, for which nobody is asked for anything. */
  publicKey(name = this.keyName()): Promise<PublicKey> {
    return this.withKeys(publicKeyOf(name, this.keySources))
  }

  /** Errors of keys are wrong arguments. */
  async withKeys<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      if (error instanceof KeyError) throw new UsageError(error.message, { cause: error })
      throw error
    }
  }
}
