import assert from 'node:assert/strict'
import { equalBytes } from '@cresset/core-codec'
import { accountOf, type KeyPair, signSync } from '@cresset/core-crypto'
import { admit } from './admission.ts'
import type { Code } from './codes.ts'
import type { LedgerEvent } from './events.ts'
import { ledgerNameProblem } from './names/ledger-name.ts'
import { checkSignatures, isPrepared, type PreparedTransaction, prepareTransaction } from './prepare.ts'
import { readName, readQueue, readTreasury } from './queries.ts'
import { inCurrency } from './testing/genesis-kind.ts'
import { makeSeal, ownerOf, register, Scenario } from './testing/index.ts'
import { moneyTest, test } from './testing/ledger-test.ts'
import { transactionCodec, transactionSigningBytes } from './transaction.ts'

const bond = () => inCurrency(1_000_000n)
const quantum = 14n

function ownerIs(ledger: Scenario, name: string, pair: KeyPair): boolean {
  const key = readName(ledger.state, name, ledger).entry?.registration?.primaryKey
  return key !== undefined && equalBytes(key, pair.publicKey)
}

function closedEvents(events: readonly LedgerEvent[]) {
  return events.flatMap((event) => (event.kind === 'sealClosed' ? [event.body] : []))
}

/** What transactions cost an account in fees, apart from what they move. */
function fees(...transactions: PreparedTransaction[]): bigint {
  return inCurrency(transactions.reduce((sum, { bytes }) => sum + 100n + BigInt(bytes.length), 0n))
}

test('attack: a rival copies a pending seal', () => {
  const ledger = new Scenario()
  const { seal, reveal, place, secret } = makeSeal(ledger, 'alice', 'shop.acme')
  // The rival's copy comes first in the block: order does not help it.
  const copy = ledger.transaction('bob', seal)
  ledger.block([copy, ledger.transaction('alice', seal)])
  assert.equal(ledger.run('alice', reveal), 'ok')
  const bobs = { sender: ledger.account('bob'), sequence: copy.transaction.sequence, secret }
  assert.equal(ledger.run('bob', { kind: 'reveal', body: bobs }), 'seal-unopenable')
  assert(ownerIs(ledger, 'shop.acme', ownerOf('shop.acme')))
  assert.equal(readTreasury(ledger.state), bond(), 'the copier loses its bond')
  assert.deepEqual(place.sender, ledger.account('alice'))
})

test('attack: a proposer withholds a reveal and registers the name for itself', () => {
  const ledger = new Scenario()
  const victim = makeSeal(ledger, 'alice', 'shop.acme')
  ledger.run('alice', victim.seal)
  // The proposer reads the name in the reveal that it keeps back, and seals and reveals the name itself.
  const thief = makeSeal(ledger, 'bob', 'shop.acme', { owner: ledger.key('bob') })
  const before = ledger.balance('bob')
  const sealed = ledger.transaction('bob', thief.seal)
  ledger.block([sealed])
  const revealed = ledger.transaction('bob', thief.reveal)
  assert.equal(ledger.block([revealed]).receipts[0]?.code, 'ok')
  for (let blocks = 0; blocks < 15; blocks++) {
    ledger.block([], 3_000)
    assert.equal(readName(ledger.state, 'shop.acme', ledger).status, 'claimed', 'the claim waits for the older seal')
  }
  // An honest proposer's turn comes before the window ends.
  assert.equal(ledger.run('alice', victim.reveal), 'ok')
  assert(ownerIs(ledger, 'shop.acme', ownerOf('shop.acme')))
  assert.equal(ledger.balance('bob'), before - fees(sealed, revealed), 'deposit and bond of the beaten claim came back')
})

test('attack: one seal opened twice', () => {
  const ledger = new Scenario()
  const { seal, reveal } = makeSeal(ledger, 'alice', 'shop.acme')
  ledger.run('alice', seal)
  const both = [ledger.transaction('alice', reveal), ledger.transaction('bob', reveal)]
  assert.deepEqual(
    ledger.block(both).receipts.map(({ code }) => code),
    ['ok', 'seal-unknown'],
  )
  assert.equal(ledger.run('carol', reveal), 'seal-unknown')
})

