import { CodecError, equalBytes, fromUtf8 } from '@cresset/core-codec'
import { ledgerNameProblem } from './names/ledger-name.ts'
import { isPrepared, prepareTransaction } from './prepare.ts'
import { keyPairFor, makeSeal, makeTransfer, ownersNamed, pagesOf, Scenario, settingRecords } from './testing/index.ts'
import { anchorFlags, dnskeyOf, zoneKeys } from './testing/zone-keys.ts'
import { signatureAt, transactionCodec } from './transaction.ts'

/*
 * Bytes from outside as a transaction, and as a name: judged, never thrown at.
 */

const ledger = new Scenario()
const memo = new Uint8Array(9)

export const name = 'ledger-transaction'
export const seeds: readonly Uint8Array[] = [
  ledger.transaction('alice', { kind: 'transfer', body: { to: ledger.account('bob'), amount: 5n, memo } }).bytes,
  ledger.transaction('alice', makeSeal(ledger, 'alice', 'shop.acme').seal).bytes,
  ledger.transaction('alice', makeTransfer(ledger, 'shop.acme')).bytes,
  ledger.transaction('alice', {
    kind: 'offerName',
    body: { name: 'shop.acme', price: 7n, buyer: ledger.account('bob'), expiresMs: ledger.timeMs },
  }).bytes,
  ledger.transaction(
    'bob',
    { kind: 'cancel', body: { name: 'xn--bcher-kva.acme' } },
    { cosigners: [keyPairFor('x', 'p256')] },
  ).bytes,
  ledger.transaction('alice', {
    kind: 'setZoneKeys',
    body: zoneKeys(ledger, keyPairFor('alice'), [dnskeyOf(keyPairFor('alice'), anchorFlags)]),
  }).bytes,
  ledger.transaction('alice', settingRecords('shop.acme', { bits: 2, pages: pagesOf(2, ownersNamed('', 'www', 'a')) }))
    .bytes,
]

export function run(bytes: Uint8Array): void {
  const prepared = prepareTransaction(bytes, { maxTransactionBytes: 4_096 })
  if (isPrepared(prepared)) {
    const { transaction: unsigned } = prepared
    const signatures = unsigned.signers.map((_key, index) => signatureAt(bytes, unsigned.signers.length, index))
    if (!equalBytes(transactionCodec.encode({ unsigned, signatures }), bytes))
      throw new Error('a second spelling of a transaction')
  }
  try {
    ledgerNameProblem(fromUtf8(bytes), ['acme', 'home.arpa'])
  } catch (error) {
    if (!(error instanceof CodecError)) throw error
  }
}
