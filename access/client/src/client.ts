import { extendTrust, type Genesis, type Trust, trustFromGenesis } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import type { StateView } from '@cresset/core-ledger'
import { type ClientClock, type ProvenState, type RestsOn, UnprovenKey, verifyAnswer } from './answer.ts'
import { notVerified } from './client-error.ts'
import { type Fetch, HttpConnection, type NodeConnection } from './http.ts'

export interface ClientOptions {
  /** What the client trusts, from a file or a person: never from the node it asks. */
  readonly genesis: Genesis
  /** Base addresses; those in genesis when absent. */
  readonly nodes?: readonly string[]
  readonly fetch?: Fetch
  readonly timeoutMs?: number
  /** Milliseconds since 1970 by this machine. */
  readonly now?: () => number
}

export interface Proven<T> {
  readonly value: T
  readonly rests: RestsOn
}

/** Rounds of proofs for one question: each adds the keys that the last one turned out to need. */
const maxRounds = 12

/** Asks nodes and believes none of them: every value is checked down to the genesis that it was made with. */
export class Client {
  readonly genesis: Genesis
  readonly connection: HttpConnection
  readonly #now: () => number
  #trust: Trust

  constructor(options: ClientOptions) {
    this.genesis = options.genesis
    this.#trust = trustFromGenesis(options.genesis)
    this.#now = options.now ?? Date.now
    this.connection = new HttpConnection({
      nodes: options.nodes ?? options.genesis.nodes.map((node) => node.endpoints.api),
      ...(options.fetch ? { fetch: options.fetch } : {}),
      ...(options.timeoutMs ? { timeoutMs: options.timeoutMs } : {}),
    })
  }

  get chainId(): string {
    return this.#trust.chainId
  }

  /** Genesis, and the newest header that was checked. */
  get trust(): Trust {
    return this.#trust
  }

  get clock(): ClientClock {
    return { nowMs: this.#now(), maxStalenessMs: this.genesis.parameters.maxStalenessMs }
  }

  /** Checks an answer's proof and moves trust on. */
  verify(answer: unknown): ProvenState {
    const state = verifyAnswer(answer, this.#trust, this.clock)
    this.#trust = extendTrust(this.#trust, state.final)
    return state
  }

  /**
   * Runs a ledger query over proven state. `path` names a route whose `?proof=true` is likely to prove all that the query reads;
   * what it leaves out is asked for by key.
   */
  query<T>(read: (view: StateView) => T, path?: string): Promise<Proven<T>> {
    return this.connection.first((node) => this.#queryAt(node, read, path))
  }

  async #queryAt<T>(node: NodeConnection, read: (view: StateView) => T, path: string | undefined): Promise<Proven<T>> {
    const keys = new Set<string>()
    let state: ProvenState | undefined
    if (path !== undefined) {
      const answer = (await node.get(`${path}${path.includes('?') ? '&' : '?'}proof=true`)) as {
        proof?: { keys?: unknown }
      }
      state = this.verify(answer.proof)
      for (const key of answer.proof?.keys as string[]) keys.add(key)
    }
    for (let round = 0; round < maxRounds; round++) {
      try {
        if (state) return { value: read(state), rests: state.rests }
        read({
          get(key) {
            throw new UnprovenKey(key)
          },
        })
      } catch (error) {
        if (!(error instanceof UnprovenKey)) throw error
        keys.add(toHex(error.key))
      }
      state = this.verify(await node.postJson('/v1/proofs', { keys: [...keys] }))
    }
    throw notVerified('incomplete', `${node.address} did not prove all that the answer needs`)
  }
}