moneyTest('attack: the option holder who reveals only when beaten', 'what an option costs', () => {
  const settle = (rivalComes: boolean) => {
    const ledger = new Scenario()
    const option = makeSeal(ledger, 'alice', 'shop.acme')
    const before = ledger.balance('alice')
    const sealed = ledger.transaction('alice', option.seal)
    ledger.block([sealed])
    let spent = fees(sealed)
    if (rivalComes) {
      register(ledger, 'bob', 'shop.acme', { owner: ledger.key('bob') })
      const revealed = ledger.transaction('alice', option.reveal)
      spent += fees(revealed)
      ledger.block([revealed])
    } else {
      for (let blocks = 0; blocks < 61; blocks++) ledger.block()
    }
    return { ledger, paid: before - ledger.balance('alice') - spent }
  }
  // Not exercised, the option costs the whole bond and the name stays free.
  const unused = settle(false)
  assert.equal(unused.paid, bond())
  assert.equal(readName(unused.ledger.state, 'shop.acme', unused.ledger).status, 'free')
  // Exercised, it costs what an honest registration costs. There is no cheap way to keep it.
  const used = settle(true)
  assert.equal(used.paid, 71_428n * quantum)
  assert(ownerIs(used.ledger, 'shop.acme', ownerOf('shop.acme')))
})

test('attack: the parked seal delays a claim no longer than the window, and pays its bond', () => {
  const ledger = new Scenario()
  ledger.run('carol', makeSeal(ledger, 'carol', 'parked.acme').seal)
  const parkedAtMs = ledger.timeMs
  assert.equal(register(ledger, 'alice', 'shop.acme'), 'ok')
  while (readName(ledger.state, 'shop.acme', ledger).status === 'claimed') {
    assert.equal(ledger.last?.wantsBlockWithinMs, 1_000)
    ledger.block()
  }
  assert.equal(ledger.timeMs - parkedAtMs, ledger.parameters.revealWindowMs)
  assert(ownerIs(ledger, 'shop.acme', ownerOf('shop.acme')))
  assert.equal(readTreasury(ledger.state), bond())
  const [closed] = closedEvents(ledger.last?.events ?? [])
  assert.deepEqual([closed?.reason, closed?.bondTo], ['expired', 'treasury'])
})

test('attack: many seals parked at once delay a claim no longer than one', () => {
  // Where no bond bounds them, an account has four open seals.
  const ledger = new Scenario({ funds: 10_000_000_000n, parameters: { maxOpenSealsWithoutBond: 150 } })
  const sealed = Array.from({ length: 150 }, (_, index) => {
    return ledger.transaction('carol', makeSeal(ledger, 'carol', `p${index}.acme`).seal)
  })
  ledger.block(sealed)
  const parkedAtMs = ledger.timeMs
  register(ledger, 'alice', 'shop.acme')
  while (readName(ledger.state, 'shop.acme', ledger).status === 'claimed') ledger.block()
  assert.equal(ledger.timeMs - parkedAtMs, ledger.parameters.revealWindowMs)
  assert.equal(readTreasury(ledger.state), 150n * bond())
})

test('a seal does not lapse before four blocks for each validator, however late they come', () => {
  const ledger = new Scenario({ parameters: { maxBlockIntervalMs: 60_000 } })
  const { seal, reveal } = makeSeal(ledger, 'alice', 'shop.acme')
  ledger.run('alice', seal)
  for (let blocks = 1; blocks < 16; blocks++) ledger.block([], 60_000)
  assert.equal(readQueue(ledger.state, 10).length, 1)
  assert.equal(ledger.copy().run('alice', reveal), 'ok', 'a reveal in the last block is in time')
  ledger.block([], 60_000)
  assert.equal(readQueue(ledger.state, 10).length, 0)
  assert.equal(ledger.run('alice', reveal), 'seal-unknown')
})

test('attack: a second seal of the same owner and name after the first was revealed', () => {
  const ledger = new Scenario()
  const first = makeSeal(ledger, 'alice', 'shop.acme')
  const sealedFirst = ledger.transaction('alice', first.seal)
  const second = makeSeal(ledger, 'alice', 'shop.acme')
  const sealedSecond = ledger.transaction('alice', second.seal)
  ledger.block([sealedFirst, sealedSecond])
  ledger.run('alice', first.reveal)
  assert(ownerIs(ledger, 'shop.acme', ownerOf('shop.acme')))
  const before = ledger.balance('alice')
  // Kept for the moment at which the name is given up, it is worth nothing: it is older than the name's freedom.
  const copy = ledger.copy()
  copy.run('bob', { kind: 'cancel', body: { name: 'shop.acme' } }, { cosigners: [ownerOf('shop.acme')] })
  assert.equal(copy.run('alice', second.reveal), 'name-reserved')
  // And while the name is owned it changes nothing.
  const revealed = ledger.transaction('alice', second.reveal)
  assert.equal(ledger.block([revealed]).receipts[0]?.code, 'name-taken')
  assert.equal(ledger.balance('alice'), before + bond() - fees(revealed))
  assert.equal(ledger.scan().all('lease').length, 1)
})

