import { describeZoneKeys, signedAheadUntil, type ZoneKeyView } from '@cresset/access-client'
import { equalBytes } from '@cresset/core-codec'
import { activeZoneKeys, type StateView, type ZoneKeySet } from '@cresset/core-ledger'
import { denialKindOf, dsRdata, type MemoryZone, type ZoneKey } from '@cresset/dns-server'
import { readDnskey } from '@cresset/dns-wire'
import type { LedgerQueries } from '@cresset/network-application'
import type { DnsPlane, ShownZone } from './dns-plane.ts'
import type { ServedKey, ServedZone, ServedZones } from './zone-server/served-zone.ts'

export interface LedgerZonesOptions {
  readonly plane: Pick<DnsPlane, 'shownZones' | 'source' | 'timeMs'>
  readonly queries: Pick<LedgerQueries, 'view' | 'header'>
  /** Of genesis, which has no header. */
  readonly genesisTimeMs: number
  /** By which this node signs. */
  readonly zoneKeys: readonly ZoneKey[]
  /** Seconds since 1970. */
  nowSeconds(): number
}

/** The zones of the ledger as a name server's metrics and commands tell of them. */
export class LedgerZones implements ServedZones {
  readonly #options: LedgerZonesOptions
  /** Each signature is made again when half of its time has passed. */
  readonly nextSigningMs = undefined

  constructor(options: LedgerZonesOptions) {
    this.#options = options
  }

  status(): ServedZone[] {
    const view = this.#options.queries.view()
    return this.#options.plane.shownZones().map((shown) => this.#statusOf(shown, view))
  }

  #statusOf({ name, zone, serial, signers }: ShownZone, view: StateView): ServedZone {
    const nowSeconds = this.#options.nowSeconds()
    const anchorExpiration = signers && signedAheadUntil(signers.set.signatures, nowSeconds)
    const own = zone.signing?.earliestExpiration
    const { queries, genesisTimeMs } = this.#options
    return {
      apex: zone.apex,
      path: undefined,
      records: undefined,
      rrsets: zone.rrsetCount,
      serial,
      loadedAtMs: serial === 0 ? genesisTimeMs : queries.header(serial)?.timeMs,
      isFrozen: false,
      isUpdated: false,
      problem: this.#problemOf(zone),
      earliestExpiration: own && Math.min(own, anchorExpiration ?? own),
      anchorExpiration,
      denial: denialKindOf(zone),
      keys: this.#keysOf(name, zone.apex, view, signers?.set),
    }
  }

  #problemOf({ isServable }: MemoryZone): string | undefined {
    if (this.#options.plane.source.isStale)
      return 'no block was certified for longer than SOA EXPIRE: answers are SERVFAIL'
    return isServable ? undefined : 'it is signed, and not by a key of this node: answers are SERVFAIL'
  }

  #keysOf(name: string, apex: Uint8Array, view: StateView, set: ZoneKeySet | undefined): ServedKey[] {
    const { plane, zoneKeys } = this.#options
    const listed = describeZoneKeys(view, name, plane.timeMs) ?? []
    return listed.flatMap((key) => {
      const { dnskey, tag, state } = key
      const record = readDnskey(dnskey)
      if (record === undefined) return []
      const isOwn = zoneKeys.some((own) => equalBytes(own.dnskey, dnskey))
      return {
        tag,
        algorithm: record.algorithm,
        flags: record.flags,
        signsHere: isOwn && state === 'active',
        ds: dsRdata(apex, dnskey),
        holder: holderOf(key),
        waitsUntilMs: state === 'waiting' && set !== undefined ? signsFromMs(set, dnskey, plane.timeMs) : undefined,
      }
    })
  }
}

const holderOf = ({ state, node }: ZoneKeyView): string =>
  state === 'anchor' || state === 'revoked' ? state : (node ?? '')

/** Of a key that waits: in a list of its own it is the next that may sign. */
function signsFromMs(set: ZoneKeySet, dnskey: Uint8Array, timeMs: number): number | undefined {
  const keys = set.keys.filter((key) => equalBytes(key.dnskey, dnskey))
  return activeZoneKeys({ ...set, keys }, timeMs).nextMs
}
