import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import {
  buildQuery,
  formatName,
  type Message,
  parseAbsoluteName,
  parseMessage,
  Rcode,
  RecordType,
  writeUint16,
} from '@cresset/dns-wire'
import type { MessageStream } from '../listen/listener.ts'
import { encodeRecords, soaSerial } from '../records.ts'
import { zoneKeyOf } from '../sign/zone-key.ts'
import { ZoneStore } from '../store/zone-store.ts'
import { readZoneText } from '../testing/zone-text.ts'
import { parsePrefix } from '../transfer/prefix.ts'
import { answerTransfer, newTransferCounters } from '../transfer/transfers.ts'
import { FollowedZones } from './followed-zones.ts'
import { Takers } from './takers.ts'

const apex = parseAbsoluteName('acme')
const soaOf = (serial: number) => `@ SOA ns host ${serial} 60 30 600 60\n@ NS ns\n`
const rules = { keys: [], prefixes: [parsePrefix('192.0.2.0/24')!] }
const counters = newTransferCounters()

function transfer(
  source: FollowedZones,
  serial?: number,
  transport: 'tcp' | 'udp' = 'tcp',
  client = '192.0.2.1',
): Message[] {
  let query = buildQuery({
    id: 1,
    name: apex,
    type: serial === undefined ? RecordType.AXFR : RecordType.IXFR,
    udpPayloadBytes: 0,
  })
  if (serial !== undefined) {
    const soa = readZoneText('acme', soaOf(serial)).find(({ type }) => type === RecordType.SOA)
    query = Uint8Array.from(Buffer.concat([query, Uint8Array.of(0xc0, 12), encodeRecords(soa!)]))
    writeUint16(query, 8, 1)
  }
  const answer = answerTransfer(query, source, rules, { limits: { transport }, client, session: undefined }, counters)
  if (answer instanceof Uint8Array) return [parseMessage(answer)]
  return [...{ [Symbol.iterator]: () => (answer as MessageStream).messages }].map((message) => parseMessage(message))
}
const rcodeOf = ([message]: Message[]) => message?.rcode
const countOf = (messages: Message[]) => messages.reduce((sum, { answers }) => sum + answers.length, 0)

test('a zone can be taken from its first version on, while it can be served, and while its data is not too old', async (context) => {
  const store = new ZoneStore()
  const versions: number[] = []
  const zones = new FollowedZones({ store, apexes: [apex], onVersion: (_apex, soa) => versions.push(soaSerial(soa)) })
  context.after(() => zones.close())
  assert.equal(rcodeOf(transfer(zones)), Rcode.NOTAUTH)
  store.apply([{ apex, put: readZoneText('acme', `${soaOf(1)}a A 192.0.2.1`) }], 1)
  assert.equal(rcodeOf(transfer(zones)), Rcode.SERVFAIL)
  await zones.update()
  assert.deepEqual([countOf(transfer(zones)), versions], [4, [1]])
  store.apply([{ apex, put: readZoneText('acme', `${soaOf(2)}b A 192.0.2.1`) }], 2)
  // What can be taken is the version from before, as a whole.
  assert.deepEqual([countOf(transfer(zones)), countOf(transfer(zones, 1))], [4, 1])
  await zones.update()
  assert.deepEqual([countOf(transfer(zones)), countOf(transfer(zones, 1)), versions], [5, 5, [1, 2]])
  store.setStale(true)
  assert.equal(rcodeOf(transfer(zones)), Rcode.SERVFAIL)
  await zones.update()
  assert.deepEqual(versions, [1, 2])
  store.setStale(false)
  await zones.update()
  assert.deepEqual(versions, [1, 2, 2], 'who was refused hears that it can be taken again')
  store.zone(apex)!.isServable = false
  assert.equal(rcodeOf(transfer(zones)), Rcode.SERVFAIL)
  await zones.update()
  store.zone(apex)!.isServable = true
  assert.equal(rcodeOf(transfer(zones)), Rcode.SERVFAIL, 'what was withdrawn waits for a version of its own')
  await zones.update()
  assert.equal(countOf(transfer(zones)), 5)
  store.apply([{ apex, drop: true }], 3)
  await zones.update()
  assert.equal(rcodeOf(transfer(zones)), Rcode.NOTAUTH)
})

test('a transfer under way goes on with the version that it began with', async (context) => {
  const store = new ZoneStore()
  const zones = new FollowedZones({ store, apexes: [apex] })
  context.after(() => zones.close())
  const text = (value: number) =>
    Array.from({ length: 600 }, (_, index) => `h${index} TXT "${value} ${'x'.repeat(40)}"\n`).join('')
  store.apply([{ apex, put: readZoneText('acme', soaOf(1) + text(1)) }], 1)
  await zones.update()
  const query = buildQuery({ id: 1, name: apex, type: RecordType.AXFR })
  const asker = { limits: { transport: 'tcp' as const }, client: '192.0.2.1', session: undefined }
  const { messages } = answerTransfer(query, zones, rules, asker) as MessageStream
  // Not even begun: what it gives is settled all the same.
  store.apply([{ apex, put: readZoneText('acme', soaOf(2) + text(2)) }], 2)
  await zones.update()
  const taken = [...{ [Symbol.iterator]: () => messages }].flatMap((message) => parseMessage(message).answers)
  const values = taken.filter(({ type }) => type === RecordType.TXT).map(({ rdata }) => String.fromCharCode(rdata[1]!))
  assert.deepEqual([values.length, new Set(values)], [600, new Set(['1'])])
  const serials = taken.filter(({ type }) => type === RecordType.SOA).map(({ rdata }) => soaSerial(rdata))
  assert.deepEqual(serials, [1, 1])
})

