import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, test } from 'node:test'
import { buildQuery, parseAbsoluteName, RecordType, readUint16 } from '@cresset/dns-wire'
import { answer } from './answer/answer.ts'
import { queryServer, relayQuery } from './query.ts'
import { serveDns } from './serve.ts'
import { storeOf } from './testing/zone-text.ts'

const addresses = Array.from({ length: 100 }, (_, index) => `many A 192.0.2.${index}`).join('\n')
const store = storeOf({ 'acme.': `@ SOA ns host 1 2 3 4 5\nwww A 192.0.2.1\n${addresses}` })
const closing: (() => unknown)[] = []
after(async () => {
  for (const close of closing) await close()
})

const www = { name: parseAbsoluteName('www.acme'), type: RecordType.A }

async function fakeServer(respond: (query: Uint8Array) => Uint8Array[]): Promise<{ address: string; port: number }> {
  const socket = createSocket('udp4')
  socket.on('message', (query, sender) => {
    for (const response of respond(query)) socket.send(response, sender.port, sender.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  closing.push(() => socket.close())
  return socket.address()
}

test('one server answers by UDP and TCP on one port', async () => {
  const server = await serveDns({ address: '127.0.0.1', port: 0, source: store })
  closing.push(() => server.close())
  for (const transport of ['udp', 'tcp'] as const) {
    const message = await queryServer(server, { ...www, transport })
    assert.deepEqual(
      message.answers.map(({ rdata }) => [...rdata]),
      [[192, 0, 2, 1]],
    )
  }
  assert.deepEqual([server.udp.counters.queries, server.tcp.counters.queries], [1, 1])
})

test('a truncated answer is asked for again by TCP', async () => {
  const server = await serveDns({ address: '127.0.0.1', port: 0, source: store })
  closing.push(() => server.close())
  const many = { name: parseAbsoluteName('many.acme'), type: RecordType.A }
  assert.equal((await queryServer(server, many)).answers.length, 100)
  const truncated = await queryServer(server, { ...many, transport: 'udp' })
  assert.deepEqual([truncated.flags.truncated, truncated.answers.length], [true, 0])
  const large = await serveDns({ address: '127.0.0.1', port: 0, source: store, maxUdpBytes: 4096 })
  closing.push(() => large.close())
  const whole = await queryServer(large, { ...many, transport: 'udp', udpPayloadBytes: 4096 })
  assert.equal(whole.answers.length, 100)
})

test('forged answers are passed over: another id, another question, no response, no message', async () => {
  const server = await fakeServer((query) => {
    const good = answer(query, store, { transport: 'udp' }) as Uint8Array
    const otherId = good.slice()
    otherId[1] = (otherId[1] as number) ^ 1
    const other = answer(
      buildQuery({ id: readUint16(query, 0), name: parseAbsoluteName('evil.acme'), type: RecordType.A }),
      store,
      { transport: 'udp' },
    ) as Uint8Array
    return [otherId, other, query, query.subarray(0, 5), good]
  })
  assert.equal((await queryServer(server, www)).answers.length, 1)
})

test('a lost datagram is sent again', async () => {
  let count = 0
  const server = await fakeServer((query) =>
    ++count === 1 ? [] : [answer(query, store, { transport: 'udp' }) as Uint8Array],
  )
  assert.equal((await queryServer(server, www)).answers.length, 1)
  assert.equal(count, 2)
})

test('no answer is a timeout, nobody there is unreachable', async () => {
  const silent = await fakeServer(() => [])
  await assert.rejects(queryServer(silent, { ...www, timeoutMs: 50 }), { code: 'timeout' })
  const unused = await fakeServer(() => [])
  const nobody = { address: unused.address, port: unused.port }
  await (closing.pop() as () => unknown)()
  await assert.rejects(queryServer(nobody, { ...www, transport: 'tcp' }), { code: 'unreachable' })
})

test('a TCP server that sends no answer is told from one that is not there', async () => {
  for (const reply of [Uint8Array.of(0, 3, 1, 2, 3), new Uint8Array()]) {
    const server = createServer((socket) => socket.end(reply))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => server.close())
    const { port } = server.address() as { port: number }
    await assert.rejects(queryServer({ address: '127.0.0.1', port }, { ...www, transport: 'tcp' }), {
      code: 'malformed',
    })
  }
})

test('a query that is passed on stays as it is, and its answer has its id', async () => {
  const server = await serveDns({ address: '127.0.0.1', port: 0, source: store })
  closing.push(() => server.close())
  const query = Buffer.from(buildQuery({ id: 4_711, ...www }))
  for (const transport of ['udp', 'tcp'] as const) {
    const { bytes } = await relayQuery(server, query, transport)
    assert.deepEqual([readUint16(bytes, 0), readUint16(query, 0)], [4_711, 4_711])
  }
})
