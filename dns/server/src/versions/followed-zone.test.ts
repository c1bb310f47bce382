import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { parseAbsoluteName, parseRdata, RecordType, type Rrset } from '@cresset/dns-wire'
import fc from 'fast-check'
import { packedEntries } from '../journal/packed-entries.ts'
import type { ZoneDifference } from '../journal/zone-difference.ts'
import { soaSerial } from '../records.ts'
import { signRrset } from '../sign/sign-rrset.ts'
import { type ZoneKey, zoneKeyOf } from '../sign/zone-key.ts'
import type { MemoryZone, ZoneEntry } from '../store/memory-zone.ts'
import { ZoneStore } from '../store/zone-store.ts'
import { linesOf } from '../testing/zone-records.ts'
import { FollowedZone } from './followed-zone.ts'
import type { ZoneVersion } from './zone-version.ts'

const NOW = 1_800_000_000
const HOUR = 3_600
const apex = parseAbsoluteName('acme')
const keys = [0, 1].map(() => zoneKeyOf(generateKeyPairSync('ed25519').privateKey, 256)) as [ZoneKey, ZoneKey]
const anchor = zoneKeyOf(generateKeyPairSync('ed25519').privateKey, 257)
const dnskeys = { ttl: 600, rdatas: [anchor.dnskey, ...keys.map(({ dnskey }) => dnskey)] }

const set = (owner: string, type: number, ...texts: string[]): Rrset => ({
  owner: parseAbsoluteName(owner),
  type,
  ttl: 300,
  rdatas: texts.map((text) => parseRdata(type, text)),
})
const soa = (serial: number): Rrset => set('acme', RecordType.SOA, `ns.acme. host.acme. ${serial} 3600 600 86400 60`)

/** What stays as it is: changes are kept only while they are smaller than the zone. */
const filler = Array.from({ length: 30 }, (_, index) => set(`h${index}.acme`, RecordType.TXT, `"${'x'.repeat(200)}"`))

/** A zone that changes as one of the ledger does, and what follows it. */
class Changing {
  readonly store = new ZoneStore()
  readonly followed: FollowedZone
  #serial = 1
  #generation = 0
  seconds = NOW
  #steps: Iterator<void, Uint8Array | undefined> | undefined
  /** What each version held when it was made. */
  readonly texts: (readonly string[])[] = []
  readonly versions: ZoneVersion[] = []

  constructor(isSigned: boolean) {
    this.#apply({ put: [soa(1), set('acme', RecordType.NS, 'ns.acme.'), ...filler] })
    this.followed = new FollowedZone(this.zone)
    if (isSigned) this.sign(keys[0])
  }

  get zone(): MemoryZone {
    return this.store.zone(apex) as MemoryZone
  }

  #apply(change: object): void {
    this.#generation += 1
    this.store.apply([{ apex, ...change }], this.#generation)
  }

  change(change: { clear?: Uint8Array[]; put?: Rrset[] }): void {
    this.#serial += 1
    this.#apply({ ...change, put: [...(change.put ?? []), soa(this.#serial)] })
  }

  sign(key: ZoneKey): void {
    this.#sign(key)
    this.change({})
  }

  #sign(key: ZoneKey): void {
    const rrset = { ...dnskeys, owner: apex, type: RecordType.DNSKEY }
    const times = { inception: NOW - HOUR, expiration: NOW + 1_000 * HOUR }
    this.zone.signLive({
      keys: [key],
      dnskeys,
      dnskeySignatures: [signRrset(apex, rrset, anchor, times)],
      nowSeconds: () => this.seconds,
    })
  }

  /** As when nobody signs the zone any more. */
  signNoMore(): void {
    this.zone.signNoMore()
    this.change({})
  }

  signAll(): void {
    for (const _signature of this.zone.signing?.signAll() ?? []);
  }

  /** As after a jump of the ledger: all is thrown away and made anew, under the same serial perhaps. */
  makeAnew(isSameSerial = false): void {
    const rrsets = [...this.zone.rrsets()].filter(
      ({ type }) => ![RecordType.RRSIG, RecordType.NSEC, RecordType.DNSKEY].some((other) => other === type),
    )
    const isSigned = this.zone.signing !== undefined
    this.#apply({ drop: true })
    this.#apply({ put: rrsets })
    this.followed.follow(this.zone)
    if (isSigned) this.#sign(keys[1])
    if (!isSameSerial) this.change({})
  }

  /** As when there is nothing to be given away for a while, and then the same again, signed anew. */
  vanish(): void {
    this.followed.withdraw()
    this.makeAnew(true)
  }

  /** Works on the next version for so many owners. */
  advance(owners: number): void {
    for (let left = owners; left > 0; left--) {
      this.#steps ??= this.followed.advance()
      const step = this.#steps.next()
      if (step.done !== true) continue
      this.#steps = undefined
      if (step.value === undefined) return
      const version = this.followed.version as ZoneVersion
      assert.deepEqual(step.value, version.soa)
      this.texts.push(recordsOf(version))
      this.versions.push(version)
    }
  }
}

