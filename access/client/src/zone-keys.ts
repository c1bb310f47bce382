import { concatBytes, equalBytes } from '@cresset/core-codec'
import { type Signer, sha256 } from '@cresset/core-crypto'
import {
  type Action,
  activeZoneKeys,
  longestZoneSignatureSeconds,
  type NodeEntry,
  readNodes,
  readZoneKeys,
  rolesOf,
  type StateView,
  type ZoneKeys,
  zoneDnskeyRdata,
  zoneKeysBytes,
} from '@cresset/core-ledger'
import {
  DnskeyFlag,
  keyTag,
  lowerCaseName,
  parseAbsoluteName,
  RecordType,
  rrsigHead,
  rrsigLabels,
  rrsigSignedBytes,
} from '@cresset/dns-wire'

const daySeconds = 86_400
/** RFC 4509. */
const SHA256_DIGEST = 2
/** Windows overlap, and begin before they are needed: clocks differ, and whoever publishes may be late. */
const overlapSeconds = 3 * daySeconds
const anchorFlags = DnskeyFlag.ZONE | DnskeyFlag.SEP
const revokedFlags = anchorFlags | DnskeyFlag.REVOKE

/** DNSKEY records of a zone, before an anchor has signed them. */
export interface ZoneKeyPlan {
  readonly zone: string
  /** That of the set on the ledger and one more; that of the set itself when it is the same. */
  readonly revision: number
  readonly ttlSeconds: number
  /** RDATA of the records. */
  readonly keys: readonly Uint8Array[]
  /** True when the ledger has just these: then later signatures are all that can be added. */
  readonly isSame: boolean
}

export interface ZoneKeyPlanOptions {
  /** Tagged keys. Default: the anchors that the ledger has. */
  readonly anchors?: readonly Uint8Array[]
  /** Anchors on their way out (RFC 5011 section 2.1): still listed, as revoked. */
  readonly revoked?: readonly Uint8Array[]
  /** Names of nodes whose keys are left out. */
  readonly without?: readonly string[]
  /** Default: of the set before, or an hour. */
  readonly ttlSeconds?: number
}

/** The keys that a zone should have: its anchors, and the DNS keys of the nodes that serve DNS, of the anchors' type. */
export function planZoneKeys(view: StateView, zone: string, options: ZoneKeyPlanOptions = {}): ZoneKeyPlan | undefined {
  const known = readZoneKeys(view, zone)
  if (known === undefined || known.anchors.length === 0) return undefined
  const { anchors = known.anchors, revoked = [], without = [], ttlSeconds = known.set?.ttlSeconds ?? 3_600 } = options
  const type = anchors[0]?.[0]
  const kept = anchors.filter((anchor) => !revoked.some((other) => equalBytes(other, anchor)))
  const nodeKeys = readNodes(view)
    .filter((node) => isNameServer(node) && !without.includes(node.name))
    .flatMap(({ dnsKeys }) => dnsKeys.filter((key) => key[0] === type))
  const keys = [
    ...kept.map((key) => zoneDnskeyRdata(key, anchorFlags)),
    ...revoked.map((key) => zoneDnskeyRdata(key, revokedFlags)),
    ...nodeKeys.map((key) => zoneDnskeyRdata(key, DnskeyFlag.ZONE)),
  ]
  const isSame = isSameSet(known, ttlSeconds, keys)
  return { zone, revision: known.revision + (isSame ? 0 : 1), ttlSeconds, keys, isSame }
}

const isNameServer = ({ roleBits }: NodeEntry): boolean => rolesOf(roleBits).includes('domain')

function isSameSet({ set }: ZoneKeys, ttlSeconds: number, keys: readonly Uint8Array[]): boolean {
  if (set === undefined || set.ttlSeconds !== ttlSeconds || set.keys.length !== keys.length) return false
  return set.keys.every(({ dnskey }, index) => equalBytes(dnskey, keys[index] as Uint8Array))
}

/** A signature over DNSKEY records that is published when its time comes. */
export interface ZoneKeySignature {
  /** Seconds since 1970. */
  readonly fromSeconds: number
  readonly untilSeconds: number
  /** RDATA of the RRSIG record. */
  readonly rdata: Uint8Array
}

export interface SignedZoneKeys extends Omit<ZoneKeyPlan, 'isSame'> {
  readonly signatures: readonly ZoneKeySignature[]
  /** By one of the anchors of the set before over `zoneKeysBytes`. */
  readonly authorization: Uint8Array
}

export interface ZoneKeySigningOptions {
  readonly chainId: string
  /** Seconds since 1970 at which the first window begins. */
  readonly startSeconds: number
  /** Days that a signature holds. */
  readonly windowDays: number
  /** Signatures of each anchor, one after another. */
  readonly windows: number
}

