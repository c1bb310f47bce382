import assert from 'node:assert/strict'
import { type KeyPair, keyTypes, signSync } from '@cresset/core-crypto'
import { DnskeyFlag } from '@cresset/dns-wire'
import type { ZoneKeys } from '../entries/zone-keys.ts'
import { test } from '../testing/ledger-test.ts'
import { nodeIdNamed, pass } from '../testing/membership.ts'
import { keyPairFor, type Scenario } from '../testing/scenario.ts'
import {
  anchorFlags,
  dnskeyOf,
  revokedFlags,
  setKeys,
  settingAnchors,
  signableLedger,
  signKeys,
  testZone,
  zoneKeys,
} from '../testing/zone-keys.ts'
import { readZoneKeys } from '../zone-keys/queries.ts'
import { zoneKeysBytes } from '../zone-keys/statement.ts'

const entryOf = (ledger: Scenario): ZoneKeys => readZoneKeys(ledger.state, testZone) as ZoneKeys

test('an anchor signs the keys of nodes; each is listed since the block that brought it', () => {
  const { ledger, anchor, nodeKeys, dnskeys } = signableLedger()
  assert.equal(setKeys(ledger, zoneKeys(ledger, anchor, dnskeys)), 'ok')
  assert.deepEqual(ledger.last?.changedNames, [testZone])
  const first = entryOf(ledger)
  const sinceMs = ledger.timeMs
  assert.deepEqual(
    first.set?.keys.map(({ node, sinceMs: since }) => [node, since]),
    [
      [undefined, sinceMs],
      [nodeIdNamed('north'), sinceMs],
    ],
  )
  assert.deepEqual([first.revision, first.set?.signedSinceMs, first.anchors], [1, sinceMs, [anchor.publicKey]])

  ledger.timeMs += 60_000
  const more = [...dnskeys, dnskeyOf(nodeKeys[1], DnskeyFlag.ZONE)]
  assert.equal(setKeys(ledger, zoneKeys(ledger, anchor, more, { revision: 2 })), 'ok')
  const second = entryOf(ledger)
  assert.deepEqual(
    second.set?.keys.map(({ sinceMs: since }) => since),
    [sinceMs, sinceMs, ledger.timeMs],
  )
  assert.deepEqual([second.revision, second.set?.signedSinceMs], [2, sinceMs])
})

test('signatures over the same keys need nobody, and an old set cannot be shown again', () => {
  const { ledger, anchor, nodeKeys, dnskeys } = signableLedger()
  const first = zoneKeys(ledger, anchor, dnskeys)
  assert.equal(setKeys(ledger, first), 'ok')
  assert.equal(setKeys(ledger, first), 'nothing-changes')
  const later = { ...first, signatures: [signKeys(ledger, anchor, dnskeys, { until: 50 * 86_400 })] }
  assert.equal(setKeys(ledger, { ...later, authorization: undefined }), 'ok')
  assert.deepEqual([entryOf(ledger).revision, entryOf(ledger).set?.signatures], [1, later.signatures])
  const other = [dnskeys[0] as Uint8Array, dnskeyOf(nodeKeys[1], DnskeyFlag.ZONE)]
  assert.equal(setKeys(ledger, zoneKeys(ledger, anchor, other, { revision: 2 })), 'ok')
  assert.equal(setKeys(ledger, first), 'zone-keys-unauthorized')
  assert.equal(setKeys(ledger, zoneKeys(ledger, anchor, dnskeys, { revision: 2 })), 'zone-keys-unauthorized')
})

test('RFC 5011 2: another anchor is listed, the old one revoked by itself, then gone; each step by one that is trusted', () => {
  const { ledger, anchor: old, dnskeys } = signableLedger()
  const next = keyPairFor('next anchor')
  const [, nodeKey] = dnskeys as [Uint8Array, Uint8Array]
  assert.equal(setKeys(ledger, zoneKeys(ledger, old, dnskeys)), 'ok')
  const both = [dnskeyOf(old, anchorFlags), dnskeyOf(next, anchorFlags), nodeKey]
  assert.equal(setKeys(ledger, zoneKeys(ledger, next, both, { revision: 2 })), 'zone-keys-unauthorized')
  assert.equal(setKeys(ledger, zoneKeys(ledger, old, both, { revision: 2 })), 'ok')
  assert.deepEqual(entryOf(ledger).anchors, [old.publicKey, next.publicKey])
  const revoked = [dnskeyOf(old, revokedFlags), dnskeyOf(next, anchorFlags), nodeKey]
  const signatures = [signKeys(ledger, old, revoked, { flags: revokedFlags }), signKeys(ledger, next, revoked)]
  assert.equal(setKeys(ledger, zoneKeys(ledger, next, revoked, { revision: 3, signatures })), 'ok')
  assert.deepEqual(entryOf(ledger).anchors, [next.publicKey])
  const last = revoked.slice(1)
  assert.equal(setKeys(ledger, zoneKeys(ledger, old, last, { revision: 4 })), 'zone-keys-unauthorized')
  assert.equal(setKeys(ledger, zoneKeys(ledger, next, last, { revision: 4 })), 'ok')
})

