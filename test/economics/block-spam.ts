import assert from 'node:assert/strict'
import { accountOf } from '@cresset/core-crypto'
import type { PreparedTransaction } from '@cresset/core-ledger'
import { addNames, type keyPairFor, Scenario } from '@cresset/core-ledger/testing'
import { type Figure, feesOf } from './figure.ts'

const intervalMs = 600_000

/** What all names that are paid for hold. */
function held(ledger: Scenario): bigint {
  return ledger.scan().single('feeFund').heldQuanta * ledger.parameters.quantum
}

function withNames(count = 100): Scenario {
  const ledger = new Scenario({ funds: 1_000_000_000_000n })
  addNames(ledger, 'alice', count, () => 72_000)
  return ledger
}

function selfTransfer(ledger: Scenario, sender: string): PreparedTransaction {
  return ledger.transaction(sender, {
    kind: 'transfer',
    body: { to: ledger.account(sender), amount: 1n, memo: new Uint8Array(0) },
  })
}

/** Twenty blocks a second for two minutes, so that fee blocks come 200 times as often. */
function fastBlocks(): Figure {
  const spanMs = 120_000
  const quiet = withNames()
  const start = held(quiet)
  while (quiet.timeMs - quiet.genesis.timeMs < intervalMs) quiet.block([], 10_000)
  const spammed = withNames()
  const before = spammed.balance('carol')
  while (spammed.timeMs - spammed.genesis.timeMs < spanMs) spammed.block([selfTransfer(spammed, 'carol')], 50)
  assert.ok(spammed.height > 2_000)
  while (spammed.timeMs - spammed.genesis.timeMs < intervalMs || spammed.height % 60 !== 0) spammed.block([], 10_000)
  const atMs = (ledger: Scenario) => ledger.timeMs - ledger.genesis.timeMs
  // Both stand at a fee block; per second of ledger time nobody pays more, apart from a quantum that is not full yet.
  const perName = (ledger: Scenario) => Number((start - held(ledger)) / 100n / ledger.parameters.quantum)
  const due = (ledger: Scenario) => Math.floor(atMs(ledger) / ledger.parameters.depositRatePeriodMs)
  assert.equal(perName(quiet), due(quiet))
  assert.equal(perName(spammed), due(spammed))
  const paid = before - spammed.balance('carol')
  const how = 'make 2,400 blocks in two minutes, to burn the deposits of 100 names faster'
  return { attack: 'block-spam', how, paid, honestLost: 0n, delayMs: 0 }
}

/** The cheapest way to leave no room in a block: reveals of nothing have the most work for their price. */
function fullBlock(): Figure {
  const ledger = new Scenario({ funds: 1_000_000_000_000n })
  const reveal = {
    kind: 'reveal',
    body: { sender: ledger.account('carol'), sequence: 1_000_000, secret: new Uint8Array(32) },
  } as const
  const first = ledger.transaction('carol', reveal)
  const { maxBlockUnits, maxBlockBytes } = ledger.parameters
  const room = Math.floor(maxBlockUnits / first.units)
  const transactions = [first]
  while (transactions.length < room) transactions.push(ledger.transaction('carol', reveal))
  const honest = selfTransfer(ledger, 'alice')
  const before = ledger.balance('carol')
  const bytes = transactions.reduce((sum, transaction) => sum + transaction.bytes.length, 0)
  assert.ok(bytes < maxBlockBytes / 2)
  const extra = ledger.execute([...transactions, ledger.transaction('bob', reveal)])
  assert.equal('refused' in extra ? extra.refused : '', 'block-over-units')
  ledger.block(transactions)
  // The proposer takes senders in turn, so one sender does not even keep the others out; here it does, for one block.
  ledger.block([honest])
  const paid = before - ledger.balance('carol')
  assert.equal(paid, feesOf(ledger, ...transactions))
  assert.ok(paid > 200_000n, 'a block a second costs above 17,000 credits a day')
  const how = `fill one block with ${room} reveals of nothing`
  return { attack: 'block-spam', how, paid, honestLost: 0n, delayMs: 1_000 }
}

/** A validator puts one transfer to itself into each of its own blocks of an idle interval, for the interval's income. */
function proposersOwnBlocks(names: number): Figure {
  const run = (attacked: boolean) => {
    const ledger = withNames(names)
    const own = accountOf((ledger.validators[0] as ReturnType<typeof keyPairFor>).publicKey)
    const others = ledger.validators.slice(1).map((pair) => accountOf(pair.publicKey))
    // The others have made one block with a transaction each, and so has the attacker.
    for (let made = 0; made < ledger.validators.length; made++) ledger.block([selfTransfer(ledger, 'bob')], 10_000)
    let fees = 0n
    while (ledger.height % 60 !== 0) {
      const isOwn = (ledger.height + 1) % ledger.validators.length === 0
      const spam = attacked && isOwn ? [selfTransfer(ledger, 'carol')] : []
      fees += feesOf(ledger, ...spam)
      ledger.block(spam, 10_000)
    }
    const income = ledger.balanceOf(own)
    return { income, fees, others: others.reduce((sum, account) => sum + ledger.balanceOf(account), 0n) }
  }
  const [quiet, attacked] = [run(false), run(true)]
  const gain = attacked.income - attacked.fees - quiet.income
  const honestLost = quiet.others - attacked.others
  // What it gains is what the other validators lose, at most their part of one interval; owners and users lose nothing.
  // Rounding leaves less than a unit a validator in the pot.
  assert.ok(gain <= honestLost + 4n, `${gain} gained, ${honestLost} lost`)
  assert.ok(honestLost <= quiet.others)
  const how = `as one of 4 validators, put an own transfer into each own block of an idle interval with ${names} names`
  return { attack: 'block-spam', how, paid: -gain, honestLost, delayMs: 0 }
}

export function blockSpamFigures(): Figure[] {
  return [fastBlocks(), fullBlock(), proposersOwnBlocks(10), proposersOwnBlocks(100)]
}
