import assert from 'node:assert/strict'
import { toHex } from '@cresset/core-codec'
import { hmacSha256 } from '@cresset/core-crypto'
import fc from 'fast-check'
import type { Code } from '../codes.ts'
import { readClaim, readName, readQueue, readSeal, readTreasury } from '../queries.ts'
import { inCurrency } from '../testing/genesis-kind.ts'
import { makeSeal, ownerOf, publishing, register, Scenario } from '../testing/index.ts'
import { moneyTest, test } from '../testing/ledger-test.ts'
import {
  openSealedRegistration,
  sealedRegistrationCodec,
  sealRegistration,
  sealSecretContext,
} from './sealed-registration.ts'

const bond = 1_000_000n
const firstDeposit = 999_992n

function ownerHex(ledger: Scenario, name: string): string {
  const key = readName(ledger.state, name, ledger).entry?.registration?.primaryKey
  return key === undefined ? '' : toHex(key)
}

test('the older seal wins, however the reveals are ordered', () => {
  const orders = [
    ['alice', 'bob', 'carol'],
    ['alice', 'carol', 'bob'],
    ['bob', 'alice', 'carol'],
    ['bob', 'carol', 'alice'],
    ['carol', 'alice', 'bob'],
    ['carol', 'bob', 'alice'],
  ]
  for (const order of orders) {
    for (const together of [false, true]) {
      const ledger = new Scenario()
      const made = new Map(
        ['alice', 'bob', 'carol'].map((name) => [
          name,
          makeSeal(ledger, name, 'shop.acme', { owner: ledger.key(name) }),
        ]),
      )
      ledger.block([...made].map(([name, { seal }]) => ledger.transaction(name, seal)))
      const before = new Map(order.map((name) => [name, ledger.balance(name)]))
      const reveals = order.map((name) => ledger.transaction(name, made.get(name)!.reveal))
      if (together) ledger.block(reveals)
      else for (const reveal of reveals) ledger.block([reveal])
      assert.equal(ownerHex(ledger, 'shop.acme'), toHex(ledger.key('alice').publicKey), `${order}`)
      for (const [index, name] of order.entries()) {
        const fee = 100n + BigInt(reveals[index]!.bytes.length)
        const deposit = name === 'alice' ? firstDeposit : 0n
        const gained = inCurrency(bond - fee - deposit)
        assert.equal(ledger.balance(name), before.get(name)! + gained, `${name} in ${order}`)
      }
      assert.equal(readTreasury(ledger.state), 0n)
    }
  }
})

test('names in reveals that wait for one older seal are given in the order of their seals', () => {
  const ledger = new Scenario()
  const parked = makeSeal(ledger, 'carol', 'parked.acme')
  ledger.run('carol', parked.seal)
  for (const name of ['a.acme', 'b.acme']) register(ledger, 'alice', name)
  assert.deepEqual(
    readQueue(ledger.state, 10).map(({ claimedName }) => claimedName),
    [undefined, 'a.acme', 'b.acme'],
  )
  assert.equal(readClaim(ledger.state, 'a.acme')?.deposit, inCurrency(firstDeposit))
  assert.equal(ledger.run('carol', parked.reveal), 'ok')
  const registered = ledger.last?.events.flatMap((event) => (event.kind === 'nameRegistered' ? [event.body.name] : []))
  assert.deepEqual(registered, ['parked.acme', 'a.acme', 'b.acme'])
  assert.equal(ledger.last?.wantsBlockWithinMs, undefined)
})

test('a claimed name can be neither published, topped up, cancelled nor claimed by a younger seal', () => {
  const ledger = new Scenario()
  ledger.run('carol', makeSeal(ledger, 'carol', 'parked.acme').seal)
  register(ledger, 'alice', 'shop.acme')
  const cosigners = [ownerOf('shop.acme')]
  assert.equal(ledger.run('bob', { kind: 'topUp', body: { name: 'shop.acme', amount: 1_000n } }), 'name-claimed')
  assert.equal(ledger.run('bob', { kind: 'cancel', body: { name: 'shop.acme' } }, { cosigners }), 'name-claimed')
  assert.equal(ledger.run('bob', publishing('shop.acme', '', {}), { cosigners }), 'name-claimed')
  assert.equal(register(ledger, 'bob', 'shop.acme'), 'claim-older')
})

