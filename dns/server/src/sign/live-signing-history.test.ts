import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import {
  buildQuery,
  DnssecAlgorithm,
  dnskeyRdata,
  formatName,
  formatRecordType,
  keyTag,
  parseAbsoluteName,
  parseMessage,
  parseRdata,
  RecordType,
  type Rrset,
  readName,
  readRrsig,
  rrsigSignedBytes,
} from '@cresset/dns-wire'
import fc from 'fast-check'
import { answer } from '../answer/answer.ts'
import { rdatasOf, ttlOf } from '../records.ts'
import { canonicalKey } from '../store/canonical-key.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { type ZoneChange, ZoneStore } from '../store/zone-store.ts'
import { linesOf } from '../testing/zone-records.ts'
import { emptyZone } from '../zone-file/zone-builder.ts'
import { isHidden, isSigned } from './authority.ts'
import { signZone } from './sign-zone.ts'
import type { ZoneKey } from './zone-key.ts'

const NOW = 1_800_000_000
const apex = parseAbsoluteName('acme')

/** Signs by a hash of what is signed, so that thousands of signatures can be made and checked. */
const hashOf = (secret: number, bytes: Uint8Array): Uint8Array =>
  createHash('sha512').update(Uint8Array.of(secret)).update(bytes).digest()
const keys = [1, 2].map((secret): ZoneKey => {
  const publicKey = new Uint8Array(32).fill(secret)
  const dnskey = dnskeyRdata({ flags: 256, algorithm: DnssecAlgorithm.ED25519, publicKey })
  const sign = (bytes: Uint8Array): Uint8Array => hashOf(secret, bytes)
  const signLater = (bytes: Uint8Array): Promise<Uint8Array> => Promise.resolve(sign(bytes))
  return { algorithm: DnssecAlgorithm.ED25519, flags: 256, dnskey, tag: keyTag(dnskey), sign, signLater }
})

/** RDATA of each type that comes and goes; an SOA with two sets of times. */
const rdataOf: ReadonlyMap<number, readonly string[]> = new Map([
  [RecordType.A, ['192.0.2.1', '192.0.2.2']],
  [RecordType.TXT, ['"x"']],
  [RecordType.NS, ['ns.elsewhere.', 'ns.a.acme.']],
  [RecordType.DS, [`1 15 2 ${'ab'.repeat(32)}`]],
  [RecordType.CAA, ['0 issue ";"']],
])
const rrsetOf = (owner: Uint8Array, type: number, index: number): Rrset => {
  const texts = rdataOf.get(type) as readonly string[]
  return { owner, type, ttl: 300, rdatas: [parseRdata(type, texts[index % texts.length] as string)] }
}
const soaOf = (serial: number, minimum: number): Rrset => ({
  owner: apex,
  type: RecordType.SOA,
  ttl: 300,
  rdatas: [parseRdata(RecordType.SOA, `ns.acme. host.acme. ${serial} 3600 600 86400 ${minimum}`)],
})
/** So many that the chain is in several pieces of memory. */
const filler = Array.from({ length: 300 }, (_, index) =>
  rrsetOf(parseAbsoluteName(`h${index}.acme`), RecordType.TXT, 0),
)

// Few labels, so that names meet; with what sorts at the ends, and wildcards at any depth.
const label = fc.constantFrom('a', 'b', 'ab', '*', '*', '-', '\0', '\x01', 'a\0', '\xff', 'h3')
const owner = fc
  .array(label, { minLength: 1, maxLength: 4 })
  .map((labels) =>
    Uint8Array.from([...labels.flatMap((text) => [text.length, ...Buffer.from(text, 'latin1')]), ...apex]),
  )
const type = fc.constantFrom(...rdataOf.keys(), RecordType.NS)
const removal = fc.record({ owner, type })
const change = fc.record({
  kind: fc.constant('change' as const),
  clear: fc.array(owner, { maxLength: 2 }),
  remove: fc.array(removal, { maxLength: 3 }),
  put: fc.array(fc.tuple(owner, type, fc.nat(1)), { maxLength: 6 }),
  // Mostly what is there goes, as it does where somebody gives up what he had.
  takes: fc.array(fc.nat(), { maxLength: 3 }),
  minimum: fc.option(fc.constantFrom(60, 60, 60, 200), { nil: undefined }),
})
const step = fc.oneof(
  { weight: 12, arbitrary: change },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sign' as const), key: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('signNoMore' as const) }) },
)

