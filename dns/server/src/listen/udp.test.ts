import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { buildQuery, parseAbsoluteName, parseMessage, RecordType } from '@cresset/dns-wire'
import { answer } from '../answer/answer.ts'
import { storeOf } from '../testing/zone-text.ts'
import type { Listener, QueryHandler } from './listener.ts'
import { listenUdp } from './udp.ts'

const open: { close(): unknown }[] = []
after(async () => {
  for (const closable of open) await closable.close()
})

async function start(handler: QueryHandler, address = '127.0.0.1'): Promise<Listener> {
  const listener = await listenUdp({ address, port: 0, handler })
  open.push(listener)
  return listener
}

function client(type: 'udp4' | 'udp6' = 'udp4'): Socket {
  const socket = createSocket(type)
  open.push(socket)
  return socket
}

const store = storeOf({ 'acme.': `@ SOA ns host 1 2 3 4 5\nwww A 192.0.2.1\n* TXT "${'x'.repeat(200)}"` })
const handler: QueryHandler = (query, transport) => answer(query, store, { transport })
const query = (id = 1): Uint8Array => buildQuery({ id, name: parseAbsoluteName('www.acme'), type: RecordType.A })

test('a query is answered to where it came from', async () => {
  const listener = await start(handler)
  const socket = client()
  socket.send(query(77), listener.port, listener.address)
  const [bytes, sender] = (await once(socket, 'message')) as [Uint8Array, { port: number }]
  assert.equal(parseMessage(bytes).id, 77)
  assert.equal(parseMessage(bytes).answers.length, 1)
  assert.equal(sender.port, listener.port)
  assert.deepEqual({ ...listener.counters }, { queries: 1, responses: 1, dropped: 0, failures: 0 })
})

test('IPv6 is served as well', async (context) => {
  let listener: Listener
  try {
    listener = await start(handler, '::1')
  } catch (error) {
    context.skip(`no IPv6 loopback here: ${(error as Error).message}`)
    return
  }
  const socket = client('udp6')
  socket.send(query(), listener.port, '::1')
  const [bytes] = (await once(socket, 'message')) as [Uint8Array]
  assert.equal(parseMessage(bytes).answers.length, 1)
})

test('a defect in the handler is counted and the next query is answered', async () => {
  const failures: unknown[] = []
  let isFirst = true
  const listener = await listenUdp({
    address: '127.0.0.1',
    port: 0,
    handler: (...query) => {
      if (isFirst) {
        isFirst = false
        throw new Error('defect')
      }
      return handler(...query)
    },
    onFailure: (error) => failures.push(error),
  })
  open.push(listener)
  const socket = client()
  socket.send(query(1), listener.port, listener.address)
  socket.send(query(2), listener.port, listener.address)
  const [bytes] = (await once(socket, 'message')) as [Uint8Array]
  assert.equal(parseMessage(bytes).id, 2)
  assert.deepEqual([listener.counters.failures, failures.length], [1, 1])
})

test('answers that come later go to who asked, and none after the end', { timeout: 90_000 }, async () => {
  const answers = new Map<number, () => void>()
  const listener = await start(
    (...query) =>
      new Promise((resolve) => answers.set(query[0][1] as number, () => resolve(handler(...query) as Uint8Array))),
  )
  const [first, second] = [client(), client()]
  // A datagram may be lost on a busy machine; one that comes twice waits twice and is answered once here.
  while (answers.size < 2) {
    first.send(query(1), listener.port, listener.address)
    second.send(query(2), listener.port, listener.address)
    await sleep(20)
  }
  answers.get(2)?.()
  const [bytes] = (await once(second, 'message')) as [Uint8Array]
  assert.equal(parseMessage(bytes).id, 2)
  await listener.close()
  open.splice(open.indexOf(listener), 1)
  answers.get(1)?.()
  await turn()
  assert.deepEqual([listener.counters.responses, listener.counters.failures], [1, 0])
})

test('a client that is gone disturbs nobody', async () => {
  const listener = await start(handler)
  const gone = createSocket('udp4')
  await new Promise<void>((resolve) => gone.send(query(), listener.port, listener.address, () => gone.close(resolve)))
  await sleep(20)
  const socket = client()
  socket.send(query(9), listener.port, listener.address)
  const [bytes] = (await once(socket, 'message')) as [Uint8Array]
  assert.equal(parseMessage(bytes).id, 9)
})
