import assert from 'node:assert/strict'
import { concatBytes, equalBytes, utf8 } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import type { Action } from '../actions.ts'
import { nameEntry } from '../entries/name.ts'
import { executeBlock } from '../execute-block.ts'
import { isPrepared, type PreparedTransaction, prepareTransaction } from '../prepare.ts'
import { stateKeys } from '../state-keys.ts'
import type { NameTransfer } from '../trade/name-transfer.ts'
import { adding, confirming, loopbackRange, serverKey, withdrawing } from './addresses.ts'
import { makeAgreement } from './agreements.ts'
import { delegating, encryptionKey, settingEncryptionKey, takingBack } from './authorities.ts'
import { flipped } from './bytes.ts'
import { hasCurrency } from './genesis-kind.ts'
import { makeServer, publishing, textRecords } from './hosts.ts'
import { anyRecords } from './record-tables.ts'
import { type MadeSeal, makeSeal, register } from './registrations.ts'
import { accountNamed, keyPairFor, Scenario, type TransactionOptions, termParameters } from './scenario.ts'
import { makeTransfer, offersOf } from './trades.ts'

const people = ['alice', 'bob', 'carol'] as const
const names = ['a.acme', 'a.acme', 'a.acme', 'b.acme', 'b.acme', 'c.home.arpa', 'ns.acme'] as const
const hosts = ['', 'www', 'a.www', '*', '_1._tcp', 'sub'] as const
const elapsedMs = [1, 1_000, 1_000, 10_000, 10_000, 600_000] as const

const kinds = [
  ...(['seal', 'seal', 'seal', 'reveal', 'reveal', 'reveal', 'reveal'] as const),
  ...([
    'publish',
    'publish',
    'publish',
    'addServer',
    'withdrawServer',
    'confirmAddress',
    'transfer',
    'topUp',
    'cancel',
    'notarize',
    'transferName',
    'offerName',
    'offerName',
    'buyName',
    'buyName',
    'withdrawOffer',
    'changeKey',
    'setDelegation',
    'setDelegation',
    'setEncryptionKey',
    'agree',
    'setStandingOrder',
    'setStandingOrder',
    'renew',
    'setRecords',
    'setRecords',
    'setRecords',
  ] as const),
]

/** No currency, and names that run for half an hour. */
const shortTerm = { ...termParameters, nameTermMs: 1_800_000 }

const rates = [{ depositRateQuanta: 0 }, { depositRateQuanta: 1 }, { depositRateQuanta: 9 }, shortTerm]

const serverNumbers = [2, 3, 4] as const
const overlaps = ['none', '1m', '10m'] as const

/** Far more transactions are valid in time than not. */
const usualValidity = new Array<number>(30).fill(1_200_000)

/** A source of small numbers: what the history does is decided by them alone. */
export type Choices = () => number

function chooser(choices: Choices) {
  return <T>(items: readonly T[]): T => items[choices() % items.length] as T
}

/**
 * Plays blocks of transactions of every kind, good and bad, over a ledger in which everything falls due quickly. After each
 * block the scenario checks the invariants; here the block is also executed again from its bytes over a copy of the state.
 */
export function playHistory(choices: Choices, blocks: number): Scenario {
  const pick = chooser(choices)
  const ledger = new Scenario({
    validators: pick([1, 4]),
    funds: 30_000_000n,
    addressRanges: [loopbackRange(pick(people))],
    parameters: {
      feeEveryBlocks: 10,
      ...(hasCurrency() ? pick(rates) : shortTerm),
      graceMs: 120_000,
      releaseDelayMs: 40_000,
      revealWindowMs: 15_000,
      nameNodesSharePercent: pick([0, 20, 100]),
    },
  })
  // Seldom does chance alone reveal a seal in time, and without names most kinds have nothing to act on.
  for (const name of pick([[], ['a.acme'], ['a.acme', 'b.acme'], ['a.acme', 'b.acme', 'c.home.arpa']]))
    register(ledger, pick(people), name, { owner: keyPairFor(pick(people)), deposit: pick([20_000n, 1_000_000n]) })
  const seals: MadeSeal[] = []
  for (let block = 0; block < blocks; block++) {
    const transactions: PreparedTransaction[] = []
    for (let left = choices() % 5; left > 0; left--) transactions.push(anyTransaction(ledger, pick, seals))
    commitTwice(ledger, transactions, pick(elapsedMs))
    // Now and then nothing happens for long enough that deposits and graces end.
    if (choices() % 8 === 0) for (let empty = 0; empty < 15; empty++) ledger.block([], 10_000)
  }
  return ledger
}

