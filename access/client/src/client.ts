import { extendTrust, type Genesis, type Trust, trustBelow, trustFromGenesis } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import type { BlockPoint, StateView } from '@cresset/core-ledger/reading'
import {
  type AnswerJson,
  type ClientClock,
  decodeFinality,
  type ProvenState,
  type RestsOn,
  UnprovenKey,
  verifyAnswer,
  verifyPastAnswer,
} from './answer.ts'
import { ClientError, notVerified } from './client-error.ts'
import { type Fetch, HttpConnection, type NodeConnection, provingNode } from './http.ts'
import { nodeAddresses } from './node-addresses.ts'
import { walkBelow } from './walk.ts'

export interface ClientOptions {
  /** What the client trusts, from a file or a person: never from the node it asks. */
  readonly genesis: Genesis
  /** What an earlier client of this ledger came to trust, or `fetchTrust`; genesis alone when absent. */
  readonly trust?: Trust
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

export interface ProvenWithAnswer<T> extends Proven<T> {
  readonly answer: AnswerJson
}

/** A pure look at the state of one block: any of the ledger's `read…` functions, or several. */
export type Read<T> = (view: StateView, at: BlockPoint) => T

/**
 * Runs a ledger query over an answer that came from anywhere: a file, a mail, another client. Pure.
 * @throws ClientError of kind `not-verified`, also when the answer does not prove all that the query reads.
 */
export function verifyQuery<T>(answer: unknown, read: Read<T>, trust: Trust, clock: ClientClock): Proven<T> {
  return runProven(verifyAnswer(answer, trust, clock), read)
}

/** As `verifyQuery` for an answer that was kept: it says what stood on the ledger at its height, however long ago. */
export function verifyPastQuery<T>(answer: unknown, read: Read<T>, trust: Trust, clock: ClientClock): Proven<T> {
  return runProven(verifyPastAnswer(answer, trust, clock), read)
}

function runProven<T>(state: ProvenState, read: Read<T>): Proven<T> {
  try {
    return { value: read(state, state.final), rests: state.rests }
  } catch (error) {
    if (error instanceof UnprovenKey)
      throw notVerified('incomplete', 'the answer does not prove all that the question needs')
    throw error
  }
}

/** Rounds of proofs for one question: each adds the keys that the last one turned out to need. */
const maxRounds = 12

function askFor(key: Uint8Array): never {
  throw new UnprovenKey(key)
}

/** The height of an answer that was refused because its validators are not the trusted ones. */
function heightOfUnknownValidators(error: unknown, finality: unknown): number | undefined {
  if (!(error instanceof ClientError) || error.code !== 'wrong-validators') return undefined
  return decodeFinality(finality).evidence.header.height
}

/** Asks nodes and believes none of them: every value is checked down to the genesis that it was made with. */
export class Client {
  readonly genesis: Genesis
  readonly connection: HttpConnection
  readonly #now: () => number
  #trust: Trust

  constructor(options: ClientOptions) {
    this.genesis = options.genesis
    this.#trust = options.trust ?? trustFromGenesis(options.genesis)
    this.#now = options.now ?? Date.now
    this.connection = new HttpConnection({
      nodes: options.nodes ?? options.genesis.nodes.map((node) => node.endpoints.api),
      ...(options.fetch ? { fetch: options.fetch } : {}),
      rootCertificate: options.genesis.rootCertificate,
      addresses: nodeAddresses(options.genesis),
      ...(options.timeoutMs ? { timeoutMs: options.timeoutMs } : {}),
    })
  }

  get chainId(): string {
    return this.#trust.chainId
  }

  /** Genesis, and the newest header that was checked: worth keeping, for a client that begins with it walks less and expires later. */
  get trust(): Trust {
    return this.#trust
  }