test('lost anchors are replaced by a vote, and what is served stays until the new one signs', () => {
  const { ledger, anchor, dnskeys } = signableLedger()
  assert.equal(setKeys(ledger, zoneKeys(ledger, anchor, dnskeys)), 'ok')
  const found = keyPairFor('found anchor')
  pass(ledger, settingAnchors([found]))
  assert.deepEqual([entryOf(ledger).anchors, entryOf(ledger).revision], [[found.publicKey], 1])
  const again = {
    ...zoneKeys(ledger, anchor, dnskeys),
    signatures: [signKeys(ledger, anchor, dnskeys, { until: 86_400 })],
  }
  assert.equal(setKeys(ledger, again), 'ok')
  assert.deepEqual(entryOf(ledger).anchors, [found.publicKey], 'what is signed again undoes no vote')
  const keys = [dnskeyOf(found, anchorFlags), ...dnskeys]
  assert.equal(setKeys(ledger, zoneKeys(ledger, anchor, keys, { revision: 2 })), 'zone-keys-unauthorized')
  assert.equal(setKeys(ledger, zoneKeys(ledger, found, keys, { revision: 2 })), 'ok')
  pass(ledger, settingAnchors([]))
  assert.deepEqual(ledger.last?.changedNames, [testZone])
  assert.deepEqual([entryOf(ledger).anchors, entryOf(ledger).set, entryOf(ledger).revision], [[], undefined, 2])
  assert.equal(setKeys(ledger, zoneKeys(ledger, found, keys, { revision: 3 })), 'zone-without-anchors')
  // The same anchor again: what it has signed for an earlier set lets none in.
  pass(ledger, settingAnchors([found]))
  assert.equal(setKeys(ledger, zoneKeys(ledger, found, keys, { revision: 2 })), 'zone-keys-unauthorized')
  assert.equal(setKeys(ledger, zoneKeys(ledger, found, keys, { revision: 3 })), 'ok')
})

test('a key goes with its node: sets that list it are refused from then on', () => {
  const { ledger, anchor, dnskeys } = signableLedger()
  const first = zoneKeys(ledger, anchor, dnskeys)
  assert.equal(setKeys(ledger, first), 'ok')
  pass(ledger, { kind: 'removeNode', body: { node: nodeIdNamed('north') } })
  assert.equal(setKeys(ledger, first), 'zone-key-foreign')
  assert.equal(setKeys(ledger, zoneKeys(ledger, anchor, dnskeys.slice(0, 1), { revision: 2 })), 'ok')
})

test('RFC 6605: keys and signatures of P-256', () => {
  const { ledger } = signableLedger()
  const anchor: KeyPair = keyPairFor('p256 anchor', 'p256')
  pass(ledger, settingAnchors([anchor]))
  const keys = [dnskeyOf(anchor, anchorFlags)]
  assert.equal(keys[0]?.length, 68)
  assert.equal(anchor.publicKey[0], keyTypes.p256)
  assert.equal(setKeys(ledger, zoneKeys(ledger, anchor, keys)), 'ok')
  const [signature] = entryOf(ledger).set?.signatures ?? []
  const changed = (signature as Uint8Array).with(-1, (signature?.at(-1) as number) ^ 1)
  assert.equal(setKeys(ledger, zoneKeys(ledger, anchor, keys, { signatures: [changed] })), 'zone-signature-bad')
})

test('a reverse zone is signed as others, and one that nobody has is not', () => {
  const { ledger, anchor } = signableLedger()
  const message = zoneKeysBytes(ledger.chainId, {
    zone: 'other',
    ttlSeconds: 600,
    keys: [dnskeyOf(anchor, anchorFlags)],
    revision: 1,
  })
  const body = zoneKeys(ledger, anchor, [dnskeyOf(anchor, anchorFlags)], {
    zone: 'other',
    authorization: signSync(anchor, message),
  })
  assert.equal(setKeys(ledger, body), 'zone-unknown')
})
