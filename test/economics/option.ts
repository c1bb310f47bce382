import assert from 'node:assert/strict'
import { equalBytes } from '@cresset/core-codec'
import { readName } from '@cresset/core-ledger'
import { makeSeal, ownerOf, Scenario } from '@cresset/core-ledger/testing'
import { type Figure, feesOf, priceOf, waitUntil } from './figure.ts'

const name = 'shop.acme'
const dayMs = 86_400_000

function isOwnedBy(ledger: Scenario, words: string): boolean {
  const key = readName(ledger.state, name, ledger).entry?.registration?.primaryKey
  return key !== undefined && equalBytes(key, words === 'alice' ? ownerOf(name).publicKey : ledger.key(words).publicKey)
}

/** Alice seals a name and reveals only if somebody else wants it. */
export function unusedOption(): Figure {
  const ledger = new Scenario()
  const before = ledger.balance('alice')
  ledger.run('alice', makeSeal(ledger, 'alice', name).seal)
  waitUntil(ledger, () => ledger.last?.wantsBlockWithinMs === undefined)
  assert.equal(readName(ledger.state, name, ledger).status, 'free')
  const paid = before - ledger.balance('alice')
  // A window of choice costs what owning the name for four weeks does: who wants it is better off registering it.
  assert.ok(paid > priceOf(ledger, 28 * dayMs), `${paid} for an option of a minute`)
  return { attack: 'option', how: 'seal a name, let the seal lapse', paid, honestLost: 0n, delayMs: 0 }
}

/** The option is used: Alice sees Bob's reveal and opens her older seal. */
export function usedOption(ageMs: number): Figure {
  const ledger = new Scenario()
  const option = makeSeal(ledger, 'alice', name)
  const beforeAlice = ledger.balance('alice')
  ledger.run('alice', option.seal)
  while (ledger.timeMs - ledger.genesis.timeMs < ageMs - 1_000) ledger.block()
  const beforeBob = ledger.balance('bob')
  const bobs = makeSeal(ledger, 'bob', name, { owner: ledger.key('bob') })
  ledger.run('bob', bobs.seal)
  ledger.run('bob', bobs.reveal)
  ledger.run('alice', option.reveal)
  assert.ok(isOwnedBy(ledger, 'alice'))
  // The rest of the deposit comes back with the name.
  const cancelled = ledger.transaction('alice', { kind: 'cancel', body: { name } }, { cosigners: [ownerOf(name)] })
  ledger.block([cancelled])
  const refund = ledger.balanceOf(ledger.account(`owner of ${name}`))
  const paid = beforeAlice - ledger.balance('alice') - refund - feesOf(ledger, cancelled)
  const honestLost = beforeBob - ledger.balance('bob')
  // The beaten lose the fees of two transactions and nothing else: deposit and bond come back.
  assert.ok(honestLost < 2_000n, `${honestLost}`)
  assert.ok(paid >= honestLost)
  const how = `seal a name, open it ${Math.round(ageMs / 1_000)} s later because a rival reveals`
  return { attack: 'option', how, paid, honestLost, delayMs: 0 }
}

export function optionFigures(): Figure[] {
  return [unusedOption(), usedOption(5_000), usedOption(55_000)]
}
