import { equalBytes } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import type { Refusal } from '../codes.ts'
import { nodeKeyEntry } from '../entries/node.ts'
import { type ListedZoneKey, type ZoneKeys, zoneKeyLimits } from '../entries/zone-keys.ts'
import { nodeOf } from '../membership/nodes.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateOverlay } from '../state-overlay.ts'
import { readZoneDnskey, type ZoneDnskey } from './zone-dnskey.ts'

/** DNSKEY records that can stand together in a zone, or why they cannot. */
export function readKeySet(rdatas: readonly Uint8Array[]): ZoneDnskey[] | Refusal {
  const keys: ZoneDnskey[] = []
  for (const rdata of rdatas) {
    const key = readZoneDnskey(rdata)
    if (key === undefined) return 'zone-key-bad'
    keys.push(key)
  }
  // With several algorithms each RRset would need a signature of each (RFC 4035 section 2.2).
  if (keys.some(({ algorithm }) => algorithm !== keys[0]?.algorithm)) return 'zone-key-algorithms'
  const tags = new Set(keys.flatMap(({ tag, otherTag }) => [tag, otherTag]))
  if (tags.size !== 2 * keys.length) return 'zone-key-tag-taken'
  const anchors = keys.filter(({ isAnchor, isRevoked }) => isAnchor && !isRevoked).length
  return anchors >= 1 && anchors <= zoneKeyLimits.anchors ? keys : 'zone-anchor-count'
}

/** The keys as they are stored, or why they cannot be: a node signs with a key that it has shown to hold. */
export function listKeys(
  state: StateOverlay,
  before: ZoneKeys,
  keys: readonly ZoneDnskey[],
  timeMs: number,
): ListedZoneKey[] | Refusal {
  const listed: ListedZoneKey[] = []
  for (const { rdata, publicKey, isAnchor } of keys) {
    const node = isAnchor ? undefined : holderOf(state, publicKey)
    if (!isAnchor && node === undefined) return 'zone-key-foreign'
    const known = before.set?.keys.find(({ dnskey }) => equalBytes(dnskey, rdata))
    listed.push({ dnskey: rdata, node, sinceMs: known?.sinceMs ?? timeMs })
  }
  return listed
}

function holderOf(state: StateOverlay, publicKey: Uint8Array): Uint8Array | undefined {
  const known = state.get(nodeKeyEntry, stateKeys.nodeKey(accountOf(publicKey)))
  const node = known && nodeOf(state, known.node)
  return node?.dnsKeys.some((key) => equalBytes(key, publicKey)) ? node.id : undefined
}
