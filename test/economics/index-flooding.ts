import assert from 'node:assert/strict'
import { maxNamesSwept, readAddress, readName } from '@cresset/core-ledger'
import { makeSeal, makeServer, publishing, register, Scenario } from '@cresset/core-ledger/testing'
import { checkLedger, type Figure } from './figure.ts'

const victim = 'shop.acme'
const short = { maxBlockIntervalMs: 10_000, feeEveryBlocks: 10, graceMs: 100_000, releaseDelayMs: 100_000 }

const perBlock = 400

/** Registers names in as few blocks as they fit in; every one is paid up to the same quantum. */
function registerMany(ledger: Scenario, count: number, deposit: bigint): void {
  for (let done = 0; done < count; done += perBlock) {
    const names = Array.from({ length: Math.min(perBlock, count - done) }, (_, index) => `n${done + index}.acme`)
    const made = names.map((name) => {
      const seal = makeSeal(ledger, 'carol', name, { owner: ledger.key('carol'), deposit })
      return { seal: ledger.transaction('carol', seal.seal), reveal: seal.reveal }
    })
    ledger.block(
      made.map(({ seal }) => seal),
      1,
    )
    ledger.block(
      made.map(({ reveal }) => ledger.transaction('carol', reveal)),
      1,
    )
  }
}

/** Many names run out and expire in the same moment as the victim's. */
function expireTogether(names: number): Figure {
  const run = (attacked: boolean) => {
    const ledger = new Scenario({ parameters: short, funds: 1_000_000_000_000n })
    const deposit = 20n * ledger.parameters.quantum
    const before = ledger.balance('carol')
    assert.equal(register(ledger, 'alice', victim, { deposit }), 'ok')
    if (attacked) registerMany(ledger, names, deposit)
    // Fee blocks fall alike in both.
    else for (let blocks = 0; blocks < 2 * Math.ceil(names / perBlock); blocks++) ledger.block([], 1)
    const told = { renewalDue: 0, graceStarted: 0, nameExpired: 0 }
    let mostTold = 0
    while (told.nameExpired === 0) {
      const { events } = ledger.block([], 10_000)
      mostTold = Math.max(mostTold, events.length)
      for (const event of events) {
        if (event.kind in told && 'name' in event.body && event.body.name === victim) {
          told[event.kind as keyof typeof told] = ledger.timeMs
        }
      }
    }
    // No block does more than its budget, whatever falls due.
    assert.ok(mostTold <= maxNamesSwept + 2, `${mostTold} events in a block`)
    checkLedger(ledger)
    return { paid: before - ledger.balance('carol'), told, status: readName(ledger.state, victim, ledger).status }
  }
  const [quiet, attacked] = [run(false), run(true)]
  // Status, money and deadlines follow from X, not from the sweep; only what it tells comes later.
  assert.equal(attacked.status, quiet.status)
  const delayMs = attacked.told.nameExpired - quiet.told.nameExpired
  assert.ok(delayMs <= Math.ceil(names / maxNamesSwept) * 10_000, `${delayMs}`)
  const least = BigInt(names) * 20n * 14n
  assert.ok(attacked.paid > least)
  const how = `let ${names} names expire in the same moment; the victim's leaves the indexes later`
  return { attack: 'index-flooding', how, paid: attacked.paid, honestLost: 0n, delayMs: Math.max(0, delayMs) }
}

/** A fee block beside many names that are paid up to neighbouring quanta reads as much as without them. */
function feeBlockBeside(names: number): Figure {
  const run = (attacked: boolean) => {
    const ledger = new Scenario({ funds: 1_000_000_000_000n })
    const before = ledger.balance('carol')
    register(ledger, 'alice', victim, { deposit: 2_000n * ledger.parameters.quantum })
    if (attacked) registerMany(ledger, names, 2_000n * ledger.parameters.quantum)
    const registered = ledger.balance('carol')
    while (ledger.height % 60 !== 59) ledger.block([], 10_000)
    const reads = ledger.state.reads
    const result = ledger.execute([], 10_000)
    assert.ok(!('refused' in result))
    const work = { reads: ledger.state.reads - reads, changes: result.changes.length }
    const left = readName(ledger.state, victim, ledger).balanceQuanta
    const held = ledger.scan().single('feeFund').heldQuanta * ledger.parameters.quantum
    assert.ok(registered <= before)
    return { work, left, paid: before - registered, held }
  }
  const [quiet, attacked] = [run(false), run(true)]
  assert.deepEqual(attacked.work, quiet.work, 'the work of a fee block does not grow with the names')
  const how = `register ${names} names paid up to the victim's quantum, so that a fee block has more to do`
  // What the deposits hold would come back.
  const own = attacked.held - quiet.held
  return { attack: 'index-flooding', how, paid: attacked.paid - own, honestLost: 0n, delayMs: 0 }
}

/** Eight names with two hosts each take all places of the victim's address before the victim comes. */
function fillAnAddress(): Figure {
  const ledger = new Scenario({ funds: 1_000_000_000_000n })
  const address = Uint8Array.of(192, 0, 2, 80)
  const before = ledger.balance('carol')
  const names = Array.from({ length: 8 }, (_, index) => `flood${index}.acme`)
  for (const name of names) {
    assert.equal(register(ledger, 'carol', name, { owner: ledger.key('carol'), deposit: 17n * 14n }), 'ok')
    for (const host of ['', 'www']) {
      const servers = [makeServer(ledger, name, host, { addresses: [[...address]], owner: ledger.key('carol') })]
      assert.equal(ledger.run('carol', publishing(name, host, { servers })), 'ok')
    }
  }
  const paid = before - ledger.balance('carol')
  register(ledger, 'alice', victim, { owner: ledger.key('alice') })
  const servers = [makeServer(ledger, victim, '', { addresses: [[...address]], owner: ledger.key('alice') })]
  assert.equal(ledger.run('alice', publishing(victim, '', { servers })), 'ok', 'nobody is kept from publishing')
  const view = readAddress(ledger.state, address)
  assert.equal(view.claims.length, 16)
  assert.ok(view.claims.every(({ name }) => name !== victim))
  assert.equal(view.unlisted, 1, 'the answer says that it is not complete')
  const how = "take all 16 places of the victim's address with 8 names; look-up by address counts it as one more"
  return { attack: 'index-flooding', how, paid, honestLost: 0n, delayMs: 0 }
}

export function indexFloodingFigures(): Figure[] {
  return [expireTogether(600), feeBlockBeside(600), fillAnAddress()]
}
