import assert from 'node:assert/strict'
import type { Code } from '../codes.ts'
import { hostEntry, nameEntry } from '../entries/name.ts'
import { readName } from '../queries.ts'
import { stateKeys } from '../state-keys.ts'
import {
  delegating,
  makeSeal,
  ownerOf,
  publish,
  publishing,
  register,
  Scenario,
  textRecords,
} from '../testing/index.ts'
import { test } from '../testing/ledger-test.ts'

const kibibyte = 1_024
/** What a quantum pays for. */
const quantumMs = 36_000

/** Record sets of so many times 4 KiB, in few records. */
function bulk(sets: number) {
  const data = [new Uint8Array(4_000)]
  return {
    recordSets: Array.from({ length: sets }, (_, index) => ({ type: 65_300 + index, ttlSeconds: undefined, data })),
  }
}

/** Publishes hosts that are alike until there is no room; how many, and the code that said so. */
function fill(ledger: Scenario, name: string, hostOf: (index: number) => string, sets: number, most = 64) {
  for (let index = 0; index < most; index++) {
    const content = sets === 0 ? { recordSets: [textRecords('x')] } : bulk(sets)
    const code = publish(ledger, 'alice', publishing(name, hostOf(index), content))
    if (code !== 'ok') return { hosts: index, code }
  }
  return { hosts: most, code: 'ok' as Code }
}

function bytesOf(records: readonly Uint8Array[] | undefined): number {
  return (records ?? []).reduce((sum, { length }) => sum + length, 0)
}

test('attack: names full of large hosts, given up together, would hold a block up: a name holds 256 KiB of hosts', () => {
  const ledger = new Scenario()
  register(ledger, 'alice', 'shop.acme')
  const { hosts, code } = fill(ledger, 'shop.acme', (index) => `h${index}`, 15)
  assert.deepEqual([hosts, code], [4, 'name-too-large'])
  // A shorter host takes what is left, and one that shrinks makes room.
  assert.equal(publish(ledger, 'alice', publishing('shop.acme', 'small', { recordSets: [textRecords('x')] })), 'ok')
  assert.equal(publish(ledger, 'alice', publishing('shop.acme', 'h9', bulk(12))), 'name-too-large')
  assert.equal(publish(ledger, 'alice', publishing('shop.acme', 'h0', bulk(1))), 'ok')
  assert.equal(publish(ledger, 'alice', publishing('shop.acme', 'h9', bulk(12))), 'ok')
  ledger.run('alice', { kind: 'cancel', body: { name: 'shop.acme' } }, { cosigners: [ownerOf('shop.acme')] })
  assert(bytesOf(ledger.last?.replacedRecords) < 257 * kibibyte)
})

test('attack: large names that expire together are swept by what they hold', () => {
  const ledger = new Scenario({
    parameters: {
      feeEveryBlocks: 10,
      graceMs: 0,
      releaseDelayMs: 0,
      maxBlockBytes: 16_777_216,
      maxBlockUnits: 100_000,
      maxOpenSealsWithoutBond: 30,
    },
    termMs: 40 * quantumMs,
  })
  const names = Array.from({ length: 30 }, (_, index) => `n${index}.acme`)
  const made = names.map((name) => {
    const { seal, reveal } = makeSeal(ledger, 'alice', name, { deposit: 40n * 14n })
    return { sealed: ledger.transaction('alice', seal), reveal }
  })
  ledger.block(made.map(({ sealed }) => sealed))
  ledger.block(made.map(({ reveal }) => ledger.transaction('alice', reveal)))
  for (let host = 0; host < 15; host++) {
    const publishAll = names.map((name) =>
      ledger.transaction('alice', publishing(name, `h${host}`, bulk(4)), { cosigners: [ownerOf(name)] }),
    )
    assert(ledger.block(publishAll).receipts.every(({ code }) => code === 'ok'))
  }
  const ended: number[] = []
  while (ended.reduce((sum, count) => sum + count, 0) < names.length) {
    const { events, replacedRecords } = ledger.block([], 10_000)
    const count = events.filter(({ kind }) => kind === 'nameExpired').length
    if (count > 0) ended.push(count)
    assert(bytesOf(replacedRecords) < 4 * 1_024 * kibibyte, `${bytesOf(replacedRecords)} bytes of records in one sweep`)
  }
  assert.deepEqual(ended, [13, 13, 4])
})

test('attack: a reveal, which pays for little, does not end a name that holds much before the sweep comes by', () => {
  const revealOver = (hosts: number): Code => {
    const parameters = { feeEveryBlocks: 60, graceMs: 60_000, releaseDelayMs: 0 }
    const ledger = new Scenario({ parameters, termMs: 20 * quantumMs })
    register(ledger, 'alice', 'shop.acme', { deposit: 20n * 14n })
    assert.equal(fill(ledger, 'shop.acme', (index) => `h${index}`, 0, hosts).hosts, hosts)
    while (readName(ledger.state, 'shop.acme', ledger).status !== 'free') ledger.block([], 10_000)
    assert.equal(ledger.scan().all('host').length, hosts, 'the sweep has not come by')
    return register(ledger, 'bob', 'shop.acme')
  }
  assert.equal(revealOver(15), 'ok')
  assert.equal(revealOver(16), 'name-reserved')
})

test('attack: long host names in a name’s record, which short transactions rewrite', () => {
  const ledger = new Scenario()
  register(ledger, 'alice', 'shop.acme')
  const long = (index: number) => `${String(index).padStart(3, '0')}${'.a'.repeat(110)}`
  const { hosts, code } = fill(ledger, 'shop.acme', long, 0)
  assert.deepEqual([hosts, code], [18, 'name-too-large'])
  const delegate = (host: string) =>
    ledger.run('alice', delegating('shop.acme', host), { cosigners: [ownerOf('shop.acme')] })
  assert.equal(delegate(long(19)), 'name-too-large')
  assert.equal(delegate('t'), 'ok')
  const record = ledger.read(nameEntry, stateKeys.name('shop.acme'))
  assert(record !== undefined && nameEntry.codec.encode(record).length < 5 * kibibyte)
  // What is listed can go on being changed.
  assert.equal(publish(ledger, 'alice', publishing('shop.acme', long(0), { recordSets: [textRecords('y')] })), 'ok')
  assert.equal(ledger.read(hostEntry, stateKeys.host('shop.acme', long(0)))?.revision, 2)
})
