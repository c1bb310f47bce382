import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto'
import { test } from 'node:test'
import {
  bitmapTypes,
  buildQuery,
  canonicalRdata,
  compareNames,
  ExtendedError,
  extendedErrorCode,
  extendedErrorText,
  formatName,
  formatRecordType,
  lowerCaseName,
  type Message,
  nameEnd,
  parseAbsoluteName,
  parseRecordType,
  RecordType,
  type ResourceRecord,
  readRrsig,
  rrsigLabels,
  rrsigSignedBytes,
} from '@cresset/dns-wire'
import { prepareAnswer } from '../answer/answer.ts'
import { signChanges } from '../sign/sign-changes.ts'
import { signZone } from '../sign/sign-zone.ts'
import { zoneKeyOf } from '../sign/zone-key.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { ZoneStore } from '../store/zone-store.ts'
import { type AskOptions, type Reply, readReply } from '../testing/ask.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { answerTransfer } from '../transfer/transfers.ts'
import { signZoneWithDigest } from '../zonemd/sign-with-digest.ts'
import { keyDenial } from './key-denial.ts'
import { SignatureQueue } from './signature-queue.ts'

const NOW = 1_800_000_000
const TEXT = `
$TTL 3600
@ SOA ns1 host 7 3600 600 604800 300
@ NS ns1
ns1 A 192.0.2.1
www A 192.0.2.80
www TXT "x"
alias CNAME none
a.b.c A 192.0.2.7
*.wild A 192.0.2.81
*.wild TXT "y"
*.else CNAME x.wild
old DNAME www
secure NS ns.secure
secure DS 1 15 2 ${'ab'.repeat(32)}
plain NS ns.plain
ns.plain A 192.0.2.10
`
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const key = zoneKeyOf(privateKey, 257)

function storeWith(keys = [key], text = TEXT, apex = 'example'): ZoneStore {
  const zone = zoneOf(apex, text)
  for (const _owner of signZone(zone, { keys, nowSeconds: NOW, dnskeyTtl: 3_600, denial: 'compact' }));
  zone.compact = keyDenial(keys, () => NOW + 1_234)
  const store = new ZoneStore()
  store.replace(zone, 1)
  return store
}
const store = storeWith()
const queue = new SignatureQueue()

/** Asks with DO unless told, and waits for the signatures. */
async function ask(question: string, options: AskOptions = {}, source = store): Promise<Reply> {
  const [name, type] = question.split(' ') as [string, string]
  const { transport = 'tcp', ...rest } = options
  const asked = { id: 1, name: parseAbsoluteName(name), type: parseRecordType(type) as number, dnssecOk: true, ...rest }
  const prepared = prepareAnswer(buildQuery(asked), source, { transport })
  assert.ok(prepared)
  const bytes = prepared.missing.length === 0 ? prepared.bytes : await queue.complete(prepared, '192.0.2.1')
  assert.ok(bytes)
  const reply = readReply(bytes)
  if (asked.dnssecOk) assertSigned(reply.message)
  return reply
}

/** Every RRset of the zone in answer and authority has a signature that is good and holds now; none is for nothing. */
function assertSigned({ answers, authorities }: Message, by: KeyObject = publicKey): void {
  for (const section of [answers, authorities]) {
    const sets = new Map<string, ResourceRecord[]>()
    for (const record of section.filter(({ type }) => type !== RecordType.RRSIG)) {
      const at = `${formatName(record.name)} ${record.type}`
      sets.set(at, [...(sets.get(at) ?? []), record])
    }
    const signatures = section.filter(({ type }) => type === RecordType.RRSIG)
    for (const records of sets.values()) {
      const [{ name, type, ttl }] = records as [ResourceRecord]
      // A CNAME made of a DNAME has none (RFC 6672 section 5.3.1), nor do the servers of another zone.
      const isMade = type === RecordType.CNAME && section.some((other) => other.type === RecordType.DNAME)
      if (isMade || type === RecordType.NS) continue
      const own = signatures.filter((record) => {
        const rrsig = readRrsig(record.rdata)
        return rrsig?.typeCovered === type && formatName(record.name) === formatName(name)
      })
      assert.ok(own.length > 0, `${formatName(name)} ${formatRecordType(type)} is signed`)
      const rrsig = readRrsig((own[0] as ResourceRecord).rdata)
      assert.ok(rrsig)
      assert.ok(rrsig.inception < NOW && rrsig.expiration > NOW + ttl)
      // Names that were compressed have the case of the question.
      const rdatas = records.map(({ rdata }) => canonicalRdata(type, rdata))
      const rrset = { owner: lowerCaseName(name), type, ttl: rrsig.originalTtl, rdatas }
      assert.ok(verify(null, rrsigSignedBytes(rrsig.head, rrset), by, rrsig.signature), formatName(name))
    }
  }
}

