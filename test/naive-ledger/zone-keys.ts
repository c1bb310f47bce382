import { encodeItem, equalBytes, type Item } from '@cresset/core-codec'
import { accountOf, checkSignature, publicKeyProblem, signingBytes } from '@cresset/core-crypto'
import { type NaiveRange, reverseName } from './addresses.ts'
import type { NaiveCode } from './codes.ts'
import type { NaiveEvent } from './receipt.ts'
import type { BlockPlace, Outcome } from './registrations.ts'
import type { NaiveParameters, NaiveState } from './state.ts'
import type { NaiveBody } from './transaction.ts'
import {
  isSignedBy,
  otherTagOf,
  readSignature,
  readZoneKey,
  secondsAfter,
  signedKeys,
  tagOf,
  type ZoneKey,
  zoneFlags,
} from './zone-records.ts'

/** docs/protocol/ledger.md, "Zone keys". */

export interface NaiveZoneKeys {
  zone: string
  height: number
  revision: number
  anchors: Uint8Array[]
  set: NaiveZoneSet | undefined
}

interface NaiveZoneSet {
  signedSince: number
  ttl: number
  keys: { rdata: Uint8Array; node: Uint8Array | undefined; since: number }[]
  signatures: Uint8Array[]
}

const longestSeconds = 60 * 86_400
const isSame = (a: Item, b: Item): boolean => equalBytes(encodeItem(a), encodeItem(b))

/** Zones of genesis, and the reverse zone of each range of addresses. */
export function zonesOf(zones: readonly string[], ranges: readonly NaiveRange[]): string[] {
  return [...zones, ...ranges.map(reverseZone)]
}

/** The end of the name that an address of the range has. */
function reverseZone({ prefix, prefixBits }: NaiveRange): string {
  const [perLabel, labelsOfAddress] = prefix.length === 4 ? [8, 4] : [4, 32]
  const labels = reverseName(prefix).split('.')
  return labels.slice(labelsOfAddress - prefixBits / perLabel).join('.')
}

export function zoneKeysOf(state: NaiveState, zone: string): NaiveZoneKeys | undefined {
  return state.zoneKeys.find((entry) => entry.zone === zone)
}

/** What is wrong with a vote on anchors. */
export function anchorsProblem(
  state: NaiveState,
  { zone, anchors }: { zone: string; anchors: Uint8Array[] },
  zones: readonly string[],
): NaiveCode | undefined {
  if (!zones.includes(zone)) return 'zone-unknown'
  if (anchors.some((key) => publicKeyProblem(key) !== undefined)) return 'zone-key-bad'
  if (anchors.some((key) => key[0] !== anchors[0]?.[0])) return 'zone-key-algorithms'
  if (anchors.some((key, index) => anchors.slice(0, index).some((other) => equalBytes(other, key))))
    return 'zone-key-tag-taken'
  return isSame(zoneKeysOf(state, zone)?.anchors ?? [], anchors) ? 'nothing-changes' : undefined
}

export function setAnchors(
  state: NaiveState,
  { zone, anchors }: { zone: string; anchors: Uint8Array[] },
  height: number,
): NaiveEvent {
  const before = zoneKeysOf(state, zone)
  const others = state.zoneKeys.filter((entry) => entry !== before)
  const set = anchors.length === 0 ? undefined : before?.set
  state.zoneKeys = [...others, { zone, height, revision: before?.revision ?? 0, anchors, set }]
  if (anchors.length === 0) state.zonesChanged.push(zone)
  return { kind: 'zoneAnchorsSet', body: { zone, anchors: anchors.length } }
}

/** What an anchor signs to let a set of keys in. */
export function zoneKeysText(
  chainId: string,
  { zone, ttl, keys }: { zone: string; ttl: number; keys: Uint8Array[] },
  revision: number,
): Uint8Array {
  return signingBytes('zone-keys', chainId, encodeItem([1, zone, ttl, keys, revision]))
}

/** Of the next set with another ttl or other keys; the first is 1. */
export function nextRevision(entry: NaiveZoneKeys | undefined): number {
  return (entry?.revision ?? 0) + 1
}

