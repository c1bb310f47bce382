import assert from 'node:assert/strict'
import { concatBytes, toHex } from '@cresset/core-codec'
import { merkleProof, sha256, verifyMerkleProof } from '@cresset/core-crypto'
import { admit } from './admission.ts'
import { assembleBlock, executeBlock, type LedgerBlock } from './execute-block.ts'
import { genesisChanges } from './genesis.ts'
import { ledgerTimeAt } from './ledger-time.ts'
import { isPrepared, type PreparedTransaction, prepareTransaction } from './prepare.ts'
import { readAccount, readLedgerTime, readName, readNotarization, readTime } from './queries.ts'
import { receiptCodec, receiptLeaf } from './receipt.ts'
import type { StateView } from './state-view.ts'
import { hasCurrency } from './testing/genesis-kind.ts'
import {
  accountNamed,
  MemoryState,
  makeSeal,
  ownerOf,
  publishing,
  register,
  Scenario,
  textRecords,
} from './testing/index.ts'
import { moneyTest, test } from './testing/ledger-test.ts'

const memo = new Uint8Array(0)

function paying(ledger: Scenario, from: string, to: string, amount: bigint): PreparedTransaction {
  return ledger.transaction(from, { kind: 'transfer', body: { to: ledger.account(to), amount, memo } })
}

/** A block with one of each kind, some of which fail. */
function mixedBlock(ledger: Scenario): PreparedTransaction[] {
  const cosigners = [ownerOf('shop.acme')]
  const open = makeSeal(ledger, 'carol', 'late.acme')
  ledger.run('carol', open.seal)
  return [
    paying(ledger, 'alice', 'bob', 5n),
    paying(ledger, 'alice', 'bob', 10n ** 18n),
    ledger.transaction('bob', makeSeal(ledger, 'bob', 'new.acme').seal),
    ledger.transaction('alice', publishing('shop.acme', 'www', { recordSets: [textRecords('x')] }), { cosigners }),
    ledger.transaction('alice', { kind: 'topUp', body: { name: 'shop.acme', amount: 5_000n } }),
    ledger.transaction('alice', { kind: 'notarize', body: { hash: sha256(memo), form: 'authorship' } }),
    ledger.transaction('bob', open.reveal),
    ledger.transaction('alice', { kind: 'cancel', body: { name: 'shop.acme' } }, { cosigners }),
  ]
}