function anyTransaction(ledger: Scenario, pick: ReturnType<typeof chooser>, seals: MadeSeal[]): PreparedTransaction {
  const who = pick(people)
  const everyoneElse = people.filter((name) => name !== who).map((name) => keyPairFor(name))
  const options: TransactionOptions = {
    cosigners: pick([everyoneElse, everyoneElse, everyoneElse, []]),
    validUntilMs: ledger.timeMs + pick([...usualValidity, 2 * 86_400_000, 0]),
  }
  return ledger.transaction(who, anyAction(ledger, pick, seals, who), options)
}

function anyAction(ledger: Scenario, pick: ReturnType<typeof chooser>, seals: MadeSeal[], who: string): Action {
  const name = pick(names)
  const amount = pick([0n, 13n, 200n, 900n, 2_000n, 5_000n, 100_000n, 100_000n, 10n ** 12n])
  switch (pick(kinds)) {
    case 'transfer':
      return { kind: 'transfer', body: { to: accountNamed(pick([...people, 'dora'])), amount, memo: utf8('x') } }
    case 'seal': {
      const made = makeSeal(ledger, who, name, { owner: keyPairFor(pick(people)), deposit: amount })
      seals.push(made)
      return made.seal
    }
    case 'reveal': {
      // Mostly one of the newest, which may be open.
      const made =
        seals.length === 0 ? makeSeal(ledger, who, name) : pick([...seals.slice(-4), ...seals.slice(-4), ...seals])
      return pick([made.reveal, made.reveal, { kind: 'reveal', body: { ...made.place, secret: flipped(made.secret) } }])
    }
    case 'publish': {
      const host = pick(hosts)
      const owner = keyPairFor(pick(people))
      const servers = pick([[], [makeServer(ledger, name, host, { owner })]])
      const recordSets = pick([[], [textRecords('x')], [textRecords('x', 'x')]])
      const keyOverlap = pick(overlaps)
      return publishing(name, host, { servers, recordSets, ttlSeconds: pick([undefined, 60, 1]), keyOverlap })
    }
    case 'addServer': {
      const owner = keyPairFor(pick(people))
      const replaces = pick([undefined, serverKey(pick(serverNumbers)).publicKey])
      return adding(ledger, name, pick(hosts), pick(serverNumbers), { owner, replaces, keyOverlap: pick(overlaps) })
    }
    case 'withdrawServer':
      return withdrawing(name, pick(hosts), pick(serverNumbers), pick(overlaps))
    case 'confirmAddress':
      return confirming([127, 0, 0, pick([...serverNumbers, 1])], name, pick(hosts), pick([true, true, false]))
    case 'transferName': {
      const change = (transfer: NameTransfer) => ({ ...transfer, keepRecords: pick([true, false]) })
      return makeTransfer(ledger, name, { from: keyPairFor(pick(people)), to: keyPairFor(pick(people)), change })
    }
    case 'offerName': {
      const buyer = pick([undefined, undefined, accountNamed(pick(people))])
      const expiresMs = ledger.timeMs + pick([20_000, 86_400_000, 86_400_000])
      return { kind: 'offerName', body: { name, price: amount, buyer, expiresMs } }
    }
    case 'buyName': {
      const offered = pick([...offersOf(ledger, name), undefined])
      const { id = accountNamed('none'), price = amount } = offered ?? {}
      const { publicKey: primaryKey } = keyPairFor(pick(people))
      const seller = accountNamed(pick(people))
      return { kind: 'buyName', body: { name, offer: id, seller, highestPrice: price, primaryKey } }
    }
    case 'withdrawOffer': {
      const offered = pick([...offersOf(ledger, name), undefined])
      return { kind: 'withdrawOffer', body: { name, offer: offered?.id ?? accountNamed('none') } }
    }
    case 'changeKey':
      return { kind: 'changeKey', body: { name, newKey: keyPairFor(pick(people)).publicKey } }
    case 'setDelegation': {
      const host = pick(hosts)
      return pick([delegating(name, host), delegating(name, host), delegating(name, 't'), takingBack(name, host)])
    }
    case 'setEncryptionKey':
      return settingEncryptionKey(name, pick([encryptionKey, encryptionKey, new Uint8Array(32), undefined]))
    case 'topUp':
      return { kind: 'topUp', body: { name, amount } }
    case 'renew':
      return { kind: 'renew', body: { name } }
    case 'setStandingOrder': {
      const refill = pick([240_000n, 300_000n, 2_200_000n, 1n])
      const order = pick([undefined, { refill, cap: refill }, { refill, cap: 3n * refill }])
      return { kind: 'setStandingOrder', body: { name, order } }
    }
    case 'agree': {
      const pays = pick([[], [['alice', 'bob', amount] as const], [['bob', 'dora', amount] as const]])
      return makeAgreement(ledger, pick([['alice', 'bob'], people]), {
        document: `document ${pick([1, 2, 3, 4, 5])}`,
        pays,
        unsignedBy: pick([[], [], [], ['bob']]),
      })
    }
    case 'setRecords':
      // Most of the names are nobody's at most times.
      return anyRecords(ledger, pick, pick([...ownedNames(ledger), name]))
    case 'cancel':
      return { kind: 'cancel', body: { name } }
    default:
      return { kind: 'notarize', body: { hash: sha256(utf8(name)), form: pick(['plain', 'authorship']) } }
  }
}

