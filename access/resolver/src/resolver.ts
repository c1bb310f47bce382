import { type Client, type RestsOn, readRecordEntries } from '@cresset/access-client'
import { readParameters } from '@cresset/core-ledger'
import { readZoneServers, type ZoneServer, zoneServers } from '@cresset/dns-records'
import {
  type AnswerLimits,
  answer,
  type DnsServer,
  failureResponse,
  type Request,
  readRequest,
  type Server,
  serveDns,
  type ZoneSource,
} from '@cresset/dns-server'
import {
  formatName,
  HeaderFlag,
  isMetaType,
  nameEnd,
  parseMessage,
  Rcode,
  RecordClass,
  RecordType,
  readUint16,
  writeUint16,
} from '@cresset/dns-wire'
import { Forwarder } from './forwarder.ts'
import { PartCache, type PartCacheOptions } from './part-cache.ts'
import { PartZone } from './part-zone.ts'
import { isOfZone, type ProvenPart, provePart } from './proven-part.ts'
import { failureOf, ResolveError } from './resolve-error.ts'
import { type ServedZone, servedZones, zoneOf } from './served-zones.ts'
import { TableCache, type TableCacheOptions } from './table-cache.ts'

export interface ResolverOptions {
  readonly client: Client
  /** Where questions outside the ledger's zones go; they are refused when absent. */
  readonly forward?: Server
  /** Milliseconds since 1970 by this machine. */
  readonly now?: () => number
  /** Told of each question that could not be answered. */
  readonly onProblem?: (name: string, error: unknown) => void
  readonly cache?: Partial<Omit<PartCacheOptions, 'prove' | 'now' | 'maxStalenessMs'>>
  readonly tables?: Pick<TableCacheOptions, 'maxBytes' | 'maxFlights'>
}

/** Names that one answer may lead to: aliases, and targets whose addresses come along. */
const MAX_NAMES = 32

/** The question needs a name that it has no proof of yet, or none that is new enough. */
class NeedsProof extends Error {
  readonly owner: Uint8Array
  constructor(owner: Uint8Array) {
    super('a name is not proven yet')
    this.owner = owner
  }
}

/**
 * Answers DNS questions about the ledger's zones with what the light client has proven, absence included, and with SERVFAIL when
 * it cannot: a node's word is never an answer.
 */
export class Resolver {
  readonly zones: readonly ServedZone[]
  readonly #client: Client
  /** Of genesis, until the ledger's were proven. */
  #servers: readonly ZoneServer[]
  readonly #cache: PartCache
  readonly #tables: TableCache
  readonly #forwarder: Forwarder | undefined
  readonly #now: () => number
  readonly #onProblem: (name: string, error: unknown) => void