test('execution is pure: the same block gives the same result, cold and warm, in whatever order the state hands out bytes', () => {
  const ledger = new Scenario()
  register(ledger, 'alice', 'shop.acme')
  const transactions = mixedBlock(ledger)
  const before = ledger.state.entries()
  const first = ledger.execute(transactions)
  assert.deepEqual(ledger.execute(transactions), first)
  // Decoded afresh from bytes, over a copy of the state that was filled in another order.
  const again = transactions.map(({ bytes }) => prepareTransaction(bytes, ledger.parameters)).filter(isPrepared)
  const copy = new MemoryState()
  copy.apply([...before].reverse())
  const block: LedgerBlock = {
    height: ledger.height + 1,
    timeMs: ledger.timeMs + 1_000,
    proposer: accountNamed(`validator ${(ledger.height + 1) % 4}`),
    transactions: again,
    misbehaviour: [],
  }
  assert.deepEqual(executeBlock(copy, block, ledger), first)
  assert.deepEqual(ledger.state.entries(), before, 'execution wrote nothing')
  assert('receipts' in first)
  assert.deepEqual(
    first.receipts.map(({ code }) => code),
    hasCurrency()
      ? ['ok', 'balance-too-low', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok']
      : ['balance-too-low', 'balance-too-low', 'ok', 'ok', 'names-run-by-term', 'ok', 'ok', 'ok'],
  )
})

test('changes are sorted by key, without doubles, and only what differs', () => {
  const ledger = new Scenario()
  register(ledger, 'alice', 'shop.acme')
  const { changes } = ledger.block(mixedBlock(ledger))
  const keys = changes.map(({ key }) => toHex(key))
  assert.deepEqual(keys, [...new Set(keys)].sort())
  // Money that goes to and fro within a block leaves no trace but the fees.
  const there = paying(ledger, 'alice', 'dora', 5_000n)
  ledger.block([there])
})

test('a refused block says which transaction, and changes nothing', () => {
  const ledger = new Scenario()
  const good = paying(ledger, 'alice', 'bob', 1n)
  const bad = ledger.transaction(
    'bob',
    { kind: 'transfer', body: { to: ledger.account('alice'), amount: 1n, memo } },
    { sequence: 9 },
  )
  assert.deepEqual(ledger.execute([good, bad]), { refused: 'sequence-not-next', index: 1 })
})

moneyTest(
  'a block sees its own earlier transactions: an account funded in it can pay in it',
  'an account is funded',
  () => {
    const ledger = new Scenario()
    const { block } = { block: [paying(ledger, 'alice', 'dora', 10_000n), paying(ledger, 'dora', 'erin', 5_000n)] }
    assert.deepEqual(ledger.execute([...block].reverse()), { refused: 'fee-unpayable', index: 0 })
    assert.deepEqual(
      ledger.block(block).receipts.map(({ code }) => code),
      ['ok', 'ok'],
    )
    assert.equal(ledger.balance('erin'), 5_000n)
  },
)

moneyTest(
  'a block draining an account stops its next transaction as unable to pay, not as failed',
  'fees that cannot be paid',
  () => {
    const ledger = new Scenario({ funds: 10_000n })
    const drain = paying(ledger, 'alice', 'bob', 9_600n)
    assert.deepEqual(ledger.execute([drain, paying(ledger, 'alice', 'bob', 1n)]), {
      refused: 'fee-unpayable',
      index: 1,
    })
  },
)

moneyTest(
  'assembling drops what no block may hold and agrees with execution of the rest',
  'fees that cannot be paid',
  () => {
    const ledger = new Scenario({ funds: 10_000n, parameters: { maxBlockUnits: 20 } })
    const [first, unpayable] = [paying(ledger, 'alice', 'bob', 9_600n), paying(ledger, 'alice', 'bob', 1n)]
    const gap = ledger.transaction(
      'bob',
      { kind: 'transfer', body: { to: ledger.account('alice'), amount: 1n, memo } },
      { sequence: 3 },
    )
    const rest = [0, 1, 2, 3].map(() => paying(ledger, 'carol', 'bob', 1n))
    const block = {
      height: 1,
      timeMs: ledger.timeMs + 1_000,
      proposer: accountNamed('validator 1'),
      transactions: [first, unpayable, gap, ...rest],
      misbehaviour: [],
    }
    const assembled = assembleBlock(ledger.state, block, ledger)
    assert('accepted' in assembled)
    assert.deepEqual(assembled.accepted, [first, ...rest])
    const codes = assembled.dropped.map(({ code }) => code)
    assert.deepEqual(codes, ['fee-unpayable', 'sequence-not-next'])
    assert.deepEqual(
      executeBlock(ledger.state, { ...block, transactions: assembled.accepted }, ledger),
      assembled.result,
    )
    const full = assembleBlock(
      ledger.state,
      { ...block, transactions: [first, ...rest, paying(ledger, 'carol', 'bob', 1n)] },
      ledger,
    )
    assert('dropped' in full)
    assert.deepEqual(
      full.dropped.map(({ code }) => code),
      ['block-over-units'],
    )
  },
)

test('validUntil: the last block time at which a transaction runs, from now to 24 h ahead', () => {
  const codeOf = (validForMs: number) => {
    const ledger = new Scenario()
    const action = { kind: 'notarize', body: { hash: sha256(memo), form: 'plain' } } as const
    return ledger.run('alice', action, { validUntilMs: ledger.timeMs + 1_000 + validForMs })
  }
  assert.deepEqual([-1, 0, 86_400_000, 86_400_001].map(codeOf), ['expired', 'ok', 'ok', 'valid-too-long'])
  const admitted = (validForMs: number) => {
    const ledger = new Scenario()
    const validUntilMs = ledger.timeMs + validForMs
    const body = { to: ledger.account('bob'), amount: 1n, memo }
    const transaction = ledger.transaction('alice', { kind: 'transfer', body }, { validUntilMs })
    return admit(transaction, ledger.state, { blockTimeMs: ledger.timeMs, chainId: ledger.chainId }).code
  }
  // The next block is later than the newest one, so what ends with the newest one can never run.
  assert.deepEqual([0, 1, 86_400_000, 86_400_001].map(admitted), ['expired', 'ok', 'ok', 'valid-too-long'])
})

moneyTest('the fee offered caps the fee taken', 'fees', () => {
  const ledger = new Scenario()
  const transaction = ledger.transaction(
    'alice',
    { kind: 'transfer', body: { to: ledger.account('bob'), amount: 1n, memo } },
    { fee: 500_000n },
  )
  ledger.block([transaction])
  assert.equal(ledger.balance('alice'), 1_000_000_000n - 1n - 100n - BigInt(transaction.bytes.length))
})

test('receipts: a leaf holds id and receipt, and the own events of a block come last', () => {
  const ledger = new Scenario()
  const { seal, reveal } = makeSeal(ledger, 'alice', 'shop.acme')
  ledger.run('alice', seal)
  const transactions = [ledger.transaction('alice', reveal), paying(ledger, 'bob', 'alice', 1n)]
  const result = ledger.block(transactions)
  assert.equal(result.events[0]?.kind, 'nameRegistered')
  const leaves = result.receipts.map((receipt, index) => receiptLeaf(transactions[index]!.id, receipt))
  assert.deepEqual(leaves[1], concatBytes(transactions[1]!.id, receiptCodec.encode(result.receipts[1]!)))
  // Two transactions and the block's events are three leaves; the proof of the second needs the hash of the third.
  const size = 3
  const other = Uint8Array.of(1)
  const path = merkleProof([...leaves, other], 1)
  assert.equal(verifyMerkleProof(leaves[1]!, 1, size, path, result.receiptsRoot), false)
  const empty = ledger.block()
  assert.deepEqual(empty.receiptsRoot, sha256(memo))
})

test('ledger time follows block time, but no faster than two longest intervals a block', () => {
  const last = { ledgerTimeMs: 1_000_000, blockTimeMs: 5_000_000, height: 100 }
  const limits = { maxBlockIntervalMs: 10_000 }
  const at = (height: number, elapsedMs: number) =>
    ledgerTimeAt(last, { height, timeMs: last.blockTimeMs + elapsedMs }, limits) - last.ledgerTimeMs
  assert.equal(at(101, 7), 7)
  assert.equal(at(101, 20_000), 20_000)
  assert.equal(at(101, 600_000), 20_000)
  assert.equal(at(131, 600_000), 600_000)
  assert.equal(at(100, 0), 0)
})

test('the state holds the time of the last block that had a reason to write it', () => {
  const ledger = new Scenario()
  ledger.block([], 5_000)
  assert.equal(readTime(ledger.state).height, 0)
  assert.equal(readLedgerTime(ledger.state, ledger), ledger.genesis.timeMs + 5_000)
  ledger.block([paying(ledger, 'alice', 'bob', 1n)], 50_000)
  assert.deepEqual(readTime(ledger.state), {
    // Two blocks since genesis: 55 s, but at most 40.
    ledgerTimeMs: ledger.genesis.timeMs + 40_000,
    blockTimeMs: ledger.timeMs,
    height: 2,
  })
})

test('a notarization is kept for each signer, with its form and time', () => {
  const ledger = new Scenario()
  const hash = sha256(Uint8Array.of(1))
  const action = { kind: 'notarize', body: { hash, form: 'authorship' } } as const
  assert.equal(ledger.run('alice', action, { cosigners: [ledger.key('bob')] }), 'ok')
  for (const name of ['alice', 'bob']) {
    const signer = ledger.account(name)
    const expected = { hash, signer, form: 'authorship', height: 1, timeMs: ledger.timeMs }
    assert.deepEqual(readNotarization(ledger.state, hash, signer), expected)
  }
  assert.equal(readNotarization(ledger.state, hash, ledger.account('carol')), undefined)
  // Bob has one: a transaction of carol and bob is refused whole.
  assert.equal(ledger.run('carol', action, { cosigners: [ledger.key('bob')] }), 'notarized-before')
  assert.equal(readNotarization(ledger.state, hash, ledger.account('carol')), undefined)
  assert.equal(ledger.run('carol', { ...action, body: { hash, form: 'plain' } }), 'ok')
})

moneyTest(
  'genesis: sorted, without empty accounts, and refused when a fee block could move F too far',
  'balances and a rate in genesis',
  () => {
    const { genesis } = new Scenario()
    const changes = genesisChanges({
      ...genesis,
      balances: [...genesis.balances, { account: accountNamed('poor'), amount: 0n }],
    })
    const keys = changes.map(({ key }) => toHex(key))
    assert.deepEqual(keys, [...keys].sort())
    assert.deepEqual(changes, genesisChanges(genesis))
    const parameters = { ...genesis.parameters, depositRateQuanta: 1_000_000 }
    assert.throws(
      () => genesisChanges({ ...genesis, parameters }),
      /^RangeError: the deposit rate moves 33333334 quanta/,
    )
  },
)

test('an unknown account is empty, and reads need no more of a view than the keys they name', () => {
  const nothing: StateView = { get: () => undefined }
  assert.deepEqual(readAccount(nothing, accountNamed('x')), { balance: 0n, sequence: 0 })
})

test('a ledger without a currency: fees, bonds and deposits of nothing, for accounts that have nothing', () => {
  const parameters = { depositRateQuanta: 0, transactionFeeBase: 0n, transactionFeePerByte: 0n }
  const ledger = new Scenario({ accounts: [], parameters })
  assert.equal(register(ledger, 'alice', 'shop.acme', { deposit: 0n }), 'ok')
  const action = publishing('shop.acme', 'www', { recordSets: [textRecords('x')] })
  assert.equal(ledger.run('bob', action, { cosigners: [ownerOf('shop.acme')] }), 'ok')
  for (let blocks = 0; blocks < 130; blocks++) ledger.block([], 10_000)
  assert.equal(readName(ledger.state, 'shop.acme', ledger).status, 'active')
  assert.equal(
    ledger.run('bob', { kind: 'cancel', body: { name: 'shop.acme' } }, { cosigners: [ownerOf('shop.acme')] }),
    'ok',
  )
})

test('genesis with more money than adds up is refused', () => {
  const { genesis } = new Scenario()
  const balances = [1, 2].map((index) => ({ account: accountNamed(`${index}`), amount: 2n ** 62n }))
  assert.throws(
    () => genesisChanges({ ...genesis, balances }),
    /^RangeError: the balances add up to 9223372036854775808/,
  )
})
