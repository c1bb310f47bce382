import assert from 'node:assert/strict'
import { buildQuery, parseAbsoluteName, parseMessage, RecordType, readUint16, writeUint16 } from '@cresset/dns-wire'
import { differenceOf, type ZoneDifference } from '../journal/zone-difference.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { parsePrefix } from './prefix.ts'
import type { AnyTransferSource } from './transfer-source.ts'
import { answerTransfer, isTransferQuery } from './transfers.ts'

export const name = 'dns-transfer'

const soa = (serial: number): string => `@ 60 SOA ns host ${serial} 3600 600 604800 300\n@ 60 NS ns\n`
const hosts = Array.from({ length: 50 }, (_, index) => `h${index} 60 TXT "${'x'.repeat(100)}"\n`).join('')
const [before, after] = [1, 2].map((serial) =>
  zoneOf('example', `${soa(serial)}a 60 A 192.0.2.${serial}\n${hosts}`),
) as [ReturnType<typeof zoneOf>, ReturnType<typeof zoneOf>]
const steps = differenceOf(before, after)
let step = steps.next()
while (step.done !== true) step = steps.next()
const difference = step.value as ZoneDifference
const source = {
  zone: () => after,
  differences: (_apex: Uint8Array, serial: number) => (serial === 1 ? [difference] : undefined),
}
const sources: readonly AnyTransferSource[] = [
  source,
  { ...source, given: () => undefined },
  { zone: () => 'not-ready' as const },
]
const rules = { keys: [], prefixes: [parsePrefix('192.0.2.0/24')!] }

function ixfr(serial: number, udpPayloadBytes: number): Uint8Array {
  const own = zoneOf('example', soa(serial))
  const records = own.rrset(own.apexOwner, RecordType.SOA) as Uint8Array
  const plain = buildQuery({ id: 1, name: own.apex, type: RecordType.IXFR, udpPayloadBytes: 0 })
  const edns = buildQuery({
    id: 1,
    name: own.apex,
    type: RecordType.IXFR,
    udpPayloadBytes,
    ednsOptions: [{ code: 9, data: new Uint8Array() }],
  })
  const query = Buffer.concat([plain, Uint8Array.of(0xc0, 12), records, edns.subarray(plain.length)])
  writeUint16(query, 8, 1)
  writeUint16(query, 10, readUint16(edns, 10))
  return Uint8Array.from(query)
}

export const seeds: readonly Uint8Array[] = [
  buildQuery({ id: 1, name: parseAbsoluteName('example'), type: RecordType.AXFR }),
  ...[0, 1, 2, 3].flatMap((serial) => [0, 512, 4096].map((bytes) => ixfr(serial, bytes))),
]

/** Whatever the query is, the answer is well-formed, fits, and begins with the SOA or is an error without a record. */
export function run(bytes: Uint8Array): void {
  for (const [transport, limit] of [
    ['udp', 1_232],
    ['tcp', 65_535],
  ] as const)
    if (isTransferQuery(bytes, transport)) for (const from of sources) check(bytes, from, transport, limit)
}

function check(bytes: Uint8Array, from: AnyTransferSource, transport: 'udp' | 'tcp', limit: number): void {
  const asker = { limits: { transport }, client: '192.0.2.1', session: undefined }
  const answer = answerTransfer(bytes, from, rules, asker)
  if (answer === undefined) {
    assert((bytes[2] as number) >= 0x80, 'a query got no response')
    return
  }
  const messages = answer instanceof Uint8Array ? [answer] : [...{ [Symbol.iterator]: () => answer.messages }]
  for (const message of messages) assert(message.length <= limit)
  const parsed = messages.map((message) => parseMessage(message))
  for (const { id, flags } of parsed) assert(id === readUint16(bytes, 0) && flags.isResponse)
  const records = parsed.flatMap(({ answers }) => answers)
  if (parsed[0]?.rcode !== 0) assert.equal(records.length, 0)
  else if (records.length > 0 || !parsed[0].flags.truncated)
    assert.deepEqual([records[0]?.type, records.at(-1)?.type], [RecordType.SOA, RecordType.SOA])
  if (from.given !== undefined && transport === 'udp') assert(records.length <= 1, 'changes went by a datagram')
}