/**
 * Signs DNSKEY records for windows that adjoin, in one sitting. `anchors` are all that sign; the first one must be an anchor of the
 * set before.
 */
export async function signZoneKeys(
  plan: ZoneKeyPlan,
  anchors: readonly [Signer, ...Signer[]],
  { chainId, startSeconds, windowDays, windows }: ZoneKeySigningOptions,
): Promise<SignedZoneKeys> {
  const { zone, revision, ttlSeconds, keys } = plan
  const owner = lowerCaseName(parseAbsoluteName(zone))
  const rrset = { owner, type: RecordType.DNSKEY, ttl: ttlSeconds, rdatas: [...keys] }
  const signatures: ZoneKeySignature[] = []
  for (let window = 0; window < windows; window++) {
    const fromSeconds = startSeconds + window * windowDays * daySeconds
    const untilSeconds = fromSeconds + windowDays * daySeconds + overlapSeconds
    for (const anchor of anchors) {
      const dnskey = [anchorFlags, revokedFlags]
        .map((flags) => zoneDnskeyRdata(anchor.publicKey, flags))
        .find((rdata) => keys.some((key) => equalBytes(key, rdata)))
      // An anchor that leaves without being revoked authorizes what comes after it, and signs nothing.
      if (dnskey === undefined) continue
      const head = rrsigHead({
        typeCovered: RecordType.DNSKEY,
        algorithm: dnskey[3] as number,
        labels: rrsigLabels(owner),
        originalTtl: ttlSeconds,
        inception: fromSeconds,
        expiration: untilSeconds,
        keyTag: keyTag(dnskey),
        signer: owner,
      })
      const rdata = concatBytes(head, await anchor.sign(rrsigSignedBytes(head, rrset)))
      signatures.push({ fromSeconds, untilSeconds, rdata })
    }
  }
  const authorization = await anchors[0].sign(zoneKeysBytes(chainId, { zone, ttlSeconds, keys: [...keys], revision }))
  return { zone, revision, ttlSeconds, keys, signatures, authorization }
}

/** The transaction that brings to the ledger what of it is due at `nowSeconds`; undefined when nothing is. */
export function publishZoneKeys(signed: SignedZoneKeys, nowSeconds: number): Action | undefined {
  const { zone, ttlSeconds, keys, authorization, signatures } = signed
  const due = signatures.filter(
    ({ untilSeconds }) =>
      untilSeconds > nowSeconds && untilSeconds - nowSeconds <= longestZoneSignatureSeconds - daySeconds,
  )
  if (due.length === 0) return undefined
  const rdatas = due.map(({ rdata }) => rdata)
  return { kind: 'setZoneKeys', body: { zone, ttlSeconds, keys: [...keys], signatures: rdatas, authorization } }
}

/** Where a key stands in its life. */
export type ZoneKeyState = 'anchor' | 'revoked' | 'waiting' | 'active'

export interface ZoneKeyView {
  readonly dnskey: Uint8Array
  readonly tag: number
  readonly state: ZoneKeyState
  /** Name of the node that signs with it. */
  readonly node: string | undefined
  readonly sinceMs: number
}

/** The keys of a signed zone at a block time; undefined for one that is not signed. */
export function describeZoneKeys(view: StateView, zone: string, timeMs: number): ZoneKeyView[] | undefined {
  const set = readZoneKeys(view, zone)?.set
  if (set === undefined) return undefined
  const active = new Set(activeZoneKeys(set, timeMs).keys)
  const nodes = readNodes(view)
  return set.keys.map((key) => {
    const { dnskey, node, sinceMs } = key
    const isRevoked = ((dnskey[1] as number) & DnskeyFlag.REVOKE) !== 0
    const ofNode = active.has(key) ? 'active' : 'waiting'
    const state = node !== undefined ? ofNode : isRevoked ? 'revoked' : 'anchor'
    const name = node && nodes.find(({ id }) => equalBytes(id, node))?.name
    return { dnskey, tag: keyTag(dnskey), state, node: name, sinceMs }
  })
}

/** RDATA of the DS record that names a key at the zone above, or as a trust anchor: its SHA-256 (RFC 4509). */
export function zoneDsRdata(zone: string, dnskey: Uint8Array): Uint8Array {
  const tag = keyTag(dnskey)
  const head = Uint8Array.of(tag >> 8, tag & 255, dnskey[3] as number, SHA256_DIGEST)
  return concatBytes(head, sha256(concatBytes(lowerCaseName(parseAbsoluteName(zone)), dnskey)))
}
