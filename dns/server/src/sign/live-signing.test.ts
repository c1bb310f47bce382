import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { test } from 'node:test'
import {
  buildQuery,
  formatName,
  formatRdata,
  formatRecordType,
  parseAbsoluteName,
  parseRdata,
  RecordType,
  type Rrset,
  readRrsig,
  rrsigHead,
  rrsigSignedBytes,
} from '@cresset/dns-wire'
import fc from 'fast-check'
import { prepareAnswer } from '../answer/answer.ts'
import { SignatureQueue } from '../compact/signature-queue.ts'
import { rdatasOf, ttlOf } from '../records.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { ZoneStore } from '../store/zone-store.ts'
import { ask, readReply } from '../testing/ask.ts'
import { emptyZone } from '../zone-file/zone-builder.ts'
import type { LiveSigningOptions } from './live-signing.ts'
import { signRrset } from './sign-rrset.ts'
import { signZone } from './sign-zone.ts'
import { type ZoneKey, zoneKeyOf } from './zone-key.ts'

const NOW = 1_800_000_000
const DAY = 86_400
const apex = parseAbsoluteName('acme')
const own = generateKeyPairSync('ed25519')
const key = zoneKeyOf(own.privateKey, 256)
const anchor = zoneKeyOf(generateKeyPairSync('ed25519').privateKey, 257)
const dnskeys = { ttl: 600, rdatas: [anchor.dnskey, key.dnskey] }

const set = (owner: string, type: number, ...texts: string[]): Rrset => ({
  owner: parseAbsoluteName(owner),
  type,
  ttl: 300,
  rdatas: texts.map((text) => parseRdata(type, text)),
})
const soa = (serial: number): Rrset => set('acme', RecordType.SOA, `ns.acme. host.acme. ${serial} 3600 600 86400 60`)
const base = [soa(1), set('acme', RecordType.NS, 'ns.acme.')]

/** An RRSIG over the DNSKEY records that holds from one day to another. */
function anchorSignature(fromDay: number, toDay: number): Uint8Array {
  const rrset = { ...dnskeys, owner: apex, type: RecordType.DNSKEY }
  return signRrset(apex, rrset, anchor, { inception: NOW + fromDay * DAY, expiration: NOW + toDay * DAY })
}

function liveStore(change: Partial<LiveSigningOptions> = {}): { store: ZoneStore; zone: MemoryZone } {
  const store = new ZoneStore()
  store.apply([{ apex, put: base }], 1)
  const zone = store.zone(apex) as MemoryZone
  const options = {
    keys: [key],
    dnskeys,
    dnskeySignatures: [anchorSignature(-1, 13)],
    nowSeconds: () => NOW,
    ...change,
  }
  zone.signLive(options)
  return { store, zone }
}

const lines = (zone: MemoryZone): string[] =>
  [...zone.rrsets()]
    .filter(({ type }) => type !== RecordType.RRSIG)
    .map(({ owner, type, ttl, rdatas }) => {
      const texts = rdatas.map((rdata) => formatRdata(type, rdata)).sort()
      return `${formatName(owner)} ${ttl} ${formatRecordType(type)} ${texts.join(' | ')}`
    })
    .sort()

/** The same data, signed as a file is. */
function signedWhole(zone: MemoryZone): MemoryZone {
  const whole = emptyZone(apex)
  for (const rrset of zone.rrsets())
    if (rrset.type !== RecordType.RRSIG && rrset.type !== RecordType.NSEC) whole.put(rrset)
  for (const _owner of signZone(whole, { keys: [key], nowSeconds: NOW, dnskeyTtl: dnskeys.ttl }));
  return whole
}

function assertGoodSignatures(zone: MemoryZone, whole: MemoryZone): void {
  for (const owner of zone.owners()) {
    for (const type of zone.types(owner)) {
      if (type === RecordType.RRSIG || (type === RecordType.DNSKEY && owner === zone.apexOwner)) continue
      const name = zone.name(owner).slice()
      const signatures = zone.signatures(owner, type)
      const expected = whole.signatures(whole.find(name, 0), type)
      assert.equal(signatures === undefined, expected === undefined, `${formatName(name)} ${type}`)
      if (signatures === undefined) continue
      const records = zone.rrset(owner, type) as Uint8Array
      const rrset = { owner: name, type, ttl: ttlOf(records), rdatas: rdatasOf(records) }
      for (const rdata of rdatasOf(signatures)) {
        const { head, signature } = readRrsig(rdata) as NonNullable<ReturnType<typeof readRrsig>>
        const isGood = verify(null, rrsigSignedBytes(head, rrset), createPublicKey(own.privateKey), signature)
        assert.ok(isGood, `${formatName(name)} ${type}`)
      }
    }
  }
}