function ownedNames({ state }: Scenario): string[] {
  return names.filter((name) => {
    const bytes = state.get(stateKeys.name(name))
    return bytes !== undefined && nameEntry.codec.decode(bytes).registration !== undefined
  })
}

/** Commits a block, having executed it twice: from what was prepared, and from bytes over a copy. */
function commitTwice(ledger: Scenario, transactions: readonly PreparedTransaction[], afterMs: number): void {
  const copy = ledger.state.copy()
  const height = ledger.height + 1
  const timeMs = ledger.timeMs + afterMs
  const again = transactions.map(({ bytes }) => prepareTransaction(bytes, ledger.parameters)).filter(isPrepared)
  const proposer = accountNamed(`validator ${height % ledger.validators.length}`)
  const block = { height, timeMs, proposer, transactions: again, misbehaviour: [] }
  const expected = executeBlock(copy, block, ledger)
  if ('refused' in expected) {
    // Somebody ran out of money for fees: the block is not made.
    assert.equal(expected.refused, 'fee-unpayable')
    ledger.forgetSequences()
    ledger.block([], afterMs)
    return
  }
  const result = ledger.block(transactions, afterMs)
  assert.deepEqual(result.receipts, expected.receipts)
  assert(equalBytes(result.receiptsRoot, expected.receiptsRoot))
  assert.deepEqual(flat(result.changes), flat(expected.changes))
}

function flat(changes: readonly { key: Uint8Array; value: Uint8Array | undefined }[]): Uint8Array {
  return concatBytes(...changes.flatMap(({ key, value }) => (value === undefined ? [key] : [key, value])))
}