/** The one NSEC of a response: owner, next name, types. */
function nsecOf({ message }: Reply, section: 'answers' | 'authorities' = 'authorities'): string {
  const found = message[section].filter(({ type }) => type === RecordType.NSEC)
  assert.equal(found.length, 1, 'one NSEC alone')
  const [{ name, rdata, ttl }] = found as [ResourceRecord]
  assert.equal(ttl, 300, 'RFC 9077: what the SOA says of denials')
  const end = nameEnd(rdata, 0)
  const types = bitmapTypes(rdata.subarray(end)).map(formatRecordType)
  return `${formatName(name)} ${formatName(rdata.subarray(0, end))} ${types.join(' ')}`
}

const hasSoa = ({ message }: Reply): boolean => message.authorities[0]?.type === RecordType.SOA

test('3.1: a name that is not there is one without data, by an NSEC at the name with NXNAME', async () => {
  const reply = await ask('none.example. A')
  assert.deepEqual([reply.rcode, reply.flags, reply.answer], ['NOERROR', 'aa', []])
  assert.ok(hasSoa(reply))
  assert.equal(nsecOf(reply), 'none.example. \\000.none.example. RRSIG NSEC NXNAME')
  assert.equal(reply.message.authorities.length, 4)
  assert.equal(nsecOf(await ask('x.www.example. AAAA')), 'x.www.example. \\000.x.www.example. RRSIG NSEC NXNAME')
  assert.equal(nsecOf(await ask('x.c.example. AAAA')), 'x.c.example. \\000.x.c.example. RRSIG NSEC NXNAME')
})

test('3.1: each key signs', async () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const second = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const keys = [other, second].map((pair) => zoneKeyOf(pair.privateKey, 257))
  const source = storeWith(keys)
  const prepared = prepareAnswer(
    buildQuery({ id: 1, name: parseAbsoluteName('none.example'), type: 1, dnssecOk: true }),
    source,
    { transport: 'tcp' },
  )
  assert.equal(prepared?.missing.length, 2)
  const { message } = readReply((await queue.complete(prepared, '192.0.2.1')) as Uint8Array)
  const nsec = message.authorities.filter(({ type }) => type === RecordType.NSEC)
  const rrsigs = message.authorities.map(({ rdata, type }) =>
    type === RecordType.RRSIG ? readRrsig(rdata) : undefined,
  )
  for (const [index, pair] of [other, second].entries()) {
    const rrsig = rrsigs.find((own) => own?.typeCovered === RecordType.NSEC && own.keyTag === keys[index]?.tag)
    assert.ok(rrsig)
    const rrset = { owner: nsec[0]!.name, type: RecordType.NSEC, ttl: 300, rdatas: [nsec[0]!.rdata] }
    const options = { key: createPublicKey(pair.privateKey), dsaEncoding: 'ieee-p1363' as const }
    assert.ok(verify('sha256', rrsigSignedBytes(rrsig.head, rrset), options, rrsig.signature))
  }
})

