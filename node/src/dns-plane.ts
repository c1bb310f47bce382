import { isDeepStrictEqual } from 'node:util'
import type { Genesis } from '@cresset/core-chain'
import {
  addressesOf,
  type HostEntry,
  isWithin,
  type LedgerEvent,
  readAddress,
  readHosts,
  readParameters,
  type StateView,
} from '@cresset/core-ledger'
import {
  nameEntryRrsets,
  type RrsetChange,
  readZoneServers,
  reverseRrsets,
  servedRecords,
  type ZoneServer,
  zoneRrsets,
} from '@cresset/dns-records'
import { type MemoryZone, type ZoneChange, type ZoneKey, ZoneStore } from '@cresset/dns-server'
import {
  lowerCaseName,
  parseAbsoluteName,
  parseReverseName,
  type Rrset,
  reverseName,
  reverseZone,
} from '@cresset/dns-wire'
import { type CommitEvent, type LedgerQueries, zonesChangedName } from '@cresset/network-application'
import { entryOf, ShownBefore } from './shown-before.ts'
import { isSameSigning, readZoneSigners, signingBy, type ZoneSigners } from './zone-signers.ts'

/** Names compiled at the start in one generation, so that memory stays bounded while a large zone is built. */
const NAMES_PER_STEP = 1_000
/** The same for what record tables hold; one name's table stays whole. */
const TABLE_RECORDS_PER_STEP = 20_000
const hourMs = 3_600_000

export interface DnsPlaneOptions {
  readonly genesis: Genesis
  readonly queries: LedgerQueries
  /** Newest committed block at the start. */
  readonly height: number
  readonly timeMs: number
  readonly nowMs: number
  /** True while the state was never the newest: a node that joins answers nothing before. */
  readonly isIncomplete?: () => boolean
  /** Keys by which this node signs zones, the newest last. Default: none, so that it answers for no signed zone. */
  readonly zoneKeys?: readonly ZoneKey[]
  /** Seconds since 1970, for signatures. Default: the system's. */
  readonly nowSeconds?: () => number
  /** Told of a name that cannot be shown. */
  readonly onProblem?: (name: string, error: Error) => void
}

/** A zone as it stands at the newest block. */
export interface ShownZone {
  readonly name: string
  readonly zone: MemoryZone
  readonly serial: number
  /** Undefined for one that is not signed. */
  readonly signers: ZoneSigners | undefined
}

/**
 * The zones of the ledger as the DNS server reads them, and the reverse zones of the address ranges in genesis. Built from the state
 * at the start; then each commit recompiles the names that it changed and nothing else. A block becomes visible as one generation.
 */
export class DnsPlane {
  readonly source = new ZoneStore()
  readonly #genesis: Genesis
  readonly #queries: LedgerQueries
  #servers: readonly ZoneServer[]
  readonly #reverseZones: ReadonlySet<string>
  /** All of them. */
  readonly #zones: readonly string[]
  readonly #serials = new Map<string, number>()
  /** Of signed zones, who signs them. */
  readonly #signers = new Map<string, ZoneSigners>()
  readonly #zoneKeys: readonly ZoneKey[]
  readonly #nowSeconds: () => number
  readonly #isIncomplete: () => boolean
  readonly #onProblem: (name: string, error: Error) => void
  /** Names with a fault, of which nothing is shown. */
  readonly #leftOut = new Set<string>()
  #generation = 0
  #timeMs: number
  #certifiedAtMs: number

