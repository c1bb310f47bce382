import { RecordType, type Rrset, readRrsig, readUint16, readUint32 } from '@cresset/dns-wire'
import { keyDenial } from '../compact/key-denial.ts'
import { encodeRecords, RECORD_FIXED_BYTES, rdatasOf, ttlOf } from '../records.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { NO_OWNER, type Owner } from '../zone-source.ts'
import { isHidden, isSigned, listedTypes } from './authority.ts'
import type { Denial } from './denial.ts'
import { dropForeign, isInChain, linkNames, negativeTtlOf } from './nsec-chain.ts'
import { signRrset } from './sign-rrset.ts'
import { FRESH_SECONDS, timesOf } from './times.ts'
import type { ZoneKey } from './zone-key.ts'

/** Offsets in the RDATA of an RRSIG (RFC 4034 section 3.1). */
const EXPIRATION_OFFSET = 8
const TAG_OFFSET = 16

export interface LiveSigningOptions {
  /** Keys of this server, of one algorithm: each signs all that the zone has but the DNSKEY records. */
  readonly keys: readonly ZoneKey[]
  /** The DNSKEY records, and the RDATA of all signatures over them; of these, those are shown that hold. */
  readonly dnskeys: Omit<Rrset, 'owner' | 'type'>
  readonly dnskeySignatures: readonly Uint8Array[]
  /** How the zone proves what it does not have. Default: by a chain. */
  readonly denial?: Denial
  /** Seconds since 1970. */
  nowSeconds(): number
}

/** Names with the types that their links list, by the text of their bytes. */
type ChainPart = Map<string, { readonly name: Uint8Array; readonly types: string }>

interface Touched {
  /** With all below them. */
  readonly subtrees: readonly Uint8Array[]
  readonly names: readonly Uint8Array[]
}

/**
 * Keeps a zone signed while it is served and changed. The chain of NSEC follows each change, unless denials are made for each question; signatures are made when they are first
 * asked for, or by `signAll`, and again when they have half of their time left.
 */
export class LiveSigning {
  readonly #zone: MemoryZone
  #options: LiveSigningOptions
  /** What stood in the chain before the change under way, where it acts. */
  #before: ChainPart = new Map()
  #touched: Touched = { subtrees: [], names: [] }
  #ttlBefore: number | undefined
  #earliestExpiration: number | undefined

  /** Puts the DNSKEY records at the apex and builds the chain, if there is to be one. The zone has no NSEC records of its own. */
  constructor(zone: MemoryZone, options: LiveSigningOptions) {
    this.#zone = zone
    this.#options = options
    this.#putKeys()
    this.#link(this.#allInChain())
  }

  /** Has other keys sign from now on, or shows other signatures over them. The chain stays, and so does what is signed by the same key. */
  use(options: LiveSigningOptions): void {
    const [before, after] = [this.#options.keys[0], options.keys[0]]
    this.#options = options
    // A signature names its key by the tag alone.
    if (before?.tag === after?.tag && before?.dnskey.join() !== after?.dnskey.join()) this.#dropSignatures()
    this.#putKeys()
    this.#link([this.#zone.apex])
  }

  #dropSignatures(): void {
    const zone = this.#zone
    for (const owner of zone.owners()) for (const type of zone.types(owner)) zone.removeSignatures(owner, type)
  }