  constructor(options: ResolverOptions) {
    const { client } = options
    this.#client = client
    this.#now = options.now ?? Date.now
    this.#onProblem = options.onProblem ?? (() => {})
    this.zones = servedZones(client.genesis)
    this.#servers = zoneServers(client.genesis.nodes)
    this.#forwarder = options.forward && new Forwarder(options.forward, this.zones)
    this.#cache = new PartCache({
      ...options.cache,
      now: this.#now,
      maxStalenessMs: client.genesis.parameters.maxStalenessMs,
      prove: (owner, notBeforeMs) => this.#prove(owner, notBeforeMs),
    })
    this.#tables = new TableCache({
      ...options.tables,
      now: this.#now,
      maxAgeMs: this.#minimumMs,
      fetch: ({ name, height, served, known }) => {
        const others = Array.from({ length: 2 ** served.bits }, (_, index) => index).filter((at) => at !== known.index)
        return readRecordEntries(client, height, name, served.generation, others)
      },
    })
  }

  /** What an answer of now would rest on. @throws ClientError */
  async restsOn(): Promise<RestsOn> {
    return (await this.#client.query((view) => readParameters(view))).rests
  }

  /** Answers by UDP and TCP on one port. Rejects with the system's error when it cannot be bound. */
  listen({ address, port }: Server): Promise<DnsServer> {
    return serveDns({ address, port, source: this.handler })
  }

  /** The response to one query. Never rejects. */
  readonly handler = async (query: Uint8Array, transport: 'udp' | 'tcp'): Promise<Uint8Array | undefined> => {
    const request = readRequest(query)
    if (request === undefined) return undefined
    try {
      if (this.#forwarder !== undefined && isForwarded(request) && zoneOf(this.zones, request.name) === undefined)
        return await this.#forwarder.relay(query, transport)
      return await this.#answer(query, { transport })
    } catch (error) {
      this.#onProblem(request.name.length > 0 ? formatName(request.name) : '.', error)
      const response = failureResponse(query, failureOf(error), { transport })
      return response && asResolver(query, response, false)
    }
  }

  async #answer(query: Uint8Array, limits: AnswerLimits): Promise<Uint8Array | undefined> {
    const startedMs = this.#now()
    let parts = new Map<string, ProvenPart>()
    let notBeforeMs = 0
    for (;;) {
      const nowMs = this.#now()
      try {
        const response = answer(query, this.#sourceOf(parts, nowMs), limits)
        if (response === undefined) return undefined
        // A denial stands for as long as the zone's SOA allows (RFC 2308), not as long as what it was made from.
        const oldestMs = Math.min(nowMs, ...[...parts.values()].map(({ provenAtMs }) => provenAtMs))
        // What was proven after the question came cannot be newer, however slow the node is.
        const isTooOld = oldestMs < startedMs && nowMs - oldestMs > this.#minimumMs
        if (readUint16(response, 8) > 0 && isTooOld) {
          notBeforeMs = nowMs
          parts = new Map()
          continue
        }
        return this.#finish(query, response)
      } catch (error) {
        if (!(error instanceof NeedsProof)) throw error
        const key = keyOf(error.owner)
        if (parts.has(key)) {
          // It was there and had run out.
          notBeforeMs = nowMs
          parts = new Map()
          continue
        }
        if (parts.size >= MAX_NAMES)
          throw new ResolveError('too-many-names', `the answer leads to over ${MAX_NAMES} names`)
        parts.set(key, await this.#cache.get(error.owner, notBeforeMs))
      }
    }
  }

  get #minimumMs(): number {
    return this.#client.genesis.parameters.soaMinimumSeconds * 1_000
  }

  /** Proven parts as `answer` reads zones; the same all through one answer. */
  #sourceOf(parts: ReadonlyMap<string, ProvenPart>, nowMs: number): ZoneSource {
    return {
      generation: 0,
      isStale: false,
      findZone: (bytes, offset) => {
        const owner = bytes.slice(offset, nameEnd(bytes, offset))
        if (zoneOf(this.zones, owner) === undefined) return undefined
        const kept = parts.get(keyOf(owner))
        if (kept === undefined) throw new NeedsProof(owner)
        const ageSeconds = Math.max(0, Math.floor((nowMs - kept.provenAtMs) / 1_000))
        return new PartZone(kept, ageSeconds, () => {
          throw new NeedsProof(owner)
        })
      },
    }
  }

  #finish(query: Uint8Array, response: Uint8Array): Uint8Array {
    const wantsRecursion = (readUint16(query, 2) & HeaderFlag.RD) !== 0
    const { rcode, authorities, flags } = parseMessage(response)
    const cut = authorities.find(({ type }) => type === RecordType.NS)
    if (wantsRecursion && cut !== undefined && rcode === Rcode.NOERROR) {
      // A stub would take a referral for "no such record".
      const name = formatName(cut.name)
      throw new ResolveError('delegated', `${name} is delegated; the ledger proves its servers and no more: ask them`)
    }
    const isProven = (rcode === Rcode.NOERROR || rcode === Rcode.NXDOMAIN) && !flags.truncated
    return asResolver(query, response, isProven)
  }

  async #prove(owner: Uint8Array, notBeforeMs: number): Promise<ProvenPart> {
    const zone = this.#zoneOf(owner)
    // Other questions show of the servers no more than who is named in the SOA of a denial.
    if (isOfZone(zone, owner))
      this.#servers = (await this.#client.query((view) => readZoneServers(view), '/v1/nodes?limit=100')).value
    const prover = { client: this.#client, servers: this.#servers, tables: this.#tables, now: this.#now }
    return provePart(prover, zone, owner, notBeforeMs)
  }

  #zoneOf(owner: Uint8Array): ServedZone {
    const zone = zoneOf(this.zones, owner)
    if (zone === undefined) throw new Error('invariant: only names in a zone are proven')
    return zone
  }
}

const keyOf = (name: Uint8Array): string => String.fromCharCode(...name)

function isForwarded(request: Request): boolean {
  const isQuestion = request.rcode === Rcode.NOERROR && request.class === RecordClass.IN
  return isQuestion && (!isMetaType(request.type) || request.type === RecordType.ANY)
}

/**
 * To a client that wants recursion, the answer of a resolver and not of an authority: RA, no AA, and AD (RFC 6840 section 5.8) where
 * it asked for AD or DNSSEC and all was proven. To others the answer stays as an authority gives it.
 */
function asResolver(query: Uint8Array, response: Uint8Array, isProven: boolean): Uint8Array {
  const asked = readUint16(query, 2)
  if ((asked & HeaderFlag.RD) === 0) return response
  const wantsAd = (asked & HeaderFlag.AD) !== 0 || readRequest(query)?.edns?.dnssecOk === true
  let flags = (readUint16(response, 2) | HeaderFlag.RA) & ~HeaderFlag.AA
  if (isProven && wantsAd) flags |= HeaderFlag.AD
  writeUint16(response, 2, flags)
  return response
}
