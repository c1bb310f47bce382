import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatName, formatRdata, parseAbsoluteName, RecordType, type Rrset } from '@cresset/dns-wire'
import fc from 'fast-check'
import { ask } from '../testing/ask.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { NO_OWNER } from '../zone-source.ts'
import { MAX_RRSET_BYTES } from './memory-zone.ts'
import { type ZoneChange, ZoneChangeError, ZoneStore } from './zone-store.ts'

const apex = parseAbsoluteName('acme')
const name = (text: string): Uint8Array => parseAbsoluteName(text)
const address = (owner: string, ...last: number[]): Rrset => ({
  owner: name(owner),
  type: RecordType.A,
  ttl: 300,
  rdatas: last.map((byte) => Uint8Array.of(192, 0, 2, byte)),
})
const dump = (store: ZoneStore): string[] =>
  [...(store.zone(apex)?.rrsets() ?? [])]
    .map(
      ({ owner, type, ttl, rdatas }) =>
        `${formatName(owner)} ${type} ${ttl} ${rdatas.map((rdata) => formatRdata(type, rdata)).join(' ')}`,
    )
    .sort()

test('an RRset is found under its owner and type, as records on the wire', () => {
  const store = new ZoneStore()
  store.apply([{ apex, put: [address('www.shop.acme', 1, 2)] }], 1)
  const zone = store.findZone(name('x.www.shop.acme'), 0)
  assert(zone !== undefined)
  const owner = zone.find(name('www.shop.acme'), 0)
  assert.deepEqual(
    [...(zone.rrset(owner, RecordType.A) ?? [])],
    [1, 2].flatMap((last) => [0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, last]),
  )
  assert.equal(zone.rrset(owner, RecordType.AAAA), undefined)
  assert.deepEqual(zone.types(owner), [RecordType.A])
})

test('names between an owner and the apex exist as empty non-terminals while something is below them', () => {
  const store = new ZoneStore()
  store.apply([{ apex, put: [address('a.b.c.acme', 1), address('d.c.acme', 2)] }], 1)
  const zone = store.zone(apex)
  assert(zone !== undefined)
  assert.equal(zone.childCount(zone.find(name('c.acme'), 0)), 2)
  assert.equal(zone.childCount(zone.apexOwner), 1)
  store.apply([{ apex, remove: [{ owner: name('a.b.c.acme'), type: RecordType.A }] }], 2)
  assert.equal(zone.find(name('b.c.acme'), 0), NO_OWNER)
  assert.equal(zone.childCount(zone.find(name('c.acme'), 0)), 1)
  store.apply([{ apex, remove: [{ owner: name('d.c.acme'), type: RecordType.A }] }], 3)
  assert.equal(zone.ownerCount, 1)
})

test('clear takes a name with all below it, and put in the same change comes after', () => {
  const store = new ZoneStore()
  store.apply([{ apex, put: [address('shop.acme', 1), address('www.shop.acme', 2), address('shop2.acme', 3)] }], 1)
  store.apply([{ apex, clear: [name('shop.acme')], put: [address('new.shop.acme', 4)] }], 2)
  assert.deepEqual(dump(store), ['new.shop.acme. 1 300 192.0.2.4', 'shop2.acme. 1 300 192.0.2.3'])
})

test('the zone with the longest apex is found; a dropped one is gone', () => {
  const store = new ZoneStore()
  const child = name('sub.acme')
  store.apply(
    [
      { apex, put: [address('www.acme', 1)] },
      { apex: child, put: [address('www.sub.acme', 2)] },
    ],
    1,
  )
  const found = (text: string): string | undefined => {
    const zone = store.findZone(name(text), 0)
    return zone && formatName(zone.apex)
  }
  assert.deepEqual(['www.sub.acme', 'sub.acme', 'acme', 'xsub.acme', 'test'].map(found), [
    'sub.acme.',
    'sub.acme.',
    'acme.',
    'acme.',
    undefined,
  ])
  store.apply([{ apex: child, drop: true }], 2)
  assert.equal(found('www.sub.acme'), 'acme.')
  assert.equal([...store.zones()].length, 1)
})