moneyTest(
  'anyone who knows the secret can reveal; the sender of the seal pays the deposit',
  'who pays the deposit',
  () => {
    const ledger = new Scenario()
    const { seal, reveal } = makeSeal(ledger, 'alice', 'shop.acme')
    ledger.run('alice', seal)
    const before = { alice: ledger.balance('alice'), bob: ledger.balance('bob') }
    const transaction = ledger.transaction('bob', reveal)
    ledger.block([transaction])
    assert.equal(ledger.balance('alice'), before.alice + bond - 999_992n)
    assert.equal(ledger.balance('bob'), before.bob - 100n - BigInt(transaction.bytes.length))
  },
)

moneyTest(
  'a cancelled name pays what is left to its owner, whoever pays for the transaction',
  'the refund of a deposit',
  () => {
    const ledger = new Scenario()
    register(ledger, 'alice', 'shop.acme')
    const { balance = 0n } = readName(ledger.state, 'shop.acme', ledger)
    assert(balance > 0n)
    assert.equal(
      ledger.run('bob', { kind: 'cancel', body: { name: 'shop.acme' } }, { cosigners: [ownerOf('shop.acme')] }),
      'ok',
    )
    assert.equal(ledger.balance('owner of shop.acme'), balance)
    const { status, untilLedgerMs, ledgerTimeMs } = readName(ledger.state, 'shop.acme', ledger)
    assert.deepEqual([status, untilLedgerMs], ['reserved', ledgerTimeMs + 86_400_000])
  },
)

test('a registration taken out of an opened seal is good in no other seal, of its sender or another', () => {
  const ledger = new Scenario()
  const first = makeSeal(ledger, 'alice', 'shop.acme')
  ledger.run('alice', first.seal)
  const stored = readSeal(ledger.state, first.place.sender, first.place.sequence)
  assert(stored !== undefined)
  const plaintext = openSealedRegistration(first.place, stored, first.secret)
  assert(plaintext !== undefined)
  const registration = sealedRegistrationCodec.decode(plaintext)
  for (const sender of ['alice', 'bob']) {
    const place = { ...first.place, sender: ledger.account(sender), sequence: ledger.nextSequence(sender) }
    const sealed = sealRegistration(place, registration, { r: new Uint8Array(32).fill(9), salt: new Uint8Array(16) })
    assert.equal(ledger.run(sender, { kind: 'seal', body: sealed }), 'ok')
    const body = { sender: place.sender, sequence: place.sequence, secret: new Uint8Array(32).fill(9) }
    assert.equal(ledger.run(sender, { kind: 'reveal', body }), 'registration-signature-bad')
  }
})

moneyTest('the bond cannot pay the deposit, and who cannot pay loses it', 'bond and deposit', () => {
  const ledger = new Scenario({ funds: 1_002_000n })
  const { seal, reveal } = makeSeal(ledger, 'alice', 'shop.acme', { deposit: 10_000n })
  assert.equal(ledger.run('alice', seal), 'ok')
  assert(ledger.balance('alice') < 10_000n)
  assert.equal(ledger.run('bob', reveal), 'deposit-unpaid')
  assert.equal(readTreasury(ledger.state), bond)
  assert.equal(readQueue(ledger.state, 10).length, 0)
})

moneyTest('who cannot pay the bond makes no seal', 'the bond', () => {
  const ledger = new Scenario({ funds: 1_000_500n })
  assert.equal(ledger.run('alice', makeSeal(ledger, 'alice', 'shop.acme').seal), 'balance-too-low')
  assert.equal(readQueue(ledger.state, 10).length, 0)
})

test('with rate 0 there is no bond but at most 4 open seals; a closed one makes room', () => {
  const ledger = new Scenario({ parameters: { depositRateQuanta: 0 }, funds: 10_000n })
  const made = ['a', 'b', 'c', 'd'].map((label) => {
    const one = makeSeal(ledger, 'alice', `${label}.acme`, { deposit: 0n })
    assert.equal(ledger.run('alice', one.seal), 'ok')
    return one
  })
  const fifth = makeSeal(ledger, 'alice', 'e.acme', { deposit: 0n })
  assert.equal(ledger.run('alice', fifth.seal), 'too-many-open-seals')
  assert.equal(ledger.run('alice', made[0]!.reveal), 'ok')
  assert.equal(ledger.run('alice', makeSeal(ledger, 'alice', 'f.acme', { deposit: 0n }).seal), 'ok')
  assert.equal(readTreasury(ledger.state), 0n)
})