  get clock(): ClientClock {
    return { nowMs: this.#now(), maxStalenessMs: this.genesis.parameters.maxStalenessMs }
  }

  /** Checks an answer's proof against the validators trusted now, and moves trust on. */
  verify(answer: unknown): ProvenState {
    const state = verifyAnswer(answer, this.#trust, this.clock)
    this.#trust = extendTrust(this.#trust, state.final, this.#now())
    return state
  }

  /** As `verify`; if other validators signed, asks the node for the headers that lead to them. */
  async #verifyFrom(node: NodeConnection, answer: unknown): Promise<ProvenState> {
    try {
      return this.verify(answer)
    } catch (error) {
      const height = heightOfUnknownValidators(error, (answer as AnswerJson | undefined)?.finality)
      if (height === undefined || height <= this.#trust.height) throw error
      await walkBelow(node, this.#trust, height, this.#now(), (trust) => {
        this.#trust = trust
      })
      return this.verify(answer)
    }
  }

  /**
   * Runs a check of something certified in the past, under what was trusted then: the newest trust, or, where validators have changed
   * unseen below that height, trust that has walked there. `finality` is base64url, as nodes give it.
   */
  async past<T>(node: NodeConnection, finality: unknown, check: (trust: Trust) => T): Promise<T> {
    try {
      return check(this.#trust)
    } catch (error) {
      const height = heightOfUnknownValidators(error, finality)
      if (height === undefined) throw error
      const isAhead = height > this.#trust.height
      const walked = await walkBelow(provingNode(node), trustBelow(this.#trust, height), height, this.#now())
      if (isAhead) this.#trust = walked
      return check(walked)
    }
  }

  /**
   * Runs a ledger query over proven state. `hint` saves round trips: a route whose `?proof=true` is likely to prove all that the
   * query reads, or the keys themselves. What a hint leaves out is asked for by key.
   */
  query<T>(read: Read<T>, hint?: string | readonly Uint8Array[]): Promise<Proven<T>> {
    return this.queryWithAnswer(read, hint)
  }

  /** As `query`, with the proof itself: `verifyQuery` checks it anywhere, against genesis alone. */
  queryWithAnswer<T>(read: Read<T>, hint?: string | readonly Uint8Array[]): Promise<ProvenWithAnswer<T>> {
    return this.connection.first((node) => this.#queryFrom(provingNode(node), read, hint))
  }

  /**
   * Runs a query over the state after one block that nodes still keep, for questions too large for one answer, whose parts have to be of
   * one height. `keys` saves round trips, as a hint does.
   */
  queryAt<T>(height: number, keys: readonly Uint8Array[], read: Read<T>): Promise<Proven<T>> {
    return this.connection.first((node) => this.#queryFrom(provingNode(node), read, keys, height))
  }

  async #queryFrom<T>(
    node: NodeConnection,
    read: Read<T>,
    hint: string | readonly Uint8Array[] | undefined,
    height?: number,
  ): Promise<ProvenWithAnswer<T>> {
    const keys = new Set(typeof hint === 'object' ? hint.map((key) => toHex(key)) : [])
    let state: ProvenState | undefined
    let answer: unknown
    if (typeof hint === 'string') {
      answer = ((await node.get(`${hint}${hint.includes('?') ? '&' : '?'}proof=true`)) as { proof?: unknown }).proof
      state = await this.#verifyFrom(node, answer)
      for (const key of state.keys) keys.add(key)
    }
    for (let round = 0; round < maxRounds; round++) {
      try {
        if (state) return { value: read(state, state.final), rests: state.rests, answer: answer as AnswerJson }
        // Nothing is proven yet: this only finds out where the question begins.
        read({ get: askFor }, this.#trust)
      } catch (error) {
        if (!(error instanceof UnprovenKey)) throw error
        const key = toHex(error.key)
        // It was asked for, and would be left out again.
        if (state && keys.has(key)) break
        keys.add(key)
      }
      answer = await node.postJson('/v1/proofs', { keys: [...keys], height })
      state = await this.#verifyFrom(node, answer)
      if (height !== undefined && state.rests.height !== height)
        throw notVerified('wrong-height', `${node.address} answered for height ${state.rests.height}, not ${height}`)
    }
    throw notVerified('incomplete', `${node.address} did not prove all that the answer needs`)
  }
}