export function setZoneKeys(
  state: NaiveState,
  body: NaiveBody<'setZoneKeys'>,
  p: NaiveParameters,
  at: BlockPlace & { blockTime: number; signedZones: readonly string[] },
): Outcome {
  const refuse = (code: NaiveCode): Outcome => ({ code, events: [] })
  const { zone, ttl, keys: listed, signatures } = body
  if (!at.signedZones.includes(zone)) return refuse('zone-unknown')
  const entry = zoneKeysOf(state, zone)
  if (entry === undefined || entry.anchors.length === 0) return refuse('zone-without-anchors')
  if (ttl < p.minTtlSeconds || ttl > p.maxTtlSeconds) return refuse('ttl-out-of-range')
  const read = listed.map(readZoneKey)
  if (read.some((key) => key === undefined)) return refuse('zone-key-bad')
  const keys = read as ZoneKey[]
  if (keys.some(({ algorithm }) => algorithm !== keys[0]?.algorithm)) return refuse('zone-key-algorithms')
  if (keys.some((key, index) => keys.slice(0, index).some((other) => shareTag(key, other))))
    return refuse('zone-key-tag-taken')
  const anchors = keys.filter(({ flags }) => flags === zoneFlags.anchor)
  if (anchors.length < 1 || anchors.length > 3) return refuse('zone-anchor-count')
  if (keys.some((key) => key.flags === zoneFlags.node && nodeWith(state, key) === undefined))
    return refuse('zone-key-foreign')
  const { set } = entry
  const isNew = set === undefined || ttl !== set.ttl || !isSame(rdataOf(set.keys), listed)
  if (isNew) {
    const text = zoneKeysText(at.chainId, body, nextRevision(entry))
    const { authorization } = body
    if (authorization === undefined || !entry.anchors.some((key) => checkSignature(key, text, authorization)))
      return refuse('zone-keys-unauthorized')
  }
  const wrong = signaturesProblem(body, keys, at.blockTime)
  if (wrong !== undefined) return refuse(wrong)
  if (!isNew && isSame(set.signatures, signatures)) return refuse('nothing-changes')
  const revision = isNew ? nextRevision(entry) : entry.revision
  entry.height = at.height
  entry.revision = revision
  if (isNew) entry.anchors = anchors.map(({ publicKey }) => publicKey)
  entry.set = {
    signedSince: set?.signedSince ?? at.blockTime,
    ttl,
    keys: keys.map((key) => ({
      rdata: key.rdata,
      node: key.flags === zoneFlags.node ? nodeWith(state, key) : undefined,
      since: set?.keys.find(({ rdata }) => equalBytes(rdata, key.rdata))?.since ?? at.blockTime,
    })),
    signatures,
  }
  state.zonesChanged.push(zone)
  return { code: 'ok', events: [{ kind: 'zoneKeysSet', body: { zone, revision } }] }
}

const rdataOf = (keys: NaiveZoneSet['keys']): Uint8Array[] => keys.map(({ rdata }) => rdata)

/** Whether two keys have the same tag, or could have it once one is revoked. */
function shareTag(a: ZoneKey, b: ZoneKey): boolean {
  const tags = [tagOf(b.rdata), otherTagOf(b.rdata)]
  return tags.includes(tagOf(a.rdata)) || tags.includes(otherTagOf(a.rdata))
}

/** The node that has the key among its DNS keys now. */
function nodeWith(state: NaiveState, { publicKey }: ZoneKey): Uint8Array | undefined {
  return state.nodes.find(({ dnsKeys }) => dnsKeys.some((key) => equalBytes(accountOf(key), accountOf(publicKey))))?.id
}

function signaturesProblem(
  { zone, ttl, keys: listed, signatures }: NaiveBody<'setZoneKeys'>,
  keys: readonly ZoneKey[],
  blockTime: number,
): NaiveCode | undefined {
  if (signatures.some((one, index) => signatures.slice(0, index).some((other) => equalBytes(one, other))))
    return 'record-twice'
  // Both ends are whole seconds, so that parts of a second of block time decide nothing.
  const now = Math.floor(blockTime / 1_000)
  let holds = false
  for (const rdata of signatures) {
    const read = readSignature(rdata, zone, keys[0]?.algorithm as number, ttl)
    if (read === undefined) return 'zone-signature-bad'
    const { expiration, inception, tag, head, signature } = read
    const key = keys.find((candidate) => candidate.flags !== zoneFlags.node && tagOf(candidate.rdata) === tag)
    if (key === undefined || secondsAfter(expiration, inception) <= 0) return 'zone-signature-bad'
    if (secondsAfter(expiration, now) > longestSeconds) return 'zone-signature-too-long'
    if (!isSignedBy(key, signedKeys(zone, ttl, listed, head), signature)) return 'zone-signature-bad'
    const isNow = secondsAfter(now, inception) >= 0 && secondsAfter(expiration, now) > 0
    if (key.flags === zoneFlags.anchor && isNow) holds = true
  }
  return holds ? undefined : 'zone-signature-not-current'
}