test('after any history the zone has the chain and the signatures of one that is signed whole', () => {
  const owner = fc.constantFrom('a', 'b', '*.a', 'x.a', 'y.x.a', 'c', 'x.c', 'ns.c').map((name) => `${name}.acme`)
  const put = fc.record({
    kind: fc.constant('put' as const),
    owner,
    rrset: fc.constantFrom<[number, string]>(
      [RecordType.A, '192.0.2.1'],
      [RecordType.A, '192.0.2.2'],
      [RecordType.TXT, '"x"'],
      [RecordType.NS, 'ns.c.acme.'],
      [RecordType.DS, `1 15 2 ${'ab'.repeat(32)}`],
    ),
  })
  const remove = fc.record({ kind: fc.constant('remove' as const), owner, type: fc.constantFrom<number>(1, 2, 16, 43) })
  const clear = fc.record({ kind: fc.constant('clear' as const), owner })
  const step = fc.array(fc.oneof({ weight: 4, arbitrary: put }, remove, clear), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const { store, zone } = liveStore()
      for (const [index, changes] of steps.entries()) {
        const generation = index + 2
        store.apply(
          [
            {
              apex,
              clear: changes.flatMap((change) => (change.kind === 'clear' ? [parseAbsoluteName(change.owner)] : [])),
              remove: changes.flatMap((change) =>
                change.kind === 'remove' ? [{ owner: parseAbsoluteName(change.owner), type: change.type }] : [],
              ),
              put: [
                soa(generation),
                ...changes.flatMap((change) =>
                  change.kind === 'put' ? [set(change.owner, change.rrset[0], change.rrset[1])] : [],
                ),
              ],
            },
          ],
          generation,
        )
        // Some signatures are there before the next change, and some are not.
        if (index % 2 === 0) for (const _signature of zone.signing?.signAll() ?? []);
        const whole = signedWhole(zone)
        assert.deepEqual(lines(zone), lines(whole))
        assertGoodSignatures(zone, whole)
      }
    }),
    { numRuns: 60 },
  )
})

test('answers come signed, and absence proven, as soon as the change is visible', () => {
  const { store } = liveStore()
  store.apply([{ apex, put: [soa(2), set('www.acme', RecordType.A, '192.0.2.1')] }], 2)
  const types = (lines: string[]): (string | undefined)[] => lines.map((line) => line.split(' ').slice(2, 4).join(' '))
  const found = ask(store, 'www.acme A', { dnssecOk: true })
  assert.deepEqual(types(found.answer), ['A 192.0.2.1', 'RRSIG A'])
  const denied = ask(store, 'zzz.acme A', { dnssecOk: true })
  assert.equal(denied.rcode, 'NXDOMAIN')
  assert.deepEqual(types(denied.authority), [
    'SOA ns.acme.',
    'RRSIG SOA',
    'NSEC acme.',
    'RRSIG NSEC',
    'NSEC www.acme.',
    'RRSIG NSEC',
  ])
  store.apply([{ apex, clear: [parseAbsoluteName('www.acme')], put: [soa(3)] }], 3)
  assert.deepEqual(
    ask(store, 'www.acme A', { dnssecOk: true }).authority.filter((line) => line.includes(' NSEC ')).length,
    2,
  )
  assert.deepEqual(
    types(ask(store, 'acme DNSKEY', { dnssecOk: true }).answer).map((text) => text?.split(' ')[0]),
    ['DNSKEY', 'DNSKEY', 'RRSIG'],
  )
})

test('signatures are made again when half of their time is left, and by another key at once', () => {
  let nowSeconds = NOW
  const { zone } = liveStore({ nowSeconds: () => nowSeconds })
  const signature = () => Buffer.from(zone.signatures(zone.apexOwner, RecordType.NS) as Uint8Array).toString('hex')
  const first = signature()
  nowSeconds += 1.2 * DAY
  assert.equal(signature(), first)
  nowSeconds += 0.4 * DAY
  const second = signature()
  assert.notEqual(second, first)
  const other = zoneKeyOf(generateKeyPairSync('ed25519').privateKey, 256)
  const options = { keys: [other], dnskeys, dnskeySignatures: [], nowSeconds: () => nowSeconds }
  zone.signLive(options)
  const third = signature()
  assert.notEqual(third, second)
  zone.signLive({ ...options })
  assert.equal(signature(), third)
  const namesake = { ...zoneKeyOf(generateKeyPairSync('ed25519').privateKey, 256), tag: other.tag }
  zone.signLive({ ...options, keys: [namesake] })
  assert.notEqual(signature(), third, 'a signature names its key by the tag alone')
})