test('3.1: the case of the question stays in the owner, and the signature is over lower case', async () => {
  const reply = await ask('NoNe.eXample. A')
  assert.equal(nsecOf(reply), 'NoNe.eXample. \\000.none.example. RRSIG NSEC NXNAME')
})

test('3.2: a type that is not there, by an NSEC at the name with those that are', async () => {
  const reply = await ask('www.example. AAAA')
  assert.deepEqual([reply.rcode, reply.answer], ['NOERROR', []])
  assert.ok(hasSoa(reply))
  assert.equal(nsecOf(reply), 'www.example. \\000.www.example. A TXT RRSIG NSEC')
  assert.equal(nsecOf(await ask('example. MX')), 'example. \\000.example. NS SOA RRSIG NSEC DNSKEY')
  assert.equal(nsecOf(await ask('old.example. TXT')), 'old.example. \\000.old.example. DNAME RRSIG NSEC')
  assert.equal(nsecOf(await ask('*.wild.example. MX')), '*.wild.example. \\000.*.wild.example. A TXT RRSIG NSEC')
})

test('3.2: an empty non-terminal has RRSIG and NSEC alone', async () => {
  for (const name of ['c.example.', 'b.c.example.', 'wild.example.']) {
    const reply = await ask(`${name} A`)
    assert.equal(reply.rcode, 'NOERROR')
    assert.equal(nsecOf(reply), `${name} \\000.${name} RRSIG NSEC`)
  }
})

test('3.3: what a wildcard gives is signed at the name, and needs no proof', async () => {
  const reply = await ask('x.y.wild.example. A')
  assert.deepEqual([reply.rcode, reply.answer[0]], ['NOERROR', 'x.y.wild.example. 3600 A 192.0.2.81'])
  assert.deepEqual(reply.authority, [])
  const rrsig = readRrsig(reply.message.answers[1]!.rdata)
  assert.equal(rrsig?.labels, rrsigLabels(parseAbsoluteName('x.y.wild.example')))
  const alias = await ask('p.else.example. TXT')
  assert.deepEqual(
    alias.message.answers.map(({ name, type }) => `${formatName(name)} ${formatRecordType(type)}`),
    ['p.else.example. CNAME', 'p.else.example. RRSIG', 'x.wild.example. TXT', 'x.wild.example. RRSIG'],
  )
})

test('3.3: a wildcard without such data, by an NSEC at the name with the types of the wildcard', async () => {
  const reply = await ask('x.wild.example. MX')
  assert.equal(reply.rcode, 'NOERROR')
  assert.equal(nsecOf(reply), 'x.wild.example. \\000.x.wild.example. A TXT RRSIG NSEC')
})

test('3.4: a delegation without a DS, by an NSEC whose next name is behind all that is below', async () => {
  const reply = await ask('www.plain.example. A')
  assert.deepEqual([reply.rcode, reply.flags], ['NOERROR', ''])
  assert.equal(nsecOf(reply), 'plain.example. plain\\000.example. NS RRSIG NSEC')
  assert.deepEqual(reply.additional, ['ns.plain.example. 3600 A 192.0.2.10'])
  assert.equal(nsecOf(await ask('plain.example. DS')), 'plain.example. plain\\000.example. NS RRSIG NSEC')
  const secure = await ask('www.secure.example. A')
  assert.deepEqual(
    secure.message.authorities.map(({ type }) => formatRecordType(type)),
    ['NS', 'DS', 'RRSIG'],
  )
})

test('3.5: a question for NXNAME is malformed, and the extended error says so', async () => {
  for (const name of ['www.example.', 'none.example.']) {
    const { message, rcode } = await ask(`${name} NXNAME`)
    assert.equal(rcode, 'FORMERR')
    assert.equal(extendedErrorCode(message.edns?.options ?? []), ExtendedError.INVALID_QUERY_TYPE)
  }
})