test('of a signed zone changes go to those alone who have the version before from here, and not by datagrams', async (context) => {
  const store = new ZoneStore()
  const zones = new FollowedZones({ store, apexes: [apex] })
  context.after(() => zones.close())
  const key = zoneKeyOf(generateKeyPairSync('ed25519').privateKey, 256)
  store.apply([{ apex, put: readZoneText('acme', `${soaOf(1)}a A 192.0.2.1\nb A 192.0.2.1`) }], 1)
  const dnskeys = { ttl: 60, rdatas: [key.dnskey] }
  store.zone(apex)!.signLive({ keys: [key], dnskeys, dnskeySignatures: [], nowSeconds: () => 1_800_000_000 })
  await zones.update()
  const whole = countOf(transfer(zones))
  store.apply([{ apex, put: readZoneText('acme', `${soaOf(2)}a A 192.0.2.2`) }], 2)
  await zones.update()
  const [changes, toOther] = [transfer(zones, 1), transfer(zones, 1, 'tcp', '192.0.2.2')]
  assert.ok(countOf(changes) < whole, `${countOf(changes)} of ${whole}`)
  assert.equal(countOf(toOther), whole, 'another server with the same serial has other signatures')
  const [datagram] = transfer(zones, 1, 'udp')
  assert.deepEqual([datagram?.answers.length, datagram?.rcode], [1, Rcode.NOERROR])
  store.apply([{ apex, put: readZoneText('acme', `${soaOf(3)}a A 192.0.2.3`) }], 3)
  await zones.update()
  assert.ok(countOf(transfer(zones, 2, 'tcp', '192.0.2.2')) < whole)
  // What is given away is the signed version still.
  store.zone(apex)!.signNoMore()
  assert.equal(countOf(transfer(zones, 2, 'tcp', '192.0.2.3')), whole)
  const filler = `c TXT "${'x'.repeat(200)}"\nd TXT "x"\n`
  store.apply([{ apex, put: readZoneText('acme', `${soaOf(4)}a A 192.0.2.4\n${filler}`) }], 4)
  await zones.update()
  store.apply([{ apex, put: readZoneText('acme', `${soaOf(5)}a A 192.0.2.5`) }], 5)
  await zones.update()
  const fromUnsigned = countOf(transfer(zones, 4, 'tcp', '192.0.2.4'))
  const fromSigned = countOf(transfer(zones, 3, 'tcp', '192.0.2.2'))
  assert.deepEqual([fromUnsigned, fromSigned], [6, 7], 'unsigned, the zone is the same at all of its servers')
})

test('a zone with compact denial is given to nobody', async (context) => {
  const store = new ZoneStore()
  store.apply([{ apex, put: readZoneText('acme', soaOf(1)) }], 1)
  const key = zoneKeyOf(generateKeyPairSync('ed25519').privateKey, 256)
  const dnskeys = { ttl: 60, rdatas: [key.dnskey] }
  const nowSeconds = () => 1_800_000_000
  store.zone(apex)?.signLive({ keys: [key], dnskeys, dnskeySignatures: [], denial: 'compact', nowSeconds })
  const zones = new FollowedZones({ store, apexes: [apex] })
  context.after(() => zones.close())
  await zones.update()
  for (const messages of [transfer(zones), transfer(zones, 1), transfer(zones, 1, 'udp')])
    assert.equal(rcodeOf(messages), Rcode.REFUSED)
})

test('takers and their versions are forgotten, those first that were not heard of for longest', () => {
  const takers = new Takers()
  for (let serial = 0; serial < 1_500; serial++) takers.add('one', serial)
  assert.deepEqual([takers.has('one', 499), takers.has('one', 500), takers.has('one', 1_499)], [false, true, true])
  for (let index = 0; index < 255; index++) takers.add(`${index}`, 1)
  takers.add('one', 1_500)
  takers.add('last', 1)
  assert.deepEqual([takers.has('0', 1), takers.has('1', 1), takers.has('one', 1_500)], [false, true, true])
})

test('a large zone does not hold up a small one', async (context) => {
  const store = new ZoneStore()
  const told: string[] = []
  const small = parseAbsoluteName('small')
  const onVersion = (name: Uint8Array): void => void told.push(formatName(name))
  const zones = new FollowedZones({ store, apexes: [apex, small], onVersion })
  context.after(() => zones.close())
  const hosts = Array.from({ length: 12_000 }, (_, index) => `h${index} TXT "x"\n`).join('')
  store.apply([{ apex, put: readZoneText('acme', soaOf(1) + hosts) }], 1)
  store.apply([{ apex: small, put: readZoneText('small', soaOf(1)) }], 2)
  await zones.update()
  assert.deepEqual(told, ['small.', 'acme.'])
})

test('versions are made no more often than they may be, and the last one has all', async (context) => {
  const store = new ZoneStore()
  const serials: number[] = []
  const onVersion = (_apex: Uint8Array, soa: Uint8Array): void => void serials.push(soaSerial(soa))
  const zones = new FollowedZones({ store, apexes: [apex], onVersion, intervalMs: 200 })
  context.after(() => zones.close())
  const startMs = performance.now()
  for (let serial = 1; serial <= 30; serial++) {
    store.apply([{ apex, put: readZoneText('acme', `${soaOf(serial)}h${serial} A 192.0.2.1`) }], serial)
    void zones.update()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await zones.update()
  const most = 1 + Math.ceil((performance.now() - startMs) / 200)
  assert.ok(serials.length <= most && serials.at(-1) === 30, serials.join())
  assert.equal(countOf(transfer(zones)), 33)
})
