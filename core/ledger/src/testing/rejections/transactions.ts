import { admit } from '../../admission.ts'
import { executeBlock } from '../../execute-block.ts'
import { checkSignatures, isPrepared, prepareTransaction } from '../../prepare.ts'
import { signTransactionSync, transactionCodec } from '../../transaction.ts'
import { accountNamed, keyPairFor, Scenario, type TransactionOptions } from '../index.ts'
import type { Case } from './case.ts'
import { refusalOf } from './case.ts'

const limits = { maxTransactionBytes: 65_536 }

function transfer(ledger: Scenario, amount = 1n) {
  return { kind: 'transfer', body: { to: ledger.account('bob'), amount, memo: new Uint8Array(0) } } as const
}

function prepared(bytes: Uint8Array) {
  const result = prepareTransaction(bytes, limits)
  return isPrepared(result) ? 'ok' : result.code
}

/** A block with one transfer made with these options. */
function blockWith(options: TransactionOptions): ReturnType<Case> {
  const ledger = new Scenario()
  return refusalOf(ledger.execute([ledger.transaction('alice', transfer(ledger), options)]))
}

function blockAt(height: number, afterMs: number): ReturnType<Case> {
  const ledger = new Scenario()
  ledger.run('alice', transfer(ledger))
  const block = {
    height,
    timeMs: ledger.timeMs + afterMs,
    proposer: accountNamed('x'),
    transactions: [],
    misbehaviour: [],
  }
  return refusalOf(executeBlock(ledger.state, block, ledger))
}

function admitted(options: TransactionOptions, before: (ledger: Scenario) => void = () => {}): ReturnType<Case> {
  const ledger = new Scenario()
  before(ledger)
  const transaction = ledger.transaction('alice', transfer(ledger), options)
  return admit(transaction, ledger.state, { blockTimeMs: ledger.timeMs, chainId: ledger.chainId }).code
}

export const transactionCases = {
  ok: () => admitted({}),
  'transaction-malformed': () => prepared(Uint8Array.of(0x82, 0x00, 0x00)),
  'transaction-too-long': () => prepared(new Uint8Array(65_537)),
  'signer-twice': () => {
    const ledger = new Scenario()
    const alice = keyPairFor('alice')
    const unsigned = ledger.unsigned('alice', transfer(ledger), { cosigners: [alice] })
    return prepared(signTransactionSync(unsigned, [alice, alice]))
  },
  'wrong-chain': () => blockWith({ chainId: 'test-ffffffffffffffff' }),
  'signature-bad': () => {
    const ledger = new Scenario()
    const { unsigned, signatures } = transactionCodec.decode(ledger.transaction('alice', transfer(ledger)).bytes)
    const damaged = signatures.map((signature) => signature.map((byte, index) => (index === 5 ? byte ^ 1 : byte)))
    const result = prepareTransaction(transactionCodec.encode({ unsigned, signatures: damaged }), limits)
    return isPrepared(result) && !checkSignatures(result) ? 'signature-bad' : 'ok'
  },
  'sequence-not-next': () => blockWith({ sequence: 1 }),
  'fee-too-low': () => blockWith({ fee: 100n }),
  'fee-unpayable': () => {
    const ledger = new Scenario({ funds: 100n })
    return refusalOf(ledger.execute([ledger.transaction('alice', transfer(ledger))]))
  },
  'block-too-long': () => {
    const ledger = new Scenario({ parameters: { maxBlockBytes: 500 } })
    return refusalOf(ledger.execute([1, 2, 3].map(() => ledger.transaction('alice', transfer(ledger)))))
  },
  'block-over-units': () => {
    const ledger = new Scenario({ parameters: { maxBlockUnits: 11 } })
    return refusalOf(ledger.execute([1, 2, 3].map(() => ledger.transaction('alice', transfer(ledger)))))
  },
  'height-not-rising': () => blockAt(1, 1),
  'time-not-rising': () => blockAt(2, 0),
  'sequence-used': () => admitted({ sequence: 0 }, (ledger) => ledger.run('alice', transfer(ledger))),
  'sequence-too-far': () => admitted({ sequence: 64 }),
  expired: () => {
    const ledger = new Scenario()
    return ledger.run('alice', transfer(ledger), { validUntilMs: ledger.timeMs + 999 })
  },
  'valid-too-long': () => {
    const ledger = new Scenario()
    return ledger.run('alice', transfer(ledger), { validUntilMs: ledger.timeMs + 1_000 + 86_400_001 })
  },
  'amount-zero': () => {
    const ledger = new Scenario()
    return ledger.run('alice', transfer(ledger, 0n))
  },
  'balance-too-low': () => {
    const ledger = new Scenario()
    return ledger.run('alice', transfer(ledger, ledger.balance('alice') + 1n))
  },
  'notarized-before': () => {
    const ledger = new Scenario()
    const action = { kind: 'notarize', body: { hash: accountNamed('document'), form: 'plain' } } as const
    ledger.run('alice', action)
    return ledger.run('alice', action)
  },
} as const satisfies Record<string, Case>