test('attack: a halt of 10 minutes with open seals costs nobody a deadline', () => {
  const ledger = new Scenario()
  const { seal, reveal } = makeSeal(ledger, 'alice', 'shop.acme')
  ledger.run('alice', seal)
  ledger.block([], 600_000)
  assert.equal(readName(ledger.state, 'shop.acme', ledger).ledgerTimeMs, ledger.genesis.timeMs + 1_000 + 20_000)
  assert.equal(ledger.run('alice', reveal, { validUntilMs: ledger.timeMs + 60_000 }), 'ok')
  assert(ownerIs(ledger, 'shop.acme', ownerOf('shop.acme')))
})

moneyTest('attack: cancel before the fee block pays at least for the time used', 'the price of time', () => {
  const ledger = new Scenario()
  while (ledger.height % 60 !== 0) ledger.block([], 10_000)
  const before = ledger.balance('alice')
  const owner = ledger.key('alice')
  const made = makeSeal(ledger, 'alice', 'shop.acme', { owner })
  const sealed = ledger.transaction('alice', made.seal)
  ledger.block([sealed])
  const revealed = ledger.transaction('alice', made.reveal)
  ledger.block([revealed])
  const registeredAtMs = ledger.timeMs
  while (ledger.height % 60 !== 58) ledger.block([], 10_000)
  const cancelled = ledger.transaction('alice', { kind: 'cancel', body: { name: 'shop.acme' } })
  assert.equal(ledger.block([cancelled]).receipts[0]?.code, 'ok')
  const usedQuanta = BigInt(Math.ceil((ledger.timeMs - registeredAtMs) / 36_000))
  const paid = before - ledger.balance('alice') - fees(sealed, revealed, cancelled)
  assert.equal(paid, 17n * quantum)
  assert(paid >= usedQuanta * quantum, `${paid} for ${usedQuanta} quanta`)
})

test('attack: replay on another chain', () => {
  const ledger = new Scenario()
  const other = new Scenario({ chainId: 'test-ffffffffffffffff' })
  const body = { to: ledger.account('bob'), amount: 5n, memo: new Uint8Array(0) }
  const refused = other.execute([ledger.transaction('alice', { kind: 'transfer', body })])
  assert.deepEqual(refused, { refused: 'wrong-chain', index: 0 })
  // A seal's bytes, sent again by their own maker with the same sequence, do not open there either.
  const made = makeSeal(ledger, 'alice', 'shop.acme', { sequence: 0 })
  assert.equal(other.run('alice', made.seal), 'ok')
  assert.equal(other.run('alice', made.reveal), 'seal-unopenable')
})

moneyTest('attack: sequence reuse after failure', 'a failed payment', () => {
  const ledger = new Scenario()
  const body = { to: ledger.account('bob'), amount: 2_000_000_000n, memo: new Uint8Array(0) }
  const failing = ledger.transaction('alice', { kind: 'transfer', body })
  const before = ledger.balance('alice')
  assert.equal(ledger.block([failing]).receipts[0]?.code, 'balance-too-low')
  assert.deepEqual(ledger.accountEntry('alice'), { balance: before - fees(failing), sequence: 1 })
  // Alice gets the money after all: the old transaction stays dead.
  const { changes } = ledger.block([
    ledger.transaction('bob', {
      kind: 'transfer',
      body: { ...body, to: ledger.account('alice'), amount: 900_000_000n },
    }),
  ])
  assert(changes.length > 0)
  assert.deepEqual(ledger.execute([failing]), { refused: 'sequence-not-next', index: 0 })
  assert.equal(
    admit(failing, ledger.state, { blockTimeMs: ledger.timeMs, chainId: ledger.chainId }).code,
    'sequence-used',
  )
  assert.deepEqual(ledger.execute([failing, failing]), { refused: 'sequence-not-next', index: 0 })
})