test('of the signatures over the keys, that one is shown which began last of those that hold', () => {
  let nowSeconds = NOW
  const signatures = [anchorSignature(-1, 13), anchorSignature(10, 24)]
  const { zone } = liveStore({ dnskeySignatures: signatures, nowSeconds: () => nowSeconds })
  const shown = (): number => {
    const records = zone.signatures(zone.apexOwner, RecordType.DNSKEY)
    const [rdata] = records === undefined ? [] : rdatasOf(records)
    return signatures.findIndex((candidate) => rdata !== undefined && Buffer.compare(candidate, rdata) === 0)
  }
  const atDay = (day: number): number => {
    nowSeconds = NOW + day * DAY
    return shown()
  }
  assert.deepEqual([atDay(0), atDay(9), atDay(11), atDay(20), atDay(30)], [0, 0, 1, 1, -1])
})

test('a key of another tag is what signatures are made by; heads say so', () => {
  const { zone } = liveStore()
  const [rdata] = rdatasOf(zone.signatures(zone.apexOwner, RecordType.SOA) as Uint8Array)
  const head = readRrsig(rdata as Uint8Array) as NonNullable<ReturnType<typeof readRrsig>>
  const expected: ZoneKey = key
  assert.deepEqual([head.keyTag, head.algorithm, head.typeCovered], [expected.tag, 15, RecordType.SOA])
  assert.deepEqual(Uint8Array.from(rrsigHead(head)), Uint8Array.from(head.head))
})

test('RFC 9824: with compact denial there is no chain, and what comes and goes is denied no longer than it is gone', async () => {
  const { store, zone } = liveStore({ denial: 'compact' })
  const types = (): string[] => [...zone.rrsets()].map(({ type }) => formatRecordType(type))
  assert.deepEqual(types().sort(), ['DNSKEY', 'NS', 'SOA'])
  const nsec = async (question: string): Promise<string | undefined> => {
    const [name, type] = question.split(' ') as [string, string]
    const asked = { id: 1, name: parseAbsoluteName(name), type: RecordType[type as 'A'], dnssecOk: true }
    const prepared = prepareAnswer(buildQuery(asked), store, { transport: 'tcp' })
    const bytes = prepared && (await new SignatureQueue().complete(prepared, undefined))
    return readReply(bytes as Uint8Array).authority.find((line) => line.includes(' NSEC \\000'))
  }
  assert.equal(await nsec('www.acme TXT'), 'www.acme. 60 NSEC \\000.www.acme. RRSIG NSEC NXNAME')
  store.apply([{ apex, put: [soa(2), set('www.acme', RecordType.A, '192.0.2.1')] }], 2)
  assert.equal(await nsec('www.acme TXT'), 'www.acme. 60 NSEC \\000.www.acme. A RRSIG NSEC')
  assert.equal(ask(store, 'www.acme A', { dnssecOk: true }).answer.length, 2)
  store.apply([{ apex, clear: [parseAbsoluteName('www.acme')], put: [soa(3)] }], 3)
  assert.equal(await nsec('www.acme TXT'), 'www.acme. 60 NSEC \\000.www.acme. RRSIG NSEC NXNAME')
  assert.ok(types().every((type) => type !== 'NSEC'))
})

test('a zone can go from one kind of denial to the other', () => {
  const { store, zone } = liveStore({ denial: 'compact' })
  const options = { keys: [key], dnskeys, dnskeySignatures: [anchorSignature(-1, 13)], nowSeconds: () => NOW }
  zone.signLive(options)
  assert.deepEqual([zone.compact, zone.chain?.kind], [undefined, 'nsec'])
  assert.equal(ask(store, 'none.acme A', { dnssecOk: true }).rcode, 'NXDOMAIN')
  zone.signLive({ ...options, denial: 'compact' })
  assert.deepEqual([zone.compact?.keys, zone.chain], [[key], undefined])
  assert.equal(ask(store, 'none.acme A', { dnssecOk: true }).rcode, 'NOERROR')
  zone.signNoMore()
  assert.deepEqual([zone.compact, zone.chain], [undefined, undefined])
})