test('a bad change is refused with its code and leaves the whole generation out', () => {
  const store = new ZoneStore()
  store.apply([{ apex, put: [address('www.acme', 1)] }], 5)
  const good: ZoneChange = { apex, put: [address('www.acme', 9)] }
  const bad: [string, ZoneChange, number][] = [
    ['generation', good, 5],
    ['generation', good, 4.5],
    ['apex', { apex: name('ACME') }, 6],
    ['owner', { apex, put: [address('www.test', 1)] }, 6],
    ['owner', { apex, clear: [Uint8Array.of(1)] }, 6],
    ['owner', { apex, put: [{ ...address('www.acme', 1), owner: name('WWW.acme') }] }, 6],
    ['type', { apex, put: [{ ...address('www.acme', 1), type: RecordType.ANY }] }, 6],
    ['ttl', { apex, put: [{ ...address('www.acme', 1), ttl: 2 ** 31 }] }, 6],
    ['rdata', { apex, put: [{ ...address('www.acme', 1), rdatas: [] }] }, 6],
    ['rdata', { apex, put: [{ ...address('www.acme', 1), rdatas: [new Uint8Array(3)] }] }, 6],
    [
      'rdata',
      { apex, put: [{ ...address('www.acme', 1), type: RecordType.NS, rdatas: [Uint8Array.of(0xc0, 12)] }] },
      6,
    ],
    [
      'rrset-too-large',
      { apex, put: [{ ...address('www.acme', 1), type: 65_280, rdatas: [new Uint8Array(MAX_RRSET_BYTES)] }] },
      6,
    ],
  ]
  for (const [code, change, generation] of bad) {
    assert.throws(
      () => store.apply([good, change], generation),
      (error) => error instanceof ZoneChangeError && error.code === code,
    )
    assert.deepEqual(dump(store), ['www.acme. 1 300 192.0.2.1'], code)
    assert.equal(store.generation, 5)
  }
})

test('the greatest RRset is answered by TCP, and one record more is refused', () => {
  const many = (count: number): Rrset => ({
    ...address('www.acme'),
    rdatas: Array.from({ length: count }, (_, index) => Uint8Array.of(10, index >> 16, index >> 8, index)),
  })
  const fits = Math.floor(MAX_RRSET_BYTES / 16)
  const store = new ZoneStore()
  const soa = { owner: apex, type: RecordType.SOA, ttl: 1, rdatas: [new Uint8Array(22)] }
  assert.throws(() => store.apply([{ apex, put: [many(fits + 1)] }], 1), { code: 'rrset-too-large' })
  store.apply([{ apex, put: [soa, many(fits)] }], 1)
  const reply = ask(store, 'www.acme. A')
  assert.deepEqual([reply.flags, reply.answer.length], ['aa', fits])
})

test('random histories give the same zone as a plain map of RRsets', () => {
  const label = fc.constantFrom('a', 'b', '*', 'cc')
  const owner = fc.array(label, { maxLength: 4 }).map((labels) => [...labels, 'acme'].join('.'))
  const type = fc.constantFrom<number>(RecordType.A, RecordType.TXT, RecordType.MX, 65_280)
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('put' as const), owner, type, size: fc.integer({ min: 1, max: 40 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), owner, type }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), owner }) },
  )
  const rdataOf = (rrType: number, size: number): Uint8Array => {
    if (rrType === RecordType.A) return Uint8Array.of(10, 0, 0, size)
    if (rrType === RecordType.TXT) return Uint8Array.of(size, ...new Uint8Array(size).fill(0x61))
    return rrType === RecordType.MX ? Uint8Array.of(0, size, 0) : new Uint8Array(size)
  }
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const store = new ZoneStore({ hashKey: [3, 4], initialBytes: 1024 })
      const model = new Map<string, string>()
      store.apply([{ apex }], 1)
      for (const [index, action] of steps.entries()) {
        const text = formatName(name(action.owner))
        if (action.kind === 'clear') {
          store.apply([{ apex, clear: [name(action.owner)] }], index + 2)
          for (const key of [...model.keys()]) {
            const held = key.split(' ')[0] as string
            if (held === text || held.endsWith(`.${text}`)) model.delete(key)
          }
        } else if (action.kind === 'remove') {
          store.apply([{ apex, remove: [{ owner: name(action.owner), type: action.type }] }], index + 2)
          model.delete(`${text} ${action.type}`)
        } else {
          const rdata = rdataOf(action.type, action.size)
          store.apply(
            [{ apex, put: [{ owner: name(action.owner), type: action.type, ttl: 60, rdatas: [rdata] }] }],
            index + 2,
          )
          model.set(`${text} ${action.type}`, formatRdata(action.type, rdata))
        }
      }
      assert.deepEqual(dump(store), [...model].map(([key, rdata]) => `${key.replace(' ', ' ')} 60 ${rdata}`).sort())
      checkTree(store, new Set([...model.keys()].map((key) => key.split(' ')[0] as string)))
    }),
    { numRuns: 300 },
  )
})