type Step = typeof step extends fc.Arbitrary<infer Type> ? Type : never

/** A zone of the store that is signed while it changes, as one of the ledger is. */
class History {
  readonly store = new ZoneStore({ hashKey: [1, 2], initialBytes: 4_096 })
  #generation = 0
  #key = keys[0] as ZoneKey

  constructor(isLarge: boolean) {
    this.apply({ put: [soaOf(1, 60), rrsetOf(apex, RecordType.NS, 0), ...(isLarge ? filler : [])] })
    this.sign(this.#key)
  }

  get zone(): MemoryZone {
    return this.store.zone(apex) as MemoryZone
  }

  get key(): ZoneKey {
    return this.#key
  }

  apply(change: Omit<ZoneChange, 'apex'>): void {
    this.#generation += 1
    this.store.apply([{ apex, ...change }], this.#generation)
  }

  sign(key: ZoneKey): void {
    this.#key = key
    const dnskeys = { ttl: 600, rdatas: keys.map(({ dnskey }) => dnskey) }
    this.zone.signLive({ keys: [key], dnskeys, dnskeySignatures: [], nowSeconds: () => NOW })
  }

  act(step: Step): void {
    if (step.kind === 'sign') this.sign(keys[step.key] as ZoneKey)
    else if (step.kind === 'signNoMore') this.zone.signNoMore()
    else {
      const owners = [...this.zone.owners()].slice(1).map((place) => this.zone.name(place).slice())
      const taken = step.takes.flatMap((number) => owners[number % owners.length] ?? [])
      const put = step.put.map(([name, type, index]) => rrsetOf(name, type, index))
      if (step.minimum !== undefined) put.push(soaOf(this.#generation + 1, step.minimum))
      const remove = [...step.remove, ...taken.map((name) => ({ owner: name, type: RecordType.A }))]
      this.apply({ clear: [...step.clear, ...taken.slice(1)], remove, put })
    }
  }
}
/** The same data in another zone, signed as a whole by nobody: with its chain. */
function chainedWhole(zone: MemoryZone): MemoryZone {
  const whole = emptyZone(apex)
  for (const rrset of zone.rrsets())
    if (rrset.type !== RecordType.RRSIG && rrset.type !== RecordType.NSEC) whole.put(rrset)
  for (const _owner of signZone(whole, { keys: [], nowSeconds: NOW, dnskeyTtl: 600 }));
  return whole
}

/** All but the signatures, each entry as text of its bytes, in one order. */
const textsOf = (zone: MemoryZone): string[] =>
  [...zone.entries()]
    .filter(({ type }) => type !== RecordType.RRSIG)
    .map(({ name, records }) => Buffer.concat([name, records]).toString('latin1'))
    .sort()

function assertSameRecords(actual: MemoryZone, expected: MemoryZone): void {
  // As lines for people only when they differ: that takes ten times as long.
  if (textsOf(actual).join('\n') === textsOf(expected).join('\n')) return
  const [is, ought] = [actual, expected].map((zone) => new Set(linesOf(zone.entries())))
  const lines = (of: Set<string>, without: Set<string>): string[] =>
    [...of].filter((line) => !without.has(line) && !line.includes(' RRSIG '))
  assert.deepEqual(lines(is as Set<string>, ought as Set<string>), lines(ought as Set<string>, is as Set<string>))
  assert.fail('records stand in another order')
}

/** Each signature that is kept is over what is there now. Gives how many there are. */
function assertKept({ zone, key }: History): number {
  let count = 0
  for (const { name, type, records } of [...zone.entries()]) {
    if (type !== RecordType.RRSIG) continue
    const place = zone.find(name, 0)
    for (const rdata of rdatasOf(records)) {
      const { head, signature, typeCovered, keyTag } = readRrsig(rdata) as NonNullable<ReturnType<typeof readRrsig>>
      const what = `${formatName(name)} ${formatRecordType(typeCovered)}`
      assert.ok(!isHidden(zone, place) && isSigned(zone, place, typeCovered), `${what} is not to be signed here`)
      const covered = zone.rrset(place, typeCovered)
      assert.ok(covered !== undefined, `${what} is signed, and not there`)
      const rrset = { owner: name, type: typeCovered, ttl: ttlOf(covered), rdatas: rdatasOf(covered) }
      const secret = keys.findIndex(({ tag }) => tag === keyTag) + 1
      const expected = hashOf(secret, rrsigSignedBytes(head, rrset))
      assert.equal(Buffer.compare(expected, signature), 0, `the signature over ${what} is over something else`)
      if (keyTag === key.tag) count += 1
    }
  }
  return count
}

/** What a validator wants of an answer made from a wildcard (RFC 4035 section 5.3.4): a signed NSEC around the name. True if it was one. */
function assertExpansionProven(store: ZoneStore, name: Uint8Array): boolean {
  const query = buildQuery({ id: 1, name, type: RecordType.A, dnssecOk: true })
  const { answers, authorities } = parseMessage(answer(query, store, { transport: 'tcp' }) as Uint8Array)
  const labelCount = [...labelsOf(name)].length
  const isExpanded = answers.some(({ type, rdata }) => type === RecordType.RRSIG && (rdata[3] as number) < labelCount)
  if (!isExpanded) return false
  const key = canonicalKey(name)
  const isBelow = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) < 0
  const proof = authorities.find(({ type, name: from, rdata }) => {
    if (type !== RecordType.NSEC) return false
    const [start, end] = [canonicalKey(from), canonicalKey(readName(rdata, 0).name)]
    return isBelow(start, end) ? isBelow(start, key) && isBelow(key, end) : isBelow(start, key)
  })
  assert.ok(proof !== undefined, `no NSEC around ${formatName(name)}`)
  const signed = authorities.some(
    (record) => record.type === RecordType.RRSIG && Buffer.compare(record.name, proof.name) === 0,
  )
  assert.ok(signed, `the NSEC of ${formatName(proof.name)} is not signed`)
  return true
}

/** Names that nobody has, for which the first few wildcards may stand, or what is beside them. */
function namesAtWildcards(zone: MemoryZone): Uint8Array[] {
  const names = [...zone.owners()].map((place) => zone.name(place).slice())
  return names
    .filter((name) => name[0] === 1 && name[1] === 0x2a)
    .slice(0, 6)
    .flatMap((name) =>
      ['\0', 'aa', 'zz'].map((text) =>
        Uint8Array.from([text.length, ...Buffer.from(text, 'latin1'), ...name.subarray(2)]),
      ),
    )
}

function* labelsOf(name: Uint8Array): Generator<number> {
  for (let at = 0; name[at] !== 0; at += 1 + (name[at] as number)) if (name[at] !== 1 || name[at + 1] !== 0x2a) yield at
}

test('any history gives the chain and the bitmaps of a zone that is signed whole, and proves what wildcards give', () => {
  let [kept, expanded] = [0, 0]
  fc.assert(
    fc.property(fc.nat(4), fc.array(step, { minLength: 3, maxLength: 12 }), (size, steps) => {
      const history = new History(size === 0)
      for (const act of steps) {
        history.act(act)
        const { zone, store } = history
        if (zone.signing === undefined) {
          assert.equal(zone.chain, undefined)
          const left = [...zone.entries()].filter(({ type }) =>
            [RecordType.RRSIG, RecordType.NSEC, RecordType.DNSKEY].some((other) => other === type),
          )
          assert.deepEqual(linesOf(left), [])
          history.sign(history.key)
        }
        assertSameRecords(zone, chainedWhole(zone))
        kept += assertKept(history)
        for (const name of namesAtWildcards(zone)) if (assertExpansionProven(store, name)) expanded += 1
        if (act.kind === 'change' && act.takes.length === 0) for (const _signature of zone.signing?.signAll() ?? []);
      }
    }),
    { numRuns: 30 },
  )
  assert.ok(kept > 200 && expanded > 20, `${kept} signatures were kept, ${expanded} answers made from wildcards`)
})