const recordsOf = (version: ZoneVersion): string[] => linesOf(version.entries()).sort()

/** All that the zone would answer with now. */
function served(zone: MemoryZone): string[] {
  const entries: ZoneEntry[] = []
  for (const owner of zone.owners()) {
    const name = zone.name(owner).slice()
    for (const type of zone.types(owner)) {
      if (type === RecordType.RRSIG) continue
      entries.push({ name, type, records: (zone.rrset(owner, type) as Uint8Array).slice() })
      const signatures = zone.signatures(owner, type)?.slice()
      if (signatures !== undefined) entries.push({ name, type: RecordType.RRSIG, records: signatures })
    }
  }
  return linesOf(entries).sort()
}

/** As a secondary applies it (RFC 1995 section 4): what goes must be there, what comes must not. */
function applied(before: readonly string[], differences: readonly ZoneDifference[]): string[] {
  const records = new Set(before)
  for (const { fromSoa, toSoa, removed, added } of differences) {
    const line = (records: Uint8Array) => linesOf([{ name: apex, type: RecordType.SOA, records }])
    for (const text of [...line(fromSoa), ...linesOf(packedEntries(removed))])
      assert.ok(records.delete(text), `removes what is not there: ${text}`)
    for (const text of [...line(toSoa), ...linesOf(packedEntries(added))]) {
      assert.ok(!records.has(text), `adds what is there: ${text}`)
      records.add(text)
    }
  }
  return [...records].sort()
}

