import assert from 'node:assert/strict'
import { CodecError, equalBytes, toHex } from '@cresset/core-codec'
import { keyPairSigner, sha256 } from '@cresset/core-crypto'
import fc from 'fast-check'
import { type Action, actionTable } from './actions.ts'
import type { LedgerChange } from './membership/change.ts'
import { checkSignatures, isPrepared, prepareTransaction } from './prepare.ts'
import {
  adding,
  confirming,
  keyPairFor,
  makeAgreement,
  makeSeal,
  makeServer,
  newKeys,
  newNode,
  nodeIdNamed,
  ownersNamed,
  pagesOf,
  publishing,
  Scenario,
  settingRecords,
  textRecords,
  withdrawing,
} from './testing/index.ts'
import { test } from './testing/ledger-test.ts'
import { anchorFlags, dnskeyOf, settingAnchors, zoneKeys } from './testing/zone-keys.ts'
import {
  signedLength,
  signTransaction,
  signTransactionSync,
  transactionCodec,
  transactionId,
  type UnsignedTransaction,
  unsignedPart,
  unsignedTransactionCodec,
} from './transaction.ts'

const alice = keyPairFor('alice')
const bob = keyPairFor('bob', 'p256')

function unsignedOf(action: Action, change: Partial<UnsignedTransaction> = {}): UnsignedTransaction {
  const signers = [alice.publicKey]
  return {
    chainId: 'test-0011223344556677',
    signers,
    sequence: 7,
    validUntilMs: 1_800_000_000_000,
    fee: 400n,
    action,
    ...change,
  }
}

const transfer: Action = {
  kind: 'transfer',
  body: { to: sha256(Uint8Array.of(1)), amount: 5n, memo: new Uint8Array(3) },
}

function ofTrade(): Action[] {
  const name = 'shop.acme'
  const offer = sha256(Uint8Array.of(4))
  const [from, to] = [alice.publicKey, bob.publicKey]
  const transferred = { name, ownership: 1, from, to, keepRecords: true, expiresMs: 5 }
  const signature = new Uint8Array(64)
  return [
    { kind: 'transferName', body: { transfer: transferred, fromSignature: signature, toSignature: signature } },
    { kind: 'offerName', body: { name, price: 9n, buyer: undefined, expiresMs: 5 } },
    { kind: 'buyName', body: { name, offer, seller: offer, highestPrice: 9n, primaryKey: to } },
    { kind: 'withdrawOffer', body: { name, offer } },
    { kind: 'changeKey', body: { name, newKey: to } },
  ]
}

function oneOfEach(): Action[] {
  const ledger = new Scenario()
  const { seal, reveal } = makeSeal(ledger, 'alice', 'shop.acme')
  const servers = [{ ...makeServer(ledger, 'shop.acme', 'www'), certificate: new Uint8Array(300) }]
  const services = [{ port: 443, protocol: 'tcp' as const, web: true }]
  return [
    transfer,
    seal,
    reveal,
    publishing('shop.acme', 'www', { ttlSeconds: 60, servers, services, recordSets: [textRecords('a', 'b')] }),
    { kind: 'topUp', body: { name: 'shop.acme', amount: 2n ** 63n } },
    { kind: 'cancel', body: { name: 'shop.acme' } },
    { kind: 'notarize', body: { hash: sha256(Uint8Array.of(2)), form: 'plain' } },
    adding(ledger, 'shop.acme', 'www', 2),
    withdrawing('shop.acme', 'www', 2),
    confirming([127, 0, 0, 1], 'shop.acme', 'www'),
    ...ofTrade(),
    { kind: 'setDomainCertificate', body: { name: 'shop.acme', certificate: new Uint8Array(300) } },
    { kind: 'setDelegation', body: { name: 'shop.acme', host: 't', delegation: undefined } },
    { kind: 'setEncryptionKey', body: { name: 'shop.acme', key: sha256(Uint8Array.of(3)) } },
    makeAgreement(ledger, ['alice', 'bob'], { pays: [['alice', 'bob', 1n]], unsignedBy: ['bob'] }),
    { kind: 'setStandingOrder', body: { name: 'shop.acme', order: { refill: 1n, cap: 2n } } },
    { kind: 'renew', body: { name: 'shop.acme' } },
    ...changesToVoteOn(ledger).map(
      (change) => ({ kind: 'propose', body: { node: nodeIdNamed('north'), change } }) as const,
    ),
    { kind: 'vote', body: { node: nodeIdNamed('north'), proposal: 3, change: sha256(Uint8Array.of(5)), isYes: true } },
    { kind: 'stake', body: { node: nodeIdNamed('north'), amount: 2n ** 62n } },
    { kind: 'unstake', body: { node: nodeIdNamed('north'), amount: 1n } },
    { kind: 'setZoneKeys', body: zoneKeys(ledger, alice, [dnskeyOf(alice, anchorFlags)]) },
    { kind: 'setZoneKeys', body: { ...zoneKeys(ledger, bob, [dnskeyOf(bob, anchorFlags)]), authorization: undefined } },
    settingRecords('shop.acme', { bits: 1, pages: pagesOf(1, ownersNamed('', 'www', '*.a')) }),
    settingRecords('shop.acme', { generation: 7, pages: [{ index: 0, owners: [] }], serve: false }),
  ]
}