  constructor(options: DnsPlaneOptions) {
    this.#genesis = options.genesis
    this.#queries = options.queries
    this.#onProblem = options.onProblem ?? (() => {})
    this.#zoneKeys = options.zoneKeys ?? []
    this.#nowSeconds = options.nowSeconds ?? (() => Math.floor(Date.now() / 1_000))
    this.#isIncomplete = options.isIncomplete ?? (() => false)
    this.#servers = readZoneServers(this.#queries.view())
    this.#reverseZones = new Set(
      options.genesis.addressRanges.map(({ prefix, prefixBits }) => reverseZone(prefix, prefixBits)),
    )
    this.#zones = [...options.genesis.zones, ...this.#reverseZones]
    this.#timeMs = options.timeMs
    // After a long absence the stored data is as old as its newest block says, whenever this process started.
    this.#certifiedAtMs = Math.min(options.nowMs, options.timeMs)
    this.#build(options.height)
    this.checkFreshness(options.nowMs)
  }

  /** Makes what the block changed visible. */
  commit(event: CommitEvent, nowMs: number): void {
    // A block of catch-up is certified too, and its data can be as old as what it replaces.
    this.#certifiedAtMs = nowMs - event.timeMs > this.#expireMs ? event.timeMs : nowMs
    this.checkFreshness(nowMs)
    const changed = new Map<string, Set<string>>()
    // Renewed signatures reach secondaries only with a new serial, so each hour of block time gives one.
    if (hourOf(event.timeMs) > hourOf(this.#timeMs)) for (const zone of this.#zones) changed.set(zone, new Set())
    this.#timeMs = event.timeMs
    const hadServers = !tellsOf(event, 'nodesChanged') || this.#takeServers(event.height)
    // Times to live may have changed, and with them every record. What is gone is no longer among the names.
    const isBuilt = tellsOf(event, 'parametersChanged')
    if (isBuilt) this.#build(event.height, event.height)
    else if (!hadServers) return
    for (const owner of event.changedNames) {
      const place = this.#placeOf(owner)
      if (place === undefined) continue
      const names = changed.get(place.zone) ?? new Set()
      if (place.name !== undefined) names.add(place.name)
      changed.set(place.zone, names)
    }
    const view = this.#queries.view(event.height)
    const resigned = this.#takeSigners(event.changedNames, view)
    for (const zone of resigned) if (!changed.has(zone)) changed.set(zone, new Set())
    if (changed.size === 0 || this.#servers.length === 0) return
    for (const zone of changed.keys()) this.#serials.set(zone, event.height)
    this.#show(changed, view, isBuilt ? undefined : new ShownBefore(event, this.#queries))
    for (const zone of resigned) this.#sign(zone)
  }

  /** Makes signatures that are missing or old, one at a step: what is not asked for must be ready for those who take the zone whole. */
  *signAll(): Generator<void> {
    for (const zone of this.#zones) yield* this.source.zone(wireName(zone))?.signing?.signAll() ?? []
  }

  /** Zones whose keys or signers are others since the last block. */
  #takeSigners(changedNames: readonly string[], view: StateView): string[] {
    return this.#zones.filter((zone) => {
      const before = this.#signers.get(zone)
      const isDue = before?.nextMs !== undefined && before.nextMs <= this.#timeMs
      if (!isDue && !changedNames.includes(zone)) return false
      return this.#readSigners(zone, view)
    })
  }

  /** True when they are others than before. */
  #readSigners(zone: string, view: StateView): boolean {
    const before = this.#signers.get(zone)
    const signers = readZoneSigners(view, zone, this.#timeMs)
    if (signers === undefined) this.#signers.delete(zone)
    else this.#signers.set(zone, signers)
    return !isSameSigning(before, signers)
  }

  /** Has a zone that is shown signed as the ledger says, or no more. */
  #sign(zone: string): void {
    const shown = this.source.zone(wireName(zone))
    if (shown === undefined) return
    const signers = this.#signers.get(zone)
    const signing = signers && signingBy(signers, this.#zoneKeys, this.#nowSeconds)
    shown.isServable = signers === undefined || signing !== undefined
    if (signing !== undefined) shown.signLive(signing)
    else shown.signNoMore()
  }

  /** Name servers of a zone: of a signed one, those that can sign. */
  #serversOf(zone: string): readonly ZoneServer[] {
    const signers = this.#signers.get(zone)
    const able = signers && this.#servers.filter(({ node }) => signers.nodes.has(node))
    // A zone without servers would be none; nobody can answer for it as it is.
    return able === undefined || able.length === 0 ? this.#servers : able
  }

  /** A snapshot took the place of the state: everything is shown anew. */
  rebuild(height: number, timeMs: number, nowMs: number): void {
    this.#timeMs = timeMs
    this.#certifiedAtMs = Math.min(nowMs, timeMs)
    this.#servers = readZoneServers(this.#queries.view())
    // Nothing of the old state stays: its name servers may be gone.
    const shown = this.#zones.map(wireName).filter((zoneApex) => this.source.zone(zoneApex) !== undefined)
    if (shown.length > 0) this.#apply(shown.map((zoneApex) => ({ apex: zoneApex, drop: true })))
    this.#build(height)
    this.checkFreshness(nowMs)
  }

  /** To be called now and then: without a certified block for SOA EXPIRE the data must not be answered. */
  checkFreshness(nowMs: number): void {
    this.source.setStale(this.#isIncomplete() || nowMs - this.#certifiedAtMs > this.#expireMs)
  }

  get #expireMs(): number {
    return this.#genesis.parameters.soaExpireSeconds * 1_000
  }

  /** Lower-case wire names of all zones that there can be, those of addresses included. */
  get apexes(): readonly Uint8Array[] {
    return this.#zones.map(wireName)
  }

  /** Of the newest block. */
  get timeMs(): number {
    return this.#timeMs
  }

  /** None while there are no name servers. */
  shownZones(): ShownZone[] {
    return this.#zones.flatMap((name) => {
      const zone = this.source.zone(wireName(name))
      const serial = this.#serials.get(name) ?? 0
      return zone === undefined ? [] : [{ name, zone, serial, signers: this.#signers.get(name) }]
    })
  }

  /** Height of the last block that changed the zone. */
  serial(zone: string): number | undefined {
    return this.#serials.get(zone)
  }

  /** After a change among the nodes. False when there were or are no name servers, and so no zones: then all is done. */
  #takeServers(height: number): boolean {
    const before = this.#servers
    this.#servers = readZoneServers(this.#queries.view())
    if (isDeepStrictEqual(before, this.#servers)) return true
    if (this.#servers.length === 0) {
      this.#apply(this.#zones.map((zone) => ({ apex: wireName(zone), drop: true })))
      return false
    }
    if (before.length === 0) {
      this.#build(height)
      return false
    }
    const view = this.#queries.view(height)
    for (const zone of this.#zones) {
      this.#serials.set(zone, height)
      // Label `ns` is nobody's name: what is below it are the addresses of servers, also of those that are none any more.
      // What is gone with a node, its key is too.
      const isResigned = this.#readSigners(zone, view)
      const { apex, put = [] } = this.#change(zone, [], view)
      this.#apply([{ apex, clear: [wireName(`ns.${zone}`)], put }])
      if (isResigned) this.#sign(zone)
    }
    return true
  }

  /** Shows everything anew, under the zones' last serials or under this one. */
  #build(height: number, serial?: number): void {
    // Without a name server there is no NS set, and so no zone.
    if (this.#servers.length === 0) return
    const view = this.#queries.view()
    const serials = this.#lastChanges(height)
    for (const zone of this.#zones) {
      this.#serials.set(zone, serial ?? serials.get(zone) ?? 0)
      this.#readSigners(zone, view)
      this.#show(new Map([[zone, []]]), view)
    }
    for (const zone of this.#genesis.zones) {
      let after: string | undefined
      for (;;) {
        const names = this.#queries.names({ zone }, { after, limit: NAMES_PER_STEP })
        if (names.length === 0) break
        for (const step of this.#inSteps(names, view)) this.#show(new Map([[zone, step]]), view)
        this.#showAddresses(names, view)
        after = names.at(-1)
      }
    }
    for (const zone of this.#zones) this.#sign(zone)
  }

  /** Names in groups whose record tables are not too large together. */
  *#inSteps(names: readonly string[], view: StateView): Generator<readonly string[]> {
    let step: string[] = []
    let records = 0
    for (const name of names) {
      const more = servedRecords(view, name)?.records ?? 0
      if (step.length > 0 && records + more > TABLE_RECORDS_PER_STEP) {
        yield step
        step = []
        records = 0
      }
      step.push(name)
      records += more
    }
    yield step
  }

  /** The PTR records of what these names publish: those confirmed are always among them. */
  #showAddresses(names: readonly string[], view: StateView): void {
    const { addressRanges } = this.#genesis
    if (addressRanges.length === 0) return
    const changed = new Map<string, Set<string>>()
    for (const address of names.flatMap((name) => this.#addressesOf(name, view))) {
      const range = addressRanges.find((candidate) => isWithin(address, candidate))
      if (range === undefined || readAddress(view, address).confirmed.length === 0) continue
      const zone = reverseZone(range.prefix, range.prefixBits)
      changed.set(zone, (changed.get(zone) ?? new Set()).add(reverseName(address)))
    }
    if (changed.size > 0) this.#show(changed, view)
  }

  /** None of a name that cannot be read, which was told of before. */
  #addressesOf(name: string, view: StateView): Uint8Array[] {
    try {
      return hostsOf(view, name).flatMap(({ servers }) => addressesOf(servers))
    } catch {
      return []
    }
  }

  /** For each zone the newest block that changed it, or the first one of the current hour of block time. */
  #lastChanges(height: number): Map<string, number> {
    const oldest = this.#firstOfHour(height)
    const allZones = zonesChangedName(this.#genesis.zones)
    const found = new Map<string, number>()
    for (let at = height; at >= oldest && found.size < this.#zones.length; at--) {
      for (const owner of this.#queries.changedNames(at)) {
        if (owner === allZones) for (const zone of this.#zones) if (!found.has(zone)) found.set(zone, at)
        const zone = this.#placeOf(owner)?.zone
        if (zone !== undefined && !found.has(zone)) found.set(zone, at)
      }
    }
    for (const zone of this.#zones) if (!found.has(zone)) found.set(zone, oldest)
    return found
  }

  /** Height of the first block in the same hour of block time, by halving: block time rises with height. */
  #firstOfHour(height: number): number {
    const hourAt = (at: number): number =>
      hourOf(at === 0 ? this.#genesis.timeMs : (this.#queries.header(at)?.timeMs ?? 0))
    const hour = hourAt(height)
    let below = -1
    let within = height
    while (within - below > 1) {
      const middle = Math.floor((below + within) / 2)
      if (hourAt(middle) === hour) within = middle
      else below = middle
    }
    return within
  }

  #change(zone: string, names: Iterable<string>, view: StateView, before?: ShownBefore): ZoneChange {
    const clear: Uint8Array[] = []
    const remove: RrsetChange['remove'][number][] = []
    const { defaultTtlSeconds } = readParameters(view)
    const put = zoneRrsets({
      zone,
      servers: this.#serversOf(zone),
      serial: this.#serials.get(zone) ?? 0,
      ttlSeconds: defaultTtlSeconds,
      parameters: this.#genesis.parameters,
    })
    for (const name of names) {
      const isWhole = this.#reverseZones.has(zone) || this.#leftOut.has(name)
      const change = isWhole ? undefined : before?.changeOf(name, view)
      if (change === undefined) {
        clear.push(wireName(name))
        for (const rrset of this.#rrsetsOf(zone, name, { view, defaultTtlSeconds })) put.push(rrset)
      } else {
        clear.push(...change.clear)
        for (const gone of change.remove) remove.push(gone)
        for (const rrset of change.put) put.push(rrset)
      }
    }
    return { apex: wireName(zone), clear, remove, put }
  }

  #rrsetsOf(
    zone: string,
    name: string,
    { view, defaultTtlSeconds }: { readonly view: StateView; readonly defaultTtlSeconds: number },
  ): Rrset[] {
    if (!this.#reverseZones.has(zone)) {
      const entry = entryOf(view, name)
      return entry === undefined ? [] : nameEntryRrsets(view, entry, defaultTtlSeconds)
    }
    const address = parseReverseName(name)
    if (address === undefined) return []
    return reverseRrsets(address, readAddress(view, address).confirmed, defaultTtlSeconds)
  }

  /**
   * Makes names visible, as one generation. What agreement let pass and the wire form does not is left out by itself: a fault
   * in one record must stop neither the zone nor the node, and with it all nodes at once.
   */
  #show(names: ReadonlyMap<string, Iterable<string>>, view: StateView, before?: ShownBefore): void {
    const pairs = [...names]
    try {
      this.#apply(pairs.map(([zone, of]) => this.#change(zone, of, view, before)))
      if (this.#leftOut.size > 0) for (const [, of] of pairs) for (const name of of) this.#leftOut.delete(name)
    } catch (failure) {
      const each = pairs.flatMap(([zone, of]) => Array.from(of, (name) => ({ zone, name })))
      for (const { zone, name } of each) this.#showAlone(zone, name, view)
      if (each.length === 0) this.#onProblem('zones', failure as Error)
    }
  }

  #showAlone(zone: string, name: string, view: StateView): void {
    try {
      this.#apply([this.#change(zone, [name], view)])
      this.#leftOut.delete(name)
    } catch (failure) {
      this.#leftOut.add(name)
      this.#onProblem(name, failure as Error)
      this.#apply([{ ...this.#change(zone, [], view), clear: [wireName(name)] }])
    }
  }

  #apply(changes: readonly ZoneChange[]): void {
    this.source.apply(changes, this.#generation + 1)
    this.#generation++
  }

  /** The ledger name that an owner belongs to: the label directly below a zone; none for a zone itself. In a reverse zone each owner is by itself. */
  #placeOf(owner: string): { zone: string; name: string | undefined } | undefined {
    if (this.#zones.includes(owner)) return { zone: owner, name: undefined }
    const zone = this.#zones.find((candidate) => owner.endsWith(`.${candidate}`))
    if (zone === undefined) return undefined
    if (this.#reverseZones.has(zone)) return { zone, name: owner }
    const label = owner
      .slice(0, -zone.length - 1)
      .split('.')
      .at(-1)
    return { zone, name: `${label}.${zone}` }
  }
}

const tellsOf = ({ blockEvents, transactions }: CommitEvent, told: LedgerEvent['kind']): boolean =>
  blockEvents.some(({ kind }) => kind === told) ||
  transactions.some(({ events }) => events.some(({ kind }) => kind === told))
const hourOf = (timeMs: number): number => Math.floor(timeMs / hourMs)
const wireName = (text: string): Uint8Array => lowerCaseName(parseAbsoluteName(text))

/** What the ledger publishes for a name; nothing for one that is claimed, cancelled or expired. */
function hostsOf(view: StateView, name: string): HostEntry[] {
  const entry = entryOf(view, name)
  return entry === undefined ? [] : readHosts(view, entry)
}
