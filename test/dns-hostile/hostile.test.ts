import assert from 'node:assert/strict'
import { test } from 'node:test'
import { abuseKinds } from './hostile-connection.ts'
import { hostileKinds, hostileMessage } from './hostile-message.ts'
import { MAX_HEAP_GROWTH_BYTES, tableOf } from './print-hostile.ts'
import { heapGrowth, median, runHostile } from './run-hostile.ts'

const messages = 200_000

test(`${messages} hostile messages by UDP and TCP: no failure, no growing heap, and answers as before`, {
  timeout: 110_000,
}, async (context) => {
  const result = await runHostile({ seed: Number(process.env['CRESSET_TEST_SEED'] ?? 20_261_121), messages })
  for (const line of tableOf(result)) context.diagnostic(line)
  assert.deepEqual(result.problems, [])
  assert.equal(result.messages, messages)
  assert.ok(result.byTcp > messages / 10, `${result.byTcp} messages went by TCP`)
  assert.ok(result.byProxy > messages / 10, `${result.byProxy} messages came from a proxy`)
  // A loopback with a waiting reader loses next to nothing; what a bad proxy sends and what a reset cut off is not read.
  const wholeByUdp = messages - result.byTcp - result.byProxy
  assert.ok(result.last.udpQueries > wholeByUdp * 0.999 + result.byProxy / 2, `${result.last.udpQueries} came by UDP`)
  assert.ok(result.last.tcpQueries > result.byTcp / 3, `${result.last.tcpQueries} came by TCP`)
  assert.deepEqual([...result.kinds.keys()].sort(), [...hostileKinds].sort())
  assert.deepEqual([...result.connections.keys()].sort(), [...abuseKinds].sort())
  for (const rcode of ['NOERROR', 'FORMERR', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'NOTAUTH', 'BADVERS'])
    assert.ok((result.rcodes.get(rcode) ?? 0) > messages / 10_000, `${rcode}: ${result.rcodes.get(rcode) ?? 0}`)
  const grown = heapGrowth(result.heapBytes)
  assert.ok(grown < MAX_HEAP_GROWTH_BYTES, `the heap grew by ${grown} bytes: ${result.heapBytes.join(' ')}`)
})

test('a seed and an index give the same message', () => {
  for (let index = 0; index < 500; index++)
    assert.deepEqual(hostileMessage(7, index, 1_800_000_000), hostileMessage(7, index, 1_800_000_000))
  assert.notDeepEqual(hostileMessage(7, 1, 1_800_000_000), hostileMessage(8, 1, 1_800_000_000))
})

test('a heap that grows with each message is told from one that does not', () => {
  const noisy = Array.from({ length: 20 }, (_, index) => 25_000_000 + ((index * 7_919) % 10) * 30_000)
  assert.ok(heapGrowth(noisy) < MAX_HEAP_GROWTH_BYTES)
  // Half a kilobyte kept for each message of the run.
  const leaking = noisy.map((bytes, index) => bytes + (index * 512 * messages) / 20)
  assert.ok(heapGrowth(leaking) > MAX_HEAP_GROWTH_BYTES)
  assert.equal(median([3, 1, 2]), 2)
})
