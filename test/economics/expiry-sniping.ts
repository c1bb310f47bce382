import assert from 'node:assert/strict'
import { equalBytes } from '@cresset/core-codec'
import { readName } from '@cresset/core-ledger'
import { makeSeal, register, Scenario } from '@cresset/core-ledger/testing'
import { type Figure, waitUntil } from './figure.ts'

const name = 'shop.acme'
const short = { maxBlockIntervalMs: 10_000, feeEveryBlocks: 10, graceMs: 600_000, releaseDelayMs: 600_000 }

function ownerIs(ledger: Scenario, words: string): boolean {
  const key = readName(ledger.state, name, ledger).entry?.registration?.primaryKey
  return key !== undefined && equalBytes(key, ledger.key(words).publicKey)
}

/** A name whose deposit has run out; only the lengths of grace and reserve differ from the defaults. */
function inGrace(): Scenario {
  const ledger = new Scenario({ parameters: short })
  register(ledger, 'alice', name, { owner: ledger.key('alice'), deposit: 20n * ledger.parameters.quantum })
  waitUntil(ledger, () => readName(ledger.state, name, ledger).status === 'grace', 10_000)
  return ledger
}

/** Bob seals and reveals in every block of the last minute of grace; the owner pays in the last one. */
function againstAnOwnerWhoPays(): Figure {
  const run = (attacked: boolean) => {
    const ledger = inGrace()
    const endMs = readName(ledger.state, name, ledger).untilLedgerMs as number
    waitUntil(ledger, () => readName(ledger.state, name, ledger).ledgerTimeMs >= endMs - 61_000, 1_000)
    const [alice, bob] = [ledger.balance('alice'), ledger.balance('bob')]
    let reveal: ReturnType<typeof makeSeal>['reveal'] | undefined
    while (readName(ledger.state, name, ledger).ledgerTimeMs < endMs - 2_000) {
      const made = makeSeal(ledger, 'bob', name, { owner: ledger.key('bob') })
      const transactions = attacked ? [ledger.transaction('bob', made.seal)] : []
      if (attacked && reveal !== undefined) transactions.push(ledger.transaction('bob', reveal))
      ledger.block(transactions)
      reveal = made.reveal
    }
    assert.equal(
      ledger.run('alice', { kind: 'topUp', body: { name, amount: 1_000n * ledger.parameters.quantum } }),
      'ok',
    )
    for (let block = 0; block < 70; block++) ledger.block()
    assert.ok(ownerIs(ledger, 'alice'))
    return { paid: bob - ledger.balance('bob'), alice: alice - ledger.balance('alice') }
  }
  const [quiet, attacked] = [run(false), run(true)]
  assert.equal(attacked.alice, quiet.alice, 'the owner loses nothing')
  const how = 'seal and open in each block of the last minute of grace; the owner pays in its last second'
  return { attack: 'expiry-sniping', how, paid: attacked.paid, honestLost: attacked.alice - quiet.alice, delayMs: 0 }
}

/** Bob seals in every block of the minute before the name is free, so that his seal is there first; Alice seals once. */
function sealsFromBefore(): Figure {
  const run = (attacked: boolean) => {
    const ledger = inGrace()
    waitUntil(ledger, () => readName(ledger.state, name, ledger).status === 'reserved', 10_000)
    const freeMs = readName(ledger.state, name, ledger).untilLedgerMs as number
    waitUntil(ledger, () => readName(ledger.state, name, ledger).ledgerTimeMs >= freeMs - 61_000, 1_000)
    const [alice, bob] = [ledger.balance('alice'), ledger.balance('bob')]
    const kept: ReturnType<typeof makeSeal>[] = []
    while (readName(ledger.state, name, ledger).ledgerTimeMs < freeMs - 1_000) {
      const made = makeSeal(ledger, 'bob', name, { owner: ledger.key('bob') })
      if (attacked) kept.push(made)
      ledger.block(attacked ? [ledger.transaction('bob', made.seal)] : [])
    }
    ledger.block()
    assert.equal(readName(ledger.state, name, ledger).status, 'free')
    const startMs = ledger.timeMs
    const honest = makeSeal(ledger, 'alice', name, { owner: ledger.key('alice') })
    ledger.block([ledger.transaction('alice', honest.seal)])
    // All of them are still open; each is opened now, in the hope that one counts.
    const reveals = kept.map(({ reveal }) => ledger.transaction('bob', reveal))
    const { receipts } = ledger.block([...reveals, ledger.transaction('alice', honest.reveal)])
    for (const { code } of receipts.slice(0, -1))
      assert.ok(code === 'seal-before-free' || code === 'seal-unknown', code)
    waitUntil(ledger, () => ownerIs(ledger, 'alice'))
    return {
      paid: bob - ledger.balance('bob'),
      alice: alice - ledger.balance('alice'),
      tookMs: ledger.timeMs - startMs,
    }
  }
  const [quiet, attacked] = [run(false), run(true)]
  assert.equal(attacked.alice, quiet.alice, 'who waited for the moment loses nothing')
  const how = 'seal in each block of the minute before a name gets free, open all of them then'
  const delayMs = attacked.tookMs - quiet.tookMs
  return { attack: 'expiry-sniping', how, paid: attacked.paid, honestLost: attacked.alice - quiet.alice, delayMs }
}

/** A proposer puts its own seal first into the block in which honest seals can come for the first time. */
function firstInTheBlock(): Figure {
  const ledger = inGrace()
  waitUntil(ledger, () => readName(ledger.state, name, ledger).status === 'free', 10_000)
  const [alice, bob] = [ledger.balance('alice'), ledger.balance('bob')]
  const [mine, his] = ['alice', 'bob'].map((words) => makeSeal(ledger, words, name, { owner: ledger.key(words) })) as [
    ReturnType<typeof makeSeal>,
    ReturnType<typeof makeSeal>,
  ]
  ledger.block([ledger.transaction('bob', his.seal), ledger.transaction('alice', mine.seal)])
  ledger.block([ledger.transaction('alice', mine.reveal), ledger.transaction('bob', his.reveal)])
  assert.ok(ownerIs(ledger, 'bob'), 'it cannot read the other seal, but it can come before all of them')
  ledger.run('bob', { kind: 'cancel', body: { name } })
  const honestLost = alice - ledger.balance('alice')
  const paid = bob - ledger.balance('bob')
  assert.ok(honestLost < 2_000n, 'the fees of two transactions')
  assert.ok(paid >= honestLost)
  const how = 'as proposer, stand first in the first block in which the name is free (gets the name)'
  return { attack: 'expiry-sniping', how, paid, honestLost, delayMs: 0 }
}

export function expirySnipingFigures(): Figure[] {
  return [againstAnOwnerWhoPays(), sealsFromBefore(), firstInTheBlock()]
}