/** Every owner, and every name between it and the apex, is found and counts its children; nothing else is there. */
function checkTree(store: ZoneStore, owners: ReadonlySet<string>): void {
  const zone = store.zone(apex)
  assert(zone !== undefined)
  const children = new Map<string, Set<string>>([['acme.', new Set()]])
  for (const owner of owners) {
    for (let child = owner; child !== 'acme.'; child = child.slice(child.indexOf('.') + 1)) {
      const parent = child.slice(child.indexOf('.') + 1)
      children.set(child, children.get(child) ?? new Set())
      children.set(parent, (children.get(parent) ?? new Set()).add(child))
    }
  }
  assert.equal(zone.ownerCount, children.size)
  for (const [text, below] of children) {
    const owner = zone.find(name(text), 0)
    assert.notEqual(owner, NO_OWNER, text)
    assert.equal(zone.childCount(owner), below.size, text)
    assert.equal(zone.findWildcard(owner) !== NO_OWNER, below.has(`*.${text}`), text)
  }
}

test('who goes through all owners little by little meets each that stays, whatever comes and goes, and none that is gone', () => {
  const step = fc.record({ taken: fc.nat(6), gone: fc.array(fc.nat(19)), come: fc.array(fc.nat(39)) })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
      const store = new ZoneStore({ initialBytes: 1024 })
      const ownerOf = (index: number): string => `a.h${index}.acme`
      const staying = new Set(['acme.'])
      for (let index = 0; index < 20; index++)
        for (const text of [`a.h${index}.acme.`, `h${index}.acme.`]) staying.add(text)
      store.apply([{ apex, put: Array.from({ length: 20 }, (_, index) => address(ownerOf(index), 1)) }], 1)
      const zone = store.zone(apex)
      assert(zone !== undefined)
      const met: string[] = []
      const owners = zone.ownersInAnyOrder()
      const meet = (): boolean => {
        const { done, value } = owners.next()
        if (done !== true) {
          met.push(formatName(zone.name(value)))
          assert.equal(zone.find(zone.name(value), 0), value)
        }
        return done !== true
      }
      for (const [index, { taken, gone, come }] of steps.entries()) {
        for (let count = 0; count < taken; count++) meet()
        const clear = gone.map((index) => name(`h${index}.acme`))
        store.apply([{ apex, clear, put: come.map((index) => address(ownerOf(index), 2)) }], index + 2)
        for (const index of gone) for (const text of [`a.h${index}.acme.`, `h${index}.acme.`]) staying.delete(text)
      }
      while (meet());
      assert.deepEqual(
        [...staying].filter((text) => !met.includes(text)),
        [],
      )
    }),
    { numRuns: 100 },
  )
})

test('memory is used again: replacing and clearing for ever takes no more of it', () => {
  const store = new ZoneStore({ initialBytes: 1024 })
  const round = (generation: number): void => {
    const put = Array.from({ length: 50 }, (_, index) => address(`h${index}.shop.acme`, generation % 200, index))
    store.apply([{ apex, clear: [name('shop.acme')], put }], generation)
  }
  for (let generation = 1; generation <= 20; generation++) round(generation)
  const settled = store.arenaBytes
  for (let generation = 21; generation <= 500; generation++) round(generation)
  assert.equal(store.arenaBytes, settled)
})

test('an unchanged RRset is left where it is', () => {
  const store = new ZoneStore()
  store.apply([{ apex, put: [address('www.acme', 1)] }], 1)
  const zone = store.zone(apex)
  const offset = () => zone?.rrset(zone.find(name('www.acme'), 0), RecordType.A)?.byteOffset
  const before = offset()
  store.apply([{ apex, put: [address('www.acme', 1)] }], 2)
  assert.equal(offset(), before)
})

test('a zone that was replaced stays whole, for who is taking it still', () => {
  const store = new ZoneStore()
  const old = zoneOf('acme', '@ 60 SOA ns host 1 2 3 4 5\nwww 60 A 192.0.2.1\n')
  store.replace(old, 1)
  const entries = old.entries()
  entries.next()
  store.replace(zoneOf('acme', '@ 60 SOA ns host 2 2 3 4 5\n'), 2)
  assert.equal([...entries].length, 1)
  assert.equal(old.rrsetCount, 2)
})