test('a registration is found again from the key and the ledger alone', () => {
  const ledger = new Scenario()
  const { seal, place } = makeSeal(ledger, 'alice', 'shop.acme')
  ledger.run('alice', seal)
  const stored = readSeal(ledger.state, place.sender, place.sequence)
  assert(stored !== undefined)
  const r = hmacSha256(ledger.key('alice').secret, sealSecretContext(place, stored.salt))
  const plaintext = openSealedRegistration(place, stored, r)
  assert(plaintext !== undefined)
  const { label, zone, deposit } = sealedRegistrationCodec.decode(plaintext)
  assert.deepEqual([label, zone, deposit], ['shop', 'acme', 1_000_000n])
})

test('the longest registration fits its seal', () => {
  const ledger = new Scenario({ zones: ['z'.repeat(32)] })
  const owner = ledger.key('alice')
  const issuerKey = Uint8Array.of(2, 2, ...new Uint8Array(32).fill(7))
  const name = `${'a'.repeat(31)}.${'z'.repeat(32)}`
  assert.equal(name.length, 64)
  const certificateInformation = { issuerKey, digest: new Uint8Array(32) }
  assert.equal(register(ledger, 'alice', name, { owner, certificateInformation, deposit: 900_000_000n }), 'ok')
})

test('200 places of the queue are settled in one block, the rest in the next', () => {
  const ledger = new Scenario({
    funds: 10_000_000_000n,
    parameters: { maxBlockUnits: 100_000, maxOpenSealsWithoutBond: 250 },
  })
  const parked = makeSeal(ledger, 'carol', 'parked.acme')
  ledger.run('carol', parked.seal)
  const made = Array.from({ length: 250 }, (_, index) => {
    const one = makeSeal(ledger, 'alice', `n${index}.acme`)
    return { sealed: ledger.transaction('alice', one.seal), reveal: one.reveal }
  })
  ledger.block(made.map(({ sealed }) => sealed))
  ledger.block(made.map(({ reveal }) => ledger.transaction('bob', reveal)))
  assert.equal(readQueue(ledger.state, 1_000).length, 251)
  ledger.run('carol', parked.reveal)
  assert.equal(readQueue(ledger.state, 1_000).length, 51)
  assert.equal(ledger.last?.wantsBlockWithinMs, 1_000)
  ledger.block()
  assert.equal(readQueue(ledger.state, 1_000).length, 0)
  assert.equal(ledger.scan().single('feeFund').activeNames, 251)
})

/** Every way to seal, reveal, wait and cancel that three accounts find, checked after each block. */
test('random races: one owner a name, older seals first, money conserved', () => {
  const step = fc.record({
    who: fc.constantFrom('alice', 'bob', 'carol'),
    name: fc.constantFrom('a.acme', 'b.acme'),
    what: fc.constantFrom('seal', 'seal', 'reveal', 'reveal', 'wait', 'cancel'),
    pick: fc.nat({ max: 5 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const ledger = new Scenario({
        // Where there is no bond, one account may make all the seals.
        parameters: { revealWindowMs: 5_000, releaseDelayMs: 3_000, maxOpenSealsWithoutBond: 40 },
        validators: 1,
      })
      const open: { who: string; made: ReturnType<typeof makeSeal> }[] = []
      for (const { who, name, what, pick } of steps) {
        if (what === 'seal') {
          const made = makeSeal(ledger, who, name, { owner: ledger.key(who), deposit: 5_000n })
          assert.equal(ledger.run(who, made.seal), 'ok')
          open.push({ who, made })
        } else if (what === 'reveal' && open.length > 0) {
          const [chosen] = open.splice(pick % open.length, 1) as [(typeof open)[number]]
          const expected: Code[] = [
            'ok',
            'name-taken',
            'name-reserved',
            'seal-before-free',
            'claim-older',
            'seal-unknown',
          ]
          assert(expected.includes(ledger.run(chosen.who, chosen.made.reveal)))
        } else if (what === 'cancel') {
          const owner = ['alice', 'bob', 'carol'].find(
            (one) => ownerHex(ledger, name) === toHex(ledger.key(one).publicKey),
          )
          const code = ledger.run(owner ?? who, { kind: 'cancel', body: { name } })
          assert.equal(code === 'ok', owner !== undefined, code)
        } else {
          for (let blocks = 0; blocks <= pick; blocks++) ledger.block()
        }
      }
    }),
    { numRuns: 60 },
  )
})
