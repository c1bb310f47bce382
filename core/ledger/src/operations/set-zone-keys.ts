import { equalBytes } from '@cresset/core-codec'
import { checkSignature, type PublicKey } from '@cresset/core-crypto'
import type { ActionBody } from '../actions.ts'
import type { BlockContext } from '../block-context.ts'
import type { Refusal } from '../codes.ts'
import { type ListedZoneKey, type ZoneKeys, zoneKeysEntry } from '../entries/zone-keys.ts'
import { hasTwins, isTtlAllowed } from '../names/record-sets.ts'
import { stateKeys } from '../state-keys.ts'
import { listKeys, readKeySet } from '../zone-keys/key-set.ts'
import { isLedgerZone } from '../zone-keys/ledger-zone.ts'
import { zoneSignaturesProblem } from '../zone-keys/signatures.ts'
import { zoneKeysBytes } from '../zone-keys/statement.ts'
import type { ZoneDnskey } from '../zone-keys/zone-dnskey.ts'
import type { Operation } from './operation.ts'

/**
 * Puts keys and signatures in the place of a zone's. Anybody may carry them: other keys need an anchor's word, and signatures over the
 * same keys speak for themselves.
 */
export const setZoneKeys: Operation<'setZoneKeys'> = (context, _prepared, body) => {
  const { state, height, timeMs, parameters } = context
  const { zone, ttlSeconds, signatures } = body
  if (!isLedgerZone(context, zone)) return 'zone-unknown'
  const stateKey = stateKeys.zoneKeys(zone)
  const before = state.get(zoneKeysEntry, stateKey)
  if (before === undefined || before.anchors.length === 0) return 'zone-without-anchors'
  if (!isTtlAllowed(ttlSeconds, parameters)) return 'ttl-out-of-range'
  const keys = readKeySet(body.keys)
  if (typeof keys === 'string') return keys
  const listed = listKeys(state, before, keys, timeMs)
  if (typeof listed === 'string') return listed
  const isNew = !isSameSet(before, body, listed)
  const refused =
    (isNew ? authorizationProblem(context, before, body) : undefined) ?? signatureProblem(context, body, keys)
  if (refused !== undefined) return refused
  if (!isNew && equalLists(before.set?.signatures ?? [], signatures)) return 'nothing-changes'

  const revision = before.revision + (isNew ? 1 : 0)
  const signedSinceMs = before.set?.signedSinceMs ?? timeMs
  // What is only signed again must not undo a vote that gave the zone other anchors.
  const anchors = isNew ? anchorsOf(keys) : before.anchors
  const set = { signedSinceMs, ttlSeconds, keys: listed, signatures }
  state.put(zoneKeysEntry, stateKey, { zone, height, revision, anchors, set })
  context.changedNames.add(zone)
  context.events.push({ kind: 'zoneKeysSet', body: { zone, revision } })
  return 'ok'
}

const anchorsOf = (keys: readonly ZoneDnskey[]): PublicKey[] =>
  keys.filter(({ isAnchor, isRevoked }) => isAnchor && !isRevoked).map(({ publicKey }) => publicKey)

type Body = ActionBody<'setZoneKeys'>

function isSameSet({ set }: ZoneKeys, { ttlSeconds }: Body, listed: readonly ListedZoneKey[]): boolean {
  if (set === undefined || set.ttlSeconds !== ttlSeconds) return false
  return equalLists(
    set.keys.map(({ dnskey }) => dnskey),
    listed.map(({ dnskey }) => dnskey),
  )
}

function equalLists(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((bytes, index) => equalBytes(bytes, b[index] as Uint8Array))
}

function authorizationProblem({ chainId }: BlockContext, before: ZoneKeys, body: Body): Refusal | undefined {
  const { zone, ttlSeconds, keys, authorization } = body
  if (authorization === undefined) return 'zone-keys-unauthorized'
  const message = zoneKeysBytes(chainId, { zone, ttlSeconds, keys, revision: before.revision + 1 })
  const isGood = before.anchors.some((anchor) => checkSignature(anchor, message, authorization))
  return isGood ? undefined : 'zone-keys-unauthorized'
}

function signatureProblem({ timeMs }: BlockContext, body: Body, keys: readonly ZoneDnskey[]): Refusal | undefined {
  if (hasTwins(body.signatures)) return 'record-twice'
  return zoneSignaturesProblem(body.zone, body.ttlSeconds, keys, body.signatures, timeMs)
}
