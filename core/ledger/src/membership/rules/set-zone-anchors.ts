import { equalBytes } from '@cresset/core-codec'
import { keyTypeOf, publicKeyProblem } from '@cresset/core-crypto'
import { zoneKeysEntry } from '../../entries/zone-keys.ts'
import { hasTwins } from '../../names/record-sets.ts'
import { stateKeys } from '../../state-keys.ts'
import { isLedgerZone } from '../../zone-keys/ledger-zone.ts'
import type { ChangeRule } from './rule.ts'

/**
 * Says which keys may sign the keys of a zone: for the first time, or when the anchors are lost or stolen. What was signed stays until
 * one of them signs another set; without anchors the zone is signed no more.
 */
export const setZoneAnchors: ChangeRule<'setZoneAnchors'> = {
  problem(context, { zone, anchors }) {
    if (!isLedgerZone(context, zone)) return 'zone-unknown'
    if (anchors.some((key) => publicKeyProblem(key) !== undefined)) return 'zone-key-bad'
    if (anchors.some((key) => keyTypeOf(key) !== keyTypeOf(anchors[0] as Uint8Array))) return 'zone-key-algorithms'
    if (hasTwins(anchors)) return 'zone-key-tag-taken'
    const before = context.state.get(zoneKeysEntry, stateKeys.zoneKeys(zone))?.anchors ?? []
    const isSame =
      before.length === anchors.length && before.every((key, index) => equalBytes(key, anchors[index] as Uint8Array))
    return isSame ? 'nothing-changes' : undefined
  },
  apply(context, { zone, anchors }) {
    const { state, height } = context
    const stateKey = stateKeys.zoneKeys(zone)
    const before = state.get(zoneKeysEntry, stateKey)
    const isEnd = anchors.length === 0
    const set = isEnd ? undefined : before?.set
    state.put(zoneKeysEntry, stateKey, { zone, height, revision: before?.revision ?? 0, anchors, set })
    if (isEnd) context.changedNames.add(zone)
    context.events.push({ kind: 'zoneAnchorsSet', body: { zone, anchors: anchors.length } })
  },
}
