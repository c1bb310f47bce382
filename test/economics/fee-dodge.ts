import assert from 'node:assert/strict'
import { readName } from '@cresset/core-ledger'
import { makeSeal, ownerOf, register, Scenario } from '@cresset/core-ledger/testing'
import { type Figure, priceOf, waitUntil } from './figure.ts'

const name = 'shop.acme'
const hourMs = 3_600_000
const intervalMs = 600_000

/** Registered right behind a fee block and given up in the block before the next one, which is as late as it can be. */
function cancelBeforeTheFeeBlock(): Figure {
  const ledger = new Scenario()
  const owner = ledger.key('alice')
  while (ledger.height % 60 !== 58) ledger.block([], 10_000)
  const before = ledger.balance('alice')
  const made = makeSeal(ledger, 'alice', name, { owner })
  ledger.run('alice', made.seal)
  ledger.block([], 10_000)
  const revealed = ledger.transaction('alice', made.reveal)
  ledger.block([revealed])
  const sinceMs = ledger.timeMs
  while (ledger.height % 60 !== 58) ledger.block([], 10_000)
  ledger.run('alice', { kind: 'cancel', body: { name } })
  const usedMs = ledger.timeMs - sinceMs
  const paid = before - ledger.balance('alice')
  const price = priceOf(ledger, usedMs)
  assert.ok(paid >= price, `${paid} for ${price}`)
  const how = `give a name up just before the fee block, after ${Math.round(usedMs / 1_000)} s that cost ${price}`
  return { attack: 'fee-dodge', how, paid, honestLost: 0n, delayMs: 0 }
}

/** Everything is paid out and the owner walks away: the last interval and the time of grace are used without being paid. */
function runOut(depositFor: (ledger: Scenario) => bigint, words: string): Figure {
  // The same interval in fewer blocks.
  const ledger = new Scenario({ parameters: { maxBlockIntervalMs: intervalMs / 2, feeEveryBlocks: 2 } })
  ledger.block([], intervalMs / 2)
  const before = ledger.balance('alice')
  assert.equal(register(ledger, 'alice', name, { deposit: depositFor(ledger) }), 'ok')
  const sinceMs = ledger.timeMs
  const fees = before - ledger.balance('alice') - depositFor(ledger)
  const status = () => readName(ledger.state, name, ledger).status
  waitUntil(ledger, () => !['active', 'grace'].includes(status()), intervalMs / 2)
  const usedMs = ledger.timeMs - sinceMs
  const paid = before - ledger.balance('alice')
  const price = priceOf(ledger, usedMs)
  const { graceMs, feeEveryBlocks, maxBlockIntervalMs } = ledger.parameters
  // Never unpaid for longer than one grace and the interval in which the deposit ends, however often it is done.
  const lostBound = priceOf(ledger, graceMs + feeEveryBlocks * maxBlockIntervalMs)
  const honestLost = price > paid - fees ? price - (paid - fees) : 0n
  assert.ok(honestLost <= lostBound, `${honestLost} above ${lostBound}`)
  const how = `${words}: used ${Math.round(usedMs / hourMs)} h that cost ${price}`
  return { attack: 'fee-dodge', how, paid, honestLost, delayMs: 0 }
}

/** The owner pays at the last moment of grace, again and again. */
function liveInGrace(): Figure {
  // The same interval in one block.
  const ledger = new Scenario({ parameters: { maxBlockIntervalMs: intervalMs, feeEveryBlocks: 1 } })
  const owner = ownerOf(name)
  const { quantum, graceMs } = ledger.parameters
  const before = ledger.balance('alice')
  register(ledger, 'alice', name, { deposit: 17n * quantum })
  const sinceMs = ledger.timeMs
  for (let round = 0; round < 2; round++) {
    waitUntil(ledger, () => readName(ledger.state, name, ledger).status === 'grace', intervalMs)
    const endMs = readName(ledger.state, name, ledger).untilLedgerMs as number
    waitUntil(ledger, () => readName(ledger.state, name, ledger).ledgerTimeMs >= endMs - intervalMs, intervalMs)
    const { paidQuanta = 0 } = readName(ledger.state, name, ledger)
    // And what a fee block in the same moment would take.
    const owed = arrearsOf(ledger, paidQuanta) + 17n
    assert.equal(ledger.run('alice', { kind: 'topUp', body: { name, amount: owed * quantum } }), 'ok')
    assert.equal(readName(ledger.state, name, ledger).status, 'active')
  }
  assert.equal(ledger.run('alice', { kind: 'cancel', body: { name } }, { cosigners: [owner] }), 'ok')
  const paid = before - ledger.balance('alice') - ledger.balanceOf(ledger.account(`owner of ${name}`))
  const usedMs = ledger.timeMs - sinceMs
  const price = priceOf(ledger, usedMs)
  assert.ok(usedMs > 2 * (graceMs - intervalMs))
  assert.ok(paid >= price, `${paid} for ${price}`)
  const how = `pay only in the last moment of grace, twice: used ${Math.round(usedMs / hourMs)} h that cost ${price}`
  return { attack: 'fee-dodge', how, paid, honestLost: 0n, delayMs: 0 }
}

/** F − X. */
function arrearsOf(ledger: Scenario, paidQuanta: number): bigint {
  return BigInt(ledger.scan().single('feeFund').paidQuanta - paidQuanta)
}

export function feeDodgeFigures(): Figure[] {
  const least = ({ parameters }: Scenario) => 17n * parameters.quantum
  return [cancelBeforeTheFeeBlock(), liveInGrace(), runOut(least, 'pay the least possible and walk away')]
}
