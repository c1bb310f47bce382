import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildQuery, parseAbsoluteName, RecordType, writeUint16, writeUint32 } from '@cresset/dns-wire'
import { answer } from '../answer/answer.ts'
import { storeOf } from '../testing/zone-text.ts'
import { type CountBy, LATENCY_BOUNDS_SECONDS, QueryStatistics } from './query-statistics.ts'
import { responseCode } from './response-code.ts'

const store = storeOf({ 'a.': '@ SOA ns host 7 2 3 4 5\nwww A 192.0.2.1' })
const query = (name: string, type: number, version = 0): Uint8Array => {
  const bytes = buildQuery({ id: 1, name: parseAbsoluteName(name), type })
  writeUint32(bytes, bytes.length - 6, version << 16)
  return bytes
}
const response = (bytes: Uint8Array): Uint8Array => answer(bytes, store, { transport: 'udp' }) as Uint8Array
const present = (counts: readonly CountBy[]): string[] =>
  counts.filter(({ count }) => count > 0).map(({ transport, label, count }) => `${transport} ${label} ${count}`)

test('queries by transport and type, responses by code; a hundred types that nobody knows are one', () => {
  const statistics = new QueryStatistics()
  const series = statistics.queries().length
  const count = (bytes: Uint8Array, transport: 'udp' | 'tcp'): void =>
    statistics.count(bytes, response(bytes), transport, 0.02)
  count(query('www.a', RecordType.A), 'udp')
  count(query('www.a', RecordType.A), 'udp')
  count(query('none.a', RecordType.HTTPS), 'tcp')
  count(query('elsewhere', RecordType.AXFR), 'tcp')
  count(query('www.a', RecordType.A, 1), 'udp')
  for (let type = 60_000; type < 60_100; type++) count(query('www.a', type), 'udp')
  assert.deepEqual(present(statistics.queries()), ['udp A 3', 'udp other 100', 'tcp HTTPS 1', 'tcp AXFR 1'])
  assert.deepEqual(present(statistics.responses()), [
    'udp NOERROR 102',
    'udp BADVERS 1',
    'tcp NXDOMAIN 1',
    'tcp REFUSED 1',
  ])
  assert.equal(statistics.queries().length, series)
})

test('what is no query, and what is not answered, is counted as such', () => {
  const statistics = new QueryStatistics()
  const notify = query('a', RecordType.SOA)
  notify[2] = 0x20
  for (const bytes of [notify, new Uint8Array(), new Uint8Array(11), query('a', RecordType.A).subarray(0, 14)])
    statistics.count(bytes, undefined, 'udp', 1)
  statistics.count(query('www.a', RecordType.A), undefined, 'udp', 1)
  assert.deepEqual(present(statistics.queries()), ['udp A 1', 'udp other 4'])
  assert.deepEqual(present(statistics.responses()), [])
  assert.deepEqual(
    statistics.latencies().map(({ count }) => count),
    [0, 0],
  )
})

test('a response code of more than four bits, and none where a record only looks like the OPT record', () => {
  assert.equal(responseCode(response(query('www.a', RecordType.A, 3))), 16)
  const unknown = response(query('www.a', RecordType.A, 1))
  unknown[unknown.length - 6] = 0xff
  assert.equal(responseCode(unknown), 0xff0)
  const statistics = new QueryStatistics()
  statistics.count(query('www.a', RecordType.A), unknown, 'udp', 1)
  assert.deepEqual(present(statistics.responses()), ['udp other 1'])
  const header = new Uint8Array(12)
  header[3] = 5
  writeUint16(header, 10, 1)
  assert.equal(responseCode(header), 5)
})

test('latencies: each bound holds what took no longer, and the sum is in seconds', () => {
  const statistics = new QueryStatistics()
  const bytes = query('www.a', RecordType.A)
  for (const durationMs of [0, 0.01, 0.0101, 4, 5, 6_000]) statistics.count(bytes, response(bytes), 'tcp', durationMs)
  const [udp, tcp] = statistics.latencies()
  assert.equal(udp?.count, 0)
  assert.equal(tcp?.count, 6)
  assert.ok(Math.abs((tcp?.sumSeconds ?? 0) - 6.0090201) < 1e-9)
  const at = (bound: number): number | undefined =>
    tcp?.cumulative[(LATENCY_BOUNDS_SECONDS as readonly number[]).indexOf(bound)]
  assert.deepEqual([at(0.00001), at(0.000025), at(0.0025), at(0.005), at(5)], [2, 3, 3, 5, 5])
})
