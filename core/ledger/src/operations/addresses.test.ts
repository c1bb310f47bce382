import assert from 'node:assert/strict'
import fc from 'fast-check'
import { isWithin } from '../addresses/address-range.ts'
import { readAddress, readPair } from '../addresses/queries.ts'
import {
  adding,
  confirming,
  loopbackRange,
  makeServer,
  ownerOf,
  publish,
  publishing,
  register,
  Scenario,
  withdrawing,
} from '../testing/index.ts'
import { test } from '../testing/ledger-test.ts'

const home = [127, 0, 0, 1]
const homeAddress = Uint8Array.from(home)

function withNames(...names: string[]): Scenario {
  const ledger = new Scenario({ addressRanges: [loopbackRange('alice')] })
  for (const name of names) register(ledger, 'alice', name)
  return ledger
}

function put(ledger: Scenario, name: string, host: string, ...addresses: number[][]): void {
  const servers = [makeServer(ledger, name, host, { addresses })]
  assert.equal(publish(ledger, 'bob', publishing(name, host, { servers })), 'ok')
}

const claimsAt = (ledger: Scenario, address = homeAddress) => {
  const { claims, unlisted } = readAddress(ledger.state, address)
  return [claims.map(({ name, host }) => `${host}.${name}`), unlisted]
}

test('look-up by address: oldest first, also after changes; gone with server, host and name', () => {
  const ledger = withNames('a.acme', 'b.acme')
  put(ledger, 'a.acme', 'www', home, [127, 0, 0, 2])
  put(ledger, 'b.acme', 'x', home)
  put(ledger, 'a.acme', 'www', [127, 0, 0, 3], home)
  assert.deepEqual(claimsAt(ledger), [['www.a.acme', 'x.b.acme'], 0])
  assert.deepEqual(claimsAt(ledger, Uint8Array.of(127, 0, 0, 2)), [[], 0])
  assert.equal(publish(ledger, 'bob', adding(ledger, 'b.acme', 'x', 9, { addresses: [[127, 0, 0, 9]] })), 'ok')
  assert.deepEqual(claimsAt(ledger, Uint8Array.of(127, 0, 0, 9)), [['x.b.acme'], 0])
  assert.equal(publish(ledger, 'bob', withdrawing('b.acme', 'x', 9)), 'ok')
  assert.deepEqual(claimsAt(ledger, Uint8Array.of(127, 0, 0, 9)), [[], 0])
  put(ledger, 'a.acme', 'www', [127, 0, 0, 3])
  put(ledger, 'a.acme', 'www', home)
  assert.deepEqual(claimsAt(ledger), [['x.b.acme', 'www.a.acme'], 0], 'who left and came back is the youngest')
  assert.equal(publish(ledger, 'bob', publishing('b.acme', 'x', {})), 'ok')
  ledger.run('bob', { kind: 'cancel', body: { name: 'a.acme' } }, { cosigners: [ownerOf('a.acme')] })
  assert.deepEqual(ledger.scan().all('addressClaims'), [])
})

test('one name fills two places; who found none is counted, and takes one when published again', () => {
  const names = Array.from({ length: 9 }, (_, index) => `n${index}.acme`)
  const ledger = withNames(...names)
  for (const host of ['a', 'b', 'c']) put(ledger, 'n0.acme', host, home)
  assert.deepEqual(claimsAt(ledger), [['a.n0.acme', 'b.n0.acme'], 1])
  for (const name of names.slice(1)) for (const host of ['a', 'b']) put(ledger, name, host, home)
  const [claims, unlisted] = claimsAt(ledger)
  assert.deepEqual([(claims as string[]).length, unlisted], [16, 3])
  assert.equal(publish(ledger, 'bob', publishing('n0.acme', 'a', {})), 'ok')
  put(ledger, 'n8.acme', 'a', home)
  const [after, left] = claimsAt(ledger)
  assert.deepEqual([(after as string[]).at(-1), left], ['a.n8.acme', 2])
})

test('look-up by name and address says which half differs', () => {
  const ledger = withNames('a.acme', 'b.acme')
  put(ledger, 'a.acme', 'www', home)
  const pair = (name: string, host: string, address = homeAddress) =>
    readPair(ledger.state, { name, host }, address, ledger)
  assert.equal(pair('a.acme', 'www').code, 'match')
  assert.equal(pair('a.acme', 'www').published?.entry.host, 'www')
  const other = Uint8Array.of(127, 0, 0, 2)
  for (const [found, code] of [
    [pair('a.acme', 'www', other), 'address-differs'],
    [pair('b.acme', 'www'), 'name-differs'],
    [pair('a.acme', 'mail'), 'name-differs'],
    [pair('c.acme', '', other), 'both-unknown'],
  ] as const) {
    assert.deepEqual(found, { code, published: undefined })
  }
})

test("an address's holder confirms hosts there and takes it back; what leaves the address is confirmed no more", () => {
  const ledger = withNames('a.acme')
  put(ledger, 'a.acme', 'www', home)
  const confirmed = () => readAddress(ledger.state, homeAddress).confirmed
  assert.equal(ledger.run('alice', confirming(home, 'a.acme', 'www')), 'ok')
  assert.deepEqual(ledger.last?.changedNames, ['1.0.0.127.in-addr.arpa'])
  assert.deepEqual(confirmed(), [{ name: 'a.acme', host: 'www' }])
  assert.equal(ledger.run('alice', confirming(home, 'a.acme', 'www', false)), 'ok')
  assert.deepEqual([confirmed(), ledger.last?.changedNames], [[], ['1.0.0.127.in-addr.arpa']])
  assert.equal(ledger.run('bob', confirming(home, 'a.acme', 'www'), { cosigners: [ledger.key('alice')] }), 'ok')
  put(ledger, 'a.acme', 'www', [127, 0, 0, 2])
  assert.deepEqual(ledger.last?.changedNames, ['1.0.0.127.in-addr.arpa', 'www.a.acme'])
  put(ledger, 'a.acme', 'www', home)
  assert.deepEqual(confirmed(), [], 'the confirmation does not come back with the address')
})

test('only hosts that there are, at addresses that a client can use', () => {
  const ledger = withNames('a.acme')
  put(ledger, 'a.acme', '*', home)
  assert.equal(ledger.run('alice', confirming(home, 'a.acme', '*')), 'host-label')
  assert.equal(ledger.run('alice', confirming(home, 'a.acme', 'www')), 'host-unknown')
  assert.equal(ledger.run('alice', confirming(home, 'b.acme', 'www')), 'name-unknown')
  assert.equal(ledger.run('alice', confirming([127, 0, 0, 0, 1], 'a.acme', '*')), 'address-bad')
})

test('a prefix holds the addresses that begin with its bits', () => {
  const bytes = fc.uint8Array({ minLength: 4, maxLength: 4 })
  const number = (address: Uint8Array) => address.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  fc.assert(
    fc.property(bytes, bytes, fc.integer({ min: 0, max: 32 }), (address, prefix, prefixBits) => {
      const shift = BigInt(32 - prefixBits)
      assert.equal(isWithin(address, { prefix, prefixBits }), number(address) >> shift === number(prefix) >> shift)
    }),
  )
  assert.equal(isWithin(new Uint8Array(16), { prefix: new Uint8Array(4), prefixBits: 0 }), false)
  assert.equal(isWithin(homeAddress, loopbackRange()), true)
})