test('3.1: NSEC and RRSIG, which each bitmap lists, are answered', async () => {
  for (const [name, types] of [
    ['none.example.', 'RRSIG NSEC NXNAME'],
    ['b.c.example.', 'RRSIG NSEC'],
    ['x.wild.example.', 'A TXT RRSIG NSEC'],
    ['www.example.', 'A TXT RRSIG NSEC'],
    ['alias.example.', 'CNAME RRSIG NSEC'],
  ] as const) {
    const reply = await ask(`${name} NSEC`)
    assert.equal(nsecOf(reply, 'answers'), `${name} \\000.${name} ${types}`)
    assert.equal(reply.rcode, 'NOERROR')
    const { message } = await ask(`${name} RRSIG`)
    assert.ok(message.answers.length > 0 && message.answers.every(({ type }) => type === RecordType.RRSIG), name)
  }
})

test('3.1: a chain that ends at a name that is not there', async () => {
  const reply = await ask('alias.example. A')
  assert.equal(reply.rcode, 'NOERROR')
  assert.equal(nsecOf(reply), 'none.example. \\000.none.example. RRSIG NSEC NXNAME')
  assert.equal(nsecOf(await ask('q.old.example. A')), 'q.www.example. \\000.q.www.example. RRSIG NSEC NXNAME')
})

test('5: who does not validate hears NXDOMAIN, and there is nothing to sign', async () => {
  for (const question of ['none.example. A', 'alias.example. A', 'none.example. NSEC', 'none.example. RRSIG']) {
    const reply = await ask(question, { dnssecOk: false })
    assert.equal(reply.rcode, 'NXDOMAIN', question)
    assert.ok(reply.message.authorities.every(({ type }) => type === RecordType.SOA))
    const query = buildQuery({ id: 1, name: parseAbsoluteName('none.example'), type: 1 })
    assert.deepEqual(prepareAnswer(query, store, { transport: 'udp' })?.missing, [])
  }
  assert.equal((await ask('b.c.example. A', { dnssecOk: false })).rcode, 'NOERROR')
  assert.equal((await ask('none.example. A', { dnssecOk: false, compactOk: true })).rcode, 'NXDOMAIN')
})

test('5.1: with CO it is NXDOMAIN, and CO comes back', async () => {
  for (const [question, rcode] of [
    ['none.example. A', 'NXDOMAIN'],
    ['alias.example. A', 'NXDOMAIN'],
    ['b.c.example. A', 'NOERROR'],
    ['www.example. A', 'NOERROR'],
    ['www.example. MX', 'NOERROR'],
    ['x.wild.example. MX', 'NOERROR'],
  ] as const) {
    const reply = await ask(question, { compactOk: true })
    assert.deepEqual([reply.rcode, reply.message.edns?.compactOk], [rcode, true], question)
  }
  assert.equal((await ask('none.example. A')).message.edns?.compactOk, undefined)
  const chained = new ZoneStore()
  const zone = zoneOf('example', TEXT)
  for (const _owner of signZone(zone, { keys: [key], nowSeconds: NOW, dnskeyTtl: 3_600 }));
  chained.replace(zone, 1)
  const reply = await ask('none.example. A', { compactOk: true }, chained)
  assert.deepEqual([reply.rcode, reply.message.edns?.compactOk], ['NXDOMAIN', undefined])
})

test('the next name is in order right behind the name, at any length', async () => {
  const label = (length: number, byte: string): string => byte.repeat(length)
  for (const [name, next] of [
    [`${label(62, 'a')}.${label(63, 'b')}.${label(63, 'c')}.${label(54, 'd')}.example`, `${label(61, 'a')}b.`],
    [`${label(61, 'a')}.${label(63, 'b')}.${label(63, 'c')}.${label(54, 'd')}.example`, `${label(61, 'a')}\\000.`],
    [`${label(62, '@')}.${label(63, 'b')}.${label(63, 'c')}.${label(54, 'd')}.example`, `${label(61, '\\@')}[.`],
    [`${label(62, '\\255')}.${label(63, 'b')}.${label(63, 'c')}.${label(54, 'd')}.example`, `${label(62, 'b')}c.`],
  ] as const) {
    const wire = parseAbsoluteName(name)
    const said = nsecOf(await ask(`${name} A`)).split(' ')
    const [owner = '', found = ''] = said
    assert.ok(compareNames(parseAbsoluteName(owner), parseAbsoluteName(found)) < 0)
    assert.ok(parseAbsoluteName(found).length <= 255)
    assert.ok(found.startsWith(next), found)
    assert.ok(wire.length >= 254)
  }
})