function changesToVoteOn(ledger: Scenario): LedgerChange[] {
  const node = nodeIdNamed('north')
  const { roleBits, securityLevel, endpoints } = newNode(ledger, 'north').body
  return [
    newNode(ledger, 'north'),
    { kind: 'removeNode', body: { node } },
    newKeys(ledger, node, 'fresh'),
    { kind: 'setNodeProperties', body: { node, roleBits, securityLevel, endpoints } },
    { kind: 'validatorIn', body: { node } },
    { kind: 'validatorOut', body: { node } },
    { kind: 'parameters', body: { changes: [{ name: 'graceMs', value: 5n }] } },
    { kind: 'issueMoney', body: { to: node, amount: 9n } },
    { kind: 'upgrade', body: { version: 2, height: 100 } },
    settingAnchors([alice, bob]),
    settingAnchors([]),
  ]
}

test('every kind of transaction decodes to what was encoded, with one and with two signers', () => {
  const actions = oneOfEach()
  assert.deepEqual(new Set(actions.map(({ kind }) => kind)), new Set(Object.keys(actionTable)))
  for (const action of actions) {
    for (const pairs of [[alice], [alice, bob]]) {
      const unsigned = unsignedOf(action, { signers: pairs.map(({ publicKey }) => publicKey) })
      const bytes = signTransactionSync(unsigned, pairs)
      assert.deepEqual(transactionCodec.decode(bytes).unsigned, unsigned)
      assert.equal(bytes.length, signedLength(unsigned))
      const prepared = prepareTransaction(bytes, { maxTransactionBytes: bytes.length })
      assert(isPrepared(prepared) && checkSignatures(prepared))
      assert.deepEqual(unsignedPart(bytes, pairs.length), unsignedTransactionCodec.encode(unsigned))
    }
  }
})

test('the bytes of a transfer, written down: [[1, chainId, signers, sequence, validUntil, fee, kind, body], signatures]', () => {
  const bytes = signTransactionSync(unsignedOf(transfer), [alice])
  const expected = [
    '82',
    '88 01 75 746573742d30303131323233333434353536363737',
    `81 5821 ${toHex(alice.publicKey)}`,
    '07 1b000001a3185c5000 190190',
    `01 83 5820 ${toHex(sha256(Uint8Array.of(1)))} 05 43000000`,
    `81 5840 ${toHex(transactionCodec.decode(bytes).signatures[0]!)}`,
  ]
  assert.equal(toHex(bytes), expected.join('').replaceAll(' ', ''))
})

test('the id covers the signatures', () => {
  const bytes = signTransactionSync(unsignedOf(transfer), [alice])
  const other = bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte))
  assert.deepEqual(transactionId(bytes), sha256(bytes))
  assert(!equalBytes(transactionId(bytes), transactionId(other)))
})

test('signing with a signer and with a key pair gives the same bytes; wrong keys are an error', async () => {
  const unsigned = unsignedOf(transfer, { signers: [alice.publicKey, bob.publicKey] })
  const signed = await signTransaction(unsigned, [keyPairSigner(alice), keyPairSigner(bob)])
  assert.deepEqual(signed, signTransactionSync(unsigned, [alice, bob]))
  assert.throws(() => signTransactionSync(unsigned, [bob, alice]), RangeError)
  await assert.rejects(signTransaction(unsigned, [keyPairSigner(alice)]), RangeError)
})

test('hostile bytes: every change of a good transaction is refused or is another transaction', () => {
  const good = signTransactionSync(unsignedOf(transfer), [alice])
  fc.assert(
    fc.property(fc.nat({ max: good.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const bytes = good.map((byte, index) => (index === at ? byte ^ change : byte))
      try {
        assert.deepEqual(transactionCodec.encode(transactionCodec.decode(bytes)), bytes)
      } catch (error) {
        assert(error instanceof CodecError)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('hostile bytes: anything ends in a transaction or a CodecError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      assert.throws(() => transactionCodec.decode(bytes), CodecError)
    }),
    { numRuns: 2_000 },
  )
})

test('another version, an unknown kind and a missing signature are refused', () => {
  const good = signTransactionSync(unsignedOf(transfer), [alice])
  const withByte = (at: number, value: number) => good.map((byte, index) => (index === at ? value : byte))
  assert.throws(() => transactionCodec.decode(withByte(2, 2)), { code: 'unknown-version' })
  // Behind the kind come 40 bytes of body and 67 of signatures.
  const kindAt = good.length - 67 - 40 - 1
  assert.equal(good[kindAt], 1)
  assert.throws(() => transactionCodec.decode(withByte(kindAt, 0)), { code: 'unknown-kind' })
  const two = unsignedOf(transfer, { signers: [alice.publicKey, bob.publicKey] })
  assert.throws(() => transactionCodec.encode({ unsigned: two, signatures: [new Uint8Array(64)] }), {
    code: 'out-of-range',
  })
})