const owner = fc.constantFrom('a', 'b', 'x.a', 'y.x.a', '*.b', 'c', 'd.c')
const rrset = fc.oneof(
  fc.tuple(owner, fc.nat(3)).map(([name, last]) => set(`${name}.acme`, RecordType.A, `192.0.2.${last}`)),
  fc.tuple(owner, fc.nat(3)).map(([name, text]) => set(`${name}.acme`, RecordType.TXT, `"${text}"`)),
  owner.map((name) => set(`${name}.acme`, RecordType.NS, 'ns.elsewhere.')),
)
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      clear: fc.array(owner, { maxLength: 2 }),
      put: fc.array(rrset, { maxLength: 4 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('advance' as const), owners: fc.integer({ min: 1, max: 60 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('later' as const), hours: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('signAll' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sign' as const), key: fc.constantFrom(0, 1) }) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'makeAnew' as const }, { kind: 'vanish' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('signNoMore' as const) }) },
)

test('any history: each version is what was served under one serial, and changes lead from every kept one to the last', () => {
  let [differences, versions] = [0, 0]
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { minLength: 10, maxLength: 60 }), (isSigned, steps) => {
      const changing = new Changing(isSigned)
      for (const act of steps) {
        if (act.kind === 'change')
          changing.change({ clear: act.clear.map((name) => parseAbsoluteName(`${name}.acme`)), put: act.put })
        else if (act.kind === 'advance') changing.advance(act.owners)
        else if (act.kind === 'later') {
          changing.seconds += act.hours * HOUR
          // The first block of an hour.
          changing.change({})
        } else if (act.kind === 'signAll') changing.signAll()
        else if (act.kind === 'makeAnew') changing.makeAnew()
        else if (act.kind === 'vanish') changing.vanish()
        else if (act.kind === 'signNoMore') changing.signNoMore()
        else if (isSigned) changing.sign(keys[act.key] as ZoneKey)
      }
      changing.advance(Number.MAX_SAFE_INTEGER)
      changing.signAll()
      changing.change({})
      changing.advance(Number.MAX_SAFE_INTEGER)
      const last = changing.versions.at(-1) as ZoneVersion
      const now = recordsOf(last)
      assert.deepEqual(now, served(changing.zone))
      for (const [index, version] of changing.versions.entries()) {
        const text = recordsOf(version)
        assert.deepEqual(text, changing.texts[index], 'a version has changed')
        const chain = changing.followed.differences(soaSerial(version.soa))
        if (chain === undefined) continue
        differences += 1
        assert.deepEqual(applied(text, chain), now)
      }
      versions += changing.versions.length
    }),
    { numRuns: 30 },
  )
  assert.ok(differences > 40 && versions > 80, `${differences} of ${versions} versions led to the last one`)
})

test('other signatures alone are no version; with the next serial they go out', () => {
  const changing = new Changing(true)
  changing.change({ put: [set('a.acme', RecordType.A, '192.0.2.1')] })
  changing.advance(Number.MAX_SAFE_INTEGER)
  const before = changing.versions.length
  // Of signatures that end at different times some have less than half of their time left.
  changing.seconds += 33 * HOUR
  changing.signAll()
  changing.advance(Number.MAX_SAFE_INTEGER)
  assert.equal(changing.versions.length, before)
  const serial = soaSerial(changing.versions.at(-1)?.soa as Uint8Array)
  changing.change({})
  changing.advance(Number.MAX_SAFE_INTEGER)
  const [difference] = changing.followed.differences(serial) as readonly ZoneDifference[]
  const added = linesOf(packedEntries((difference as ZoneDifference).added))
  assert.ok(added.every((line) => line.includes(' RRSIG ')) && added.length > 5, added.join('\n'))
})

test('what is withdrawn comes back with a version of its own, under the same serial too', () => {
  const changing = new Changing(false)
  const shown = (): number | undefined => {
    const { version } = changing.followed
    return version && soaSerial(version.soa)
  }
  changing.advance(Number.MAX_SAFE_INTEGER)
  assert.equal(shown(), 1)
  changing.followed.withdraw()
  assert.equal(shown(), undefined)
  changing.zone.isServable = false
  changing.advance(Number.MAX_SAFE_INTEGER)
  assert.equal(shown(), undefined)
  changing.zone.isServable = true
  changing.advance(Number.MAX_SAFE_INTEGER)
  assert.equal(shown(), 1)
})

test('a version takes the place of the last one at once, however much changes', () => {
  const changing = new Changing(true)
  changing.change({ put: [set('a.acme', RecordType.A, '192.0.2.1')] })
  changing.advance(Number.MAX_SAFE_INTEGER)
  const before = recordsOf(changing.followed.version as ZoneVersion)
  const owners = changing.zone.ownerCount
  changing.sign(keys[1])
  const steps = changing.followed.advance()
  let count = 0
  for (; steps.next().done !== true; count++)
    if (count % 5 === 0) assert.deepEqual(recordsOf(changing.followed.version as ZoneVersion), before)
  assert.deepEqual(recordsOf(changing.followed.version as ZoneVersion), served(changing.zone))
  // Of each owner: that it may have changed, what it has, what differs, and that it is so from now on.
  assert.ok(count >= 4 * owners, `${count} steps for ${owners} owners`)
})

test('a zone that is withdrawn while its next version is made stays withdrawn', () => {
  const changing = new Changing(false)
  const changeAll = (ttl: number): void => changing.change({ put: filler.map((rrset) => ({ ...rrset, ttl })) })
  changing.advance(Number.MAX_SAFE_INTEGER)
  changeAll(400)
  const steps = [...changing.followed.advance()].length
  for (let done = 1; done < steps; done++) {
    changeAll(400 + done)
    const advance = changing.followed.advance()
    for (let step = 0; step < done; step++) advance.next()
    changing.followed.withdraw()
    changing.zone.isServable = false
    for (let step = advance.next(); ; step = advance.next()) {
      assert.equal(step.value, undefined)
      if (step.done === true) break
    }
    assert.equal(changing.followed.version, undefined, `withdrawn after ${done} of ${steps} steps`)
    changing.zone.isServable = true
    for (const _step of changing.followed.advance());
    assert.deepEqual(recordsOf(changing.followed.version as unknown as ZoneVersion), served(changing.zone))
  }
})

test('what was given away under a serial that is given again leads nowhere; nor does a signed zone to an unsigned one', () => {
  const changing = new Changing(true)
  const serials = (): number[] => changing.versions.map(({ soa }) => soaSerial(soa))
  const known = (): boolean[] => serials().map((serial) => changing.followed.differences(serial) !== undefined)
  const advance = (): void => changing.advance(Number.MAX_SAFE_INTEGER)
  advance()
  changing.change({})
  advance()
  assert.deepEqual(
    [serials(), known()],
    [
      [2, 3],
      [true, false],
    ],
  )
  changing.vanish()
  advance()
  changing.change({})
  advance()
  changing.change({})
  advance()
  assert.deepEqual(
    [serials(), known()],
    [
      [2, 3, 3, 4, 5],
      [false, false, false, true, false],
    ],
  )
  changing.signNoMore()
  advance()
  changing.change({})
  advance()
  assert.deepEqual(
    [serials().slice(4), known().slice(4)],
    [
      [5, 6, 7],
      [false, true, false],
    ],
  )
})
