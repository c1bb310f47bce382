import assert from 'node:assert/strict'
import { type PreparedTransaction, readName } from '@cresset/core-ledger'
import { makeSeal, register, Scenario } from '@cresset/core-ledger/testing'
import { type Figure, priceOf } from './figure.ts'

const second = 1_000

/**
 * Carol owns a name already and seals it again: a seal that can be opened at any time, costs no deposit and gives its bond
 * back. Alice registers right behind it; how much longer does she wait?
 */
function delayOfOne(openFor: number | 'lapse', seals = 1): Figure {
  const run = (attacked: boolean) => {
    const ledger = new Scenario({ funds: 1_000_000_000_000n })
    register(ledger, 'carol', 'own.acme')
    const before = ledger.balance('carol')
    const made = Array.from({ length: attacked ? seals : 0 }, () => makeSealIn(ledger))
    ledger.block(made.map(({ transaction }) => transaction))
    const startMs = ledger.timeMs
    const beforeAlice = ledger.balance('alice')
    assert.equal(register(ledger, 'alice', 'shop.acme'), 'ok')
    let isOpen = attacked && openFor !== 'lapse'
    while (readName(ledger.state, 'shop.acme', ledger).status === 'claimed') {
      if (isOpen && openFor !== 'lapse' && ledger.timeMs - startMs >= openFor - second) {
        ledger.block(made.map(({ reveal }) => ledger.transaction('carol', reveal)))
        isOpen = false
      } else ledger.block()
    }
    const waitedMs = ledger.timeMs - startMs
    return { ledger, waitedMs, paid: before - ledger.balance('carol'), alice: beforeAlice - ledger.balance('alice') }
  }
  const makeSealIn = (ledger: Scenario) => {
    const { seal, reveal } = makeSeal(ledger, 'carol', 'own.acme')
    return { transaction: ledger.transaction('carol', seal), reveal }
  }
  const [quiet, attacked] = [run(false), run(true)]
  const delayMs = attacked.waitedMs - quiet.waitedMs
  const honestLost = attacked.alice - quiet.alice
  const { revealWindowMs, bond } = attacked.ledger.parameters
  const promptMs = revealWindowMs / 4
  assert.equal(honestLost, 0n, 'whoever waits pays nothing for it')
  assert.ok(attacked.waitedMs <= revealWindowMs, 'nobody waits longer than the window')
  // What delay beyond a quarter of the window costs, by each seal.
  const openMs = Math.min(revealWindowMs, delayMs + quiet.waitedMs)
  const least = (bond * BigInt(Math.max(0, openMs - promptMs))) / BigInt(revealWindowMs - promptMs)
  assert.ok(attacked.paid >= BigInt(seals) * least, `${attacked.paid} for ${openMs} ms`)
  const many = seals === 1 ? 'a seal' : `${seals} seals`
  const how =
    openFor === 'lapse' ? `leave ${many} open until the window ends` : `open ${many} after ${openFor / second} s`
  return { attack: 'delay', how, paid: attacked.paid, honestLost, delayMs }
}

/** Alice registers a name every 10 s for ten minutes, while Carol always has a seal open. The delay is the mean. */
export function siege(sealEveryMs: number, openFor: number | 'lapse'): Figure {
  const mean = (attacked: boolean) => {
    const ledger = new Scenario({ funds: 1_000_000_000_000n })
    register(ledger, 'carol', 'own.acme')
    const before = ledger.balance('carol')
    const spanMs = 600_000
    const open: { atMs: number; reveal: ReturnType<typeof makeSeal>['reveal'] }[] = []
    const waiting = new Map<string, number>()
    let waitedMs = 0
    let registered = 0
    let toReveal: ReturnType<typeof makeSeal>['reveal'] | undefined
    // Another window without new seals: what is still open is opened as planned, or lapses.
    for (let nowMs = 0; nowMs < spanMs + 2 * ledger.parameters.revealWindowMs; nowMs += second) {
      const transactions: PreparedTransaction[] = []
      const isOn = nowMs < spanMs
      if (attacked && isOn && nowMs % sealEveryMs === 0) {
        const { seal, reveal } = makeSeal(ledger, 'carol', 'own.acme')
        transactions.push(ledger.transaction('carol', seal))
        if (openFor !== 'lapse') open.push({ atMs: nowMs, reveal })
      }
      while (openFor !== 'lapse' && open[0] !== undefined && nowMs - open[0].atMs >= openFor) {
        transactions.push(ledger.transaction('carol', (open.shift() as (typeof open)[0]).reveal))
      }
      if (toReveal !== undefined) {
        transactions.push(ledger.transaction('alice', toReveal))
        toReveal = undefined
      }
      if (isOn && nowMs % 10_000 === 3_000) {
        const name = `n${nowMs / second}.acme`
        const { seal, reveal } = makeSeal(ledger, 'alice', name)
        transactions.push(ledger.transaction('alice', seal))
        toReveal = reveal
        waiting.set(name, nowMs)
      }
      const { events } = ledger.block(transactions)
      for (const event of events) {
        if (event.kind !== 'nameRegistered') continue
        const sealedAtMs = waiting.get(event.body.name)
        if (sealedAtMs === undefined) continue
        waitedMs += nowMs - sealedAtMs
        registered++
      }
    }
    assert.equal(registered, waiting.size, 'every name is registered in the end')
    assert.equal(ledger.last?.wantsBlockWithinMs, undefined, 'no seal is left open')
    return { meanMs: waitedMs / registered, paid: before - ledger.balance('carol'), ledger, spanMs }
  }
  const [quiet, attacked] = [mean(false), mean(true)]
  const delayMs = Math.round(attacked.meanMs - quiet.meanMs)
  const { ledger, spanMs } = attacked
  const paid = (attacked.paid * 86_400_000n) / BigInt(spanMs)
  if (delayMs > ledger.parameters.revealWindowMs / 4) {
    // Slowing a ledger down for a day costs what a thousand names cost in that day.
    assert.ok(paid > 1_000n * priceOf(ledger, 86_400_000), `${paid} a day`)
  }
  const words = openFor === 'lapse' ? 'never opened' : `each opened after ${openFor / second} s`
  const how = `for a day, a seal every ${sealEveryMs / second} s, ${words}; mean delay`
  return { attack: 'delay', how, paid, honestLost: 0n, delayMs }
}

export function delayFigures(): Figure[] {
  return [
    delayOfOne(15 * second),
    delayOfOne(30 * second),
    delayOfOne(59 * second),
    delayOfOne('lapse'),
    delayOfOne('lapse', 100),
    siege(7 * second, 15 * second),
    siege(15 * second, 59 * second),
    siege(15 * second, 'lapse'),
  ]
}