  #putKeys(): void {
    const { dnskeys, keys, nowSeconds } = this.#options
    this.#zone.put({ ...dnskeys, owner: this.#zone.apex, type: RecordType.DNSKEY })
    this.#zone.compact = this.denial === 'compact' ? keyDenial(keys, nowSeconds) : undefined
  }

  /** One for the whole life of this object. */
  get denial(): Denial {
    return this.#options.denial ?? 'chain'
  }

  /** To be called before the zone changes: `subtrees` with everything below them, and single RRsets. */
  begin(
    subtrees: readonly Uint8Array[],
    single: readonly { readonly owner: Uint8Array; readonly type: number }[],
  ): void {
    const below = single.filter(({ owner }) => owner.length !== this.#zone.apex.length)
    // A cut that comes or goes hides or shows what is below; the apex is no cut.
    const cuts = below.filter(({ type }) => type === RecordType.NS).map(({ owner }) => owner)
    this.#touched = { subtrees: [...subtrees, ...cuts], names: below.map(({ owner }) => owner) }
    this.#before = this.#chainPart()
    this.#ttlBefore = negativeTtlOf(this.#zone)
  }

  /** To be called after it. */
  end(): void {
    const before = this.#before
    const after = this.#chainPart()
    const zone = this.#zone
    for (const [key, { name }] of before) if (!after.has(key)) zone.remove(name, RecordType.NSEC)
    for (const owner of this.#ownersBelow()) dropForeign(zone, owner)
    // The link of a name that has the types that it had leads where it led, unless what stands behind it came or went.
    const others = [...after].filter(([key, { types }]) => before.get(key)?.types !== types)
    this.#link(others.map(([, { name }]) => name))
    const linked = new Set(others.map(([key]) => key))
    for (const [key, { name }] of [...before, ...after]) {
      const previous = before.has(key) && after.has(key) ? undefined : zone.chainName('before', name)
      const previousKey = previous && textOf(previous)
      if (previous === undefined || previousKey === undefined || linked.has(previousKey)) continue
      linked.add(previousKey)
      this.#link([previous.slice()])
    }
    this.#before = new Map()
    // The SOA gives the TTL of all links (RFC 9077), and types at the apex may have changed.
    if (this.#ttlBefore === negativeTtlOf(zone)) this.#link([zone.apex])
    else this.#link(this.#allInChain())
  }

  /** Those of the touched subtrees that are there now. */
  *#ownersBelow(): Generator<Owner> {
    const zone = this.#zone
    for (const top of this.#touched.subtrees) {
      const owner = zone.find(top, 0)
      if (owner !== NO_OWNER) yield* zone.ownersBelow(owner)
    }
  }

  /** Puts names into the chain, or their links right. */
  #link(names: readonly Uint8Array[]): void {
    if (this.denial === 'chain') for (const _step of linkNames(this.#zone, names));
  }

  /** The signatures over an RRset of the zone, in the form of `records.ts`; undefined for what is not signed here. */
  signatures(owner: Owner, type: number, present: Uint8Array | undefined): Uint8Array | undefined {
    const nowSeconds = this.#options.nowSeconds()
    if (type === RecordType.DNSKEY && owner === this.#zone.apexOwner) return this.#dnskeySignatures(nowSeconds)
    if (present !== undefined && this.#isGood(present, nowSeconds)) return present
    const zone = this.#zone
    const records = zone.rrset(owner, type)
    if (records === undefined || !isSigned(zone, owner, type) || isHidden(zone, owner)) return undefined
    const rrset = { owner: zone.name(owner).slice(), type, ttl: ttlOf(records), rdatas: rdatasOf(records) }
    const times = timesOf(nowSeconds, owner + type)
    const rdatas = this.#options.keys.map((key) => signRrset(zone.apex, rrset, key, times))
    this.#earliestExpiration = Math.min(this.#earliestExpiration ?? times.expiration, times.expiration)
    return zone.putSignatures(owner, type, { ...rrset, type: RecordType.RRSIG, rdatas })
  }

  /**
   * In seconds since 1970, when the first of all signatures ends, as the last `signAll` found them and with what was made since. Without
   * those over the DNSKEY records, which are made elsewhere. Undefined while there is none.
   */
  get earliestExpiration(): number | undefined {
    return this.#earliestExpiration
  }

  /** Makes all signatures that are missing or have little time left. Yields after each, so that queries are answered in between. */
  *signAll(): Generator<void> {
    const zone = this.#zone
    const nowSeconds = this.#options.nowSeconds()
    let earliest = Number.POSITIVE_INFINITY
    // While others have the processor an owner may go and another one take its place: that is signed then.
    for (const owner of zone.ownersInAnyOrder()) {
      for (const type of zone.types(owner)) {
        const signatures = type === RecordType.RRSIG ? undefined : zone.signatures(owner, type)
        if (signatures !== undefined && type !== RecordType.DNSKEY) {
          const expiration = readUint32(signatures, RECORD_FIXED_BYTES + EXPIRATION_OFFSET)
          earliest = Math.min(earliest, nowSeconds + ((expiration - nowSeconds) | 0))
        }
        yield
      }
    }
    if (earliest !== Number.POSITIVE_INFINITY) this.#earliestExpiration = earliest
  }

  #isGood(signatures: Uint8Array, nowSeconds: number): boolean {
    const expiration = readUint32(signatures, RECORD_FIXED_BYTES + EXPIRATION_OFFSET)
    if (((expiration - nowSeconds) | 0) < FRESH_SECONDS) return false
    const tag = readUint16(signatures, RECORD_FIXED_BYTES + TAG_OFFSET)
    return tag === this.#options.keys[0]?.tag
  }

  /** Of each anchor, the signature that began last of those that hold. */
  #dnskeySignatures(nowSeconds: number): Uint8Array | undefined {
    const { dnskeys, dnskeySignatures } = this.#options
    const byTag = new Map<number, { rdata: Uint8Array; inception: number }>()
    for (const rdata of dnskeySignatures) {
      const signature = readRrsig(rdata)
      if (signature === undefined) continue
      const { inception, expiration, keyTag } = signature
      if (((nowSeconds - inception) | 0) < 0 || ((expiration - nowSeconds) | 0) <= 0) continue
      const known = byTag.get(keyTag)
      if (known === undefined || ((inception - known.inception) | 0) > 0) byTag.set(keyTag, { rdata, inception })
    }
    const rdatas = [...byTag.values()].map(({ rdata }) => rdata)
    if (rdatas.length === 0) return undefined
    return encodeRecords({ owner: this.#zone.apex, type: RecordType.RRSIG, ttl: dnskeys.ttl, rdatas })
  }

  #allInChain(): Uint8Array[] {
    const zone = this.#zone
    const names: Uint8Array[] = []
    for (const owner of zone.owners()) if (isInChain(zone, owner)) names.push(zone.name(owner).slice())
    return names
  }

  /** What stands in the chain where the change acts. */
  #chainPart(): ChainPart {
    const zone = this.#zone
    const part: ChainPart = new Map()
    const add = (owner: Owner): void => {
      const types = listedTypes(zone, owner)
      if (types.length === 0 || isHidden(zone, owner)) return
      const name = zone.name(owner).slice()
      part.set(textOf(name), { name, types: types.join() })
    }
    for (const name of this.#touched.names) {
      const owner = zone.find(name, 0)
      if (owner !== NO_OWNER) add(owner)
    }
    for (const owner of this.#ownersBelow()) add(owner)
    return part
  }
}

const textOf = (name: Uint8Array): string => String.fromCharCode(...name)