test('a denial by UDP that does not fit is truncated, and nothing is signed', () => {
  const name = parseAbsoluteName(`${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example`)
  const query = buildQuery({ id: 1, name, type: 1, dnssecOk: true, udpPayloadBytes: 512 })
  const prepared = prepareAnswer(query, store, { transport: 'udp' })
  assert.equal(readReply(prepared?.bytes as Uint8Array).flags, 'aa tc')
  assert.deepEqual(prepared?.missing, [])
})

test('the zone is given to nobody, with the reason, and has no digest for who would take it', () => {
  const apex = parseAbsoluteName('example')
  const zone = store.zone(apex)
  const rules = { keys: [], prefixes: [{ bytes: new Uint8Array(4), bits: 0 }] }
  for (const [type, transport] of [
    [RecordType.AXFR, 'tcp'],
    [RecordType.IXFR, 'tcp'],
    [RecordType.IXFR, 'udp'],
  ] as const) {
    const asker = { limits: { transport }, client: '192.0.2.1', session: undefined }
    const given = answerTransfer(buildQuery({ id: 1, name: apex, type }), { zone: () => zone }, rules, asker)
    assert.ok(given instanceof Uint8Array)
    const { rcode, message } = readReply(given)
    assert.equal(rcode, 'REFUSED')
    assert.match(
      String(Buffer.from(extendedErrorText(message.edns?.options ?? []) ?? [])),
      /it has no chain to give away/,
    )
  }
  const bare = zoneOf('example', `${TEXT}@ ZONEMD 7 1 1 ${'ab'.repeat(48)}\n`)
  const signing = { keys: [key], nowSeconds: NOW, dnskeyTtl: 60, denial: 'compact' } as const
  for (const _owner of signZoneWithDigest(bare, signing));
  assert.ok([...bare.rrsets()].every(({ type }) => type !== RecordType.ZONEMD && type !== RecordType.NSEC))
  assert.ok(bare.signatures(bare.apexOwner, RecordType.SOA))
})

test('a name is there as soon as an update has made it, and denied as soon as another one takes it away', async () => {
  const own = storeWith()
  const zone = own.zone(parseAbsoluteName('example')) as MemoryZone
  const name = parseAbsoluteName('fresh.example')
  const change = (act: () => void): void => {
    const steps = function* (): Generator<void> {
      yield act()
    }
    for (const _step of signChanges(zone, [{ name, isCutChange: false }], steps, {
      keys: [key],
      nowSeconds: NOW,
      hasChain: false,
    }));
  }
  const denied = 'fresh.example. \\000.fresh.example. RRSIG NSEC NXNAME'
  assert.equal(nsecOf(await ask('fresh.example. A', {}, own)), denied)
  change(() => zone.put({ owner: name, type: RecordType.A, ttl: 60, rdatas: [Uint8Array.of(192, 0, 2, 9)] }))
  assert.deepEqual((await ask('fresh.example. A', {}, own)).answer[0], 'fresh.example. 60 A 192.0.2.9')
  assert.equal(nsecOf(await ask('fresh.example. TXT', {}, own)), 'fresh.example. \\000.fresh.example. A RRSIG NSEC')
  change(() => zone.remove(name, RecordType.A))
  assert.equal(nsecOf(await ask('fresh.example. A', {}, own)), denied)
  assert.ok([...zone.rrsets()].every(({ type }) => type !== RecordType.NSEC))
})