test('attack: a cached good signature and a bad copy', () => {
  const ledger = new Scenario()
  const body = { to: ledger.account('bob'), amount: 5n, memo: new Uint8Array(0) }
  const good = ledger.transaction('alice', { kind: 'transfer', body })
  const known = new Set([good.id.join()])
  const { unsigned, signatures } = transactionCodec.decode(good.bytes)
  const bad = signatures.map((signature) => signature.map((byte, index) => (index === 63 ? byte ^ 1 : byte)))
  const copy = prepareTransaction(transactionCodec.encode({ unsigned, signatures: bad }), ledger.parameters)
  assert(isPrepared(copy))
  assert.deepEqual(copy.transaction, good.transaction)
  assert(!known.has(copy.id.join()), 'a cache by id does not know the copy')
  assert.equal(checkSignatures(copy), false)
  assert.equal(checkSignatures(good), true)
})

test('all signers sign the same bytes, and a missing or foreign signature is refused', () => {
  const ledger = new Scenario()
  const [bob, carol] = [ledger.key('bob'), ledger.key('carol')]
  const body = { to: ledger.account('bob'), amount: 5n, memo: new Uint8Array(0) }
  const unsigned = ledger.unsigned('alice', { kind: 'transfer', body }, { cosigners: [bob] })
  const message = transactionSigningBytes(unsigned)
  const prepare = (signers: KeyPair[]) => {
    const signatures = signers.map((pair) => signSync(pair, message))
    return prepareTransaction(transactionCodec.encode({ unsigned, signatures }), ledger.parameters)
  }
  const verdict = (prepared: ReturnType<typeof prepare>) => isPrepared(prepared) && checkSignatures(prepared)
  assert.equal(verdict(prepare([ledger.key('alice'), bob])), true)
  assert.equal(verdict(prepare([ledger.key('alice'), carol])), false)
  assert.equal(verdict(prepare([bob, ledger.key('alice')])), false)
  assert.throws(() => prepare([ledger.key('alice')]))
  assert.equal(accountOf(bob.publicKey).length, 32)
})

test('attack: look-alike names', () => {
  const refused: [string, Code][] = [
    ['Shop.acme', 'name-upper-case'],
    ['shop.ACME', 'name-upper-case'],
    ['shop.acme.', 'name-trailing-dot'],
    [`${'a'.repeat(60)}.acme`, 'name-too-long'],
    ['shop', 'zone-unknown'],
    ['shopacme', 'zone-unknown'],
    ['shop.acme.example', 'zone-unknown'],
    ['acme', 'name-not-below-zone'],
    ['www.shop.acme', 'name-not-below-zone'],
    ['.acme', 'label-empty'],
    ['shop..acme', 'label-empty'],
    ['sho p.acme', 'label-character'],
    ['sh\u{6f}\u{301}p.acme', 'label-character'],
    ['b\u{fc}cher.acme', 'label-character'],
    ['shop_.acme', 'label-character'],
    ['shop\\.acme', 'label-character'],
    ['-shop.acme', 'label-hyphen'],
    ['shop-.acme', 'label-hyphen'],
    ['ab--shop.acme', 'label-hyphen'],
    ['ns.acme', 'label-reserved'],
    // "shop" and "sh\u{6f}p" as Punycode of pure ASCII, an encoding with upper case inside, and one that wraps around.
    ['xn--shop-.acme', 'label-hyphen'],
    ['xn--.acme', 'label-hyphen'],
    ['xn--99999999.acme', 'a-label-malformed'],
    // B\u{dc}CHER, fullwidth shop, and bu\u{308}cher in form D.
    ['xn--bcher-2pa.acme', 'a-label-disallowed'],
    ['xn--ti7coadj.acme', 'a-label-disallowed'],
    ['xn--bucher-xyd.acme', 'a-label-not-normalized'],
    // \u{5d0} next to Latin; a joiner between Latin letters; two dots that look like a middle dot.
    ['xn--a-0hc.acme', 'a-label-direction'],
    ['xn--ab-m1t.acme', 'a-label-context'],
  ]
  for (const [name, code] of refused) assert.equal(ledgerNameProblem(name, ['acme', 'home.arpa']), code, name)
  for (const name of ['shop.acme', '1.acme', 'a-b.acme', 'ns1.acme', 'xn--bcher-kva.acme', 'x.home.arpa']) {
    assert.equal(ledgerNameProblem(name, ['acme', 'home.arpa']), undefined, name)
  }
})
