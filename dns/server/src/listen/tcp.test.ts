import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { clientKey } from '../client-address.ts'
import { frame, frames, readFrames } from '../testing/frames.ts'
import type { Listener } from './listener.ts'
import { listenTcp, type TcpListenerOptions } from './tcp.ts'
import { TcpConnection } from './tcp-connection.ts'

const open: Listener[] = []
after(async () => {
  await Promise.all(open.map((listener) => listener.close()))
})

/** A server that sends each query back, by default. */
async function start(options: Partial<TcpListenerOptions> = {}): Promise<Listener> {
  const listener = await listenTcp({
    address: '127.0.0.1',
    port: 0,
    handler: (query) => query.slice(),
    closeGraceMs: 50,
    ...options,
  })
  open.push(listener)
  return listener
}

async function client(listener: Listener): Promise<Socket> {
  const socket = connect({ host: listener.address, port: listener.port, allowHalfOpen: true })
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  return socket
}

test('RFC 7766 section 6.2.1.1: pipelined queries are all answered, in order', async () => {
  const socket = await client(await start())
  const texts = Array.from({ length: 500 }, (_, index) => `query ${index}`)
  socket.write(Buffer.concat(texts.map(frame)))
  assert.deepEqual(await readFrames(socket, 500), texts)
})

test('RFC 7766 section 8: a frame may come in any pieces', async () => {
  const socket = await client(await start())
  socket.setNoDelay(true)
  const bytes = Buffer.concat([frame('first'), frame('second')])
  for (const byte of bytes) {
    socket.write(Uint8Array.of(byte))
    await sleep(1)
  }
  assert.deepEqual(await readFrames(socket, 2), ['first', 'second'])
})

test('a client that closes its side after the query still gets the answer', async () => {
  const socket = await client(await start())
  socket.end(frame('last words'))
  assert.deepEqual(await readFrames(socket), ['last words'])
})

test('a frame longer than any query ends the connection before it is read', async () => {
  const listener = await start({ maxQueryBytes: 100 })
  const socket = await client(listener)
  socket.write(Buffer.concat([frame('good'), Uint8Array.of(0, 101)]))
  // What was answered before may be lost with the connection; what matters is that it ends without 101 bytes read.
  await readFrames(socket)
  assert.equal(listener.counters.queries, 1)
})

test('a message that is no query ends the connection', async () => {
  const socket = await client(await start({ handler: () => undefined }))
  socket.write(frame(''))
  assert.deepEqual(await readFrames(socket), [])
})

test('a connection without a complete query is closed, however it trickles bytes', { timeout: 90_000 }, async () => {
  const socket = await client(await start({ idleTimeoutMs: 200 }))
  const startedMs = performance.now()
  // Of 4,096 bytes, as long as a query may be: it would not be whole before this test fails.
  const trickle = setInterval(() => socket.write(Uint8Array.of(0)), 25)
  socket.write(Uint8Array.of(16))
  try {
    await readFrames(socket)
  } finally {
    clearInterval(trickle)
  }
  const lastedMs = performance.now() - startedMs
  assert(lastedMs >= 150, `closed after ${lastedMs} ms`)
})

test('one client has a bounded number of connections, and gets a place back when one closes', {
  timeout: 90_000,
}, async () => {
  const listener = await start({ maxConnectionsPerClient: 2 })
  const first = await client(listener)
  const second = await client(listener)
  const third = await client(listener)
  third.write(frame('too many'))
  assert.deepEqual(await readFrames(third), [])
  first.destroy()
  second.write(frame('still here'))
  assert.deepEqual(await readFrames(second, 1), ['still here'])
  // No event tells a client when the server has heard that another one ended.
  for (let answers: string[] = []; answers.length === 0; ) {
    const fourth = await client(listener)
    fourth.write(frame('welcome'))
    answers = await readFrames(fourth, 1)
  }
})

test('all clients together have a bounded number of connections', async () => {
  const listener = await start({ maxConnections: 1 })
  await client(listener)
  const refused = await client(listener)
  refused.write(frame('no room'))
  assert.deepEqual(await readFrames(refused), [])
  assert.equal(listener.counters.dropped, 1)
})

test('a client that does not read makes its own queries wait and nothing grow', async () => {
  const answerBytes = 60_000
  const listener = await start({
    handler: () => new Uint8Array(answerBytes),
    maxQueuedBytes: 200_000,
    idleTimeoutMs: 30_000,
  })
  const socket = await client(listener)
  socket.pause()
  const queries = 2000
  socket.write(Buffer.concat(Array.from({ length: queries }, () => frame('more'))))
  await sleep(300)
  const answeredUnread = listener.counters.responses
  // The rest of what was answered lies in the kernel's buffers of both sides.
  assert(answeredUnread * answerBytes < 30_000_000, `${answeredUnread} answers made for a client that reads none`)
  assert.equal((await readFrames(socket, queries)).length, queries)
})

test('a defect in the handler costs one connection and is reported', async () => {
  const failures: unknown[] = []
  const listener = await start({
    handler: (query) => {
      if (query[0] === 0x21) throw new Error('defect')
      return query.slice()
    },
    onFailure: (error) => failures.push(error),
  })
  const broken = await client(listener)
  broken.write(frame('!'))
  assert.deepEqual(await readFrames(broken), [])
  const fine = await client(listener)
  fine.write(frame('?'))
  assert.deepEqual(await readFrames(fine, 1), ['?'])
  assert.deepEqual([failures.length, listener.counters.failures], [1, 1])
})

test('garbage in the framing: connections come and go, and a good query is answered after them', async () => {
  const listener = await start({ idleTimeoutMs: 500, maxQueryBytes: 512 })
  let state = 1
  const random = (bound: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 16) % bound
  }
  for (let round = 0; round < 20; round++) {
    await Promise.all(
      Array.from({ length: 25 }, async () => {
        const socket = await client(listener)
        for (let writes = random(4); writes >= 0; writes--) {
          socket.write(Uint8Array.from({ length: random(700) }, () => (random(3) === 0 ? 0 : random(256))))
        }
        const ending = random(3)
        if (ending === 0) socket.destroy()
        if (ending === 1) socket.end()
        await readFrames(socket).catch(() => {})
      }),
    )
  }
  assert.equal(listener.counters.failures, 0)
  const good = await client(listener)
  good.write(frame('still here'))
  assert.deepEqual(await readFrames(good, 1), ['still here'])
})

test('RFC 7766 section 6.2.1.1: an answer that takes long holds up none behind it, and a bounded number is under way', {
  timeout: 90_000,
}, async () => {
  let atOnce = 0
  let most = 0
  let free = (): void => undefined
  const freed = new Promise<void>((resolve) => {
    free = resolve
  })
  const listener = await start({
    maxUnanswered: 4,
    handler: async (query) => {
      most = Math.max(most, ++atOnce)
      await (query[0] === 0x73 ? freed : sleep(query.length % 3))
      atOnce -= 1
      if (query[0] === 0x21) throw new Error('defect')
      return query.slice()
    },
  })
  const socket = await client(listener)
  const texts = Array.from({ length: 50 }, (_, index) => 'q'.repeat(1 + (index % 7)) + index)
  socket.write(Buffer.concat(['slow', ...texts].map(frame)))
  socket.end()
  const answers: string[] = []
  for await (const text of frames(socket)) {
    answers.push(text)
    if (answers.length === texts.length) free()
  }
  assert.equal(answers.at(-1), 'slow')
  assert.deepEqual(answers.slice(0, -1).sort(), texts.sort())
  assert.equal(most, 4)
  const defective = await client(listener)
  defective.write(frame('!'))
  assert.deepEqual(await readFrames(defective), [])
  assert.equal(listener.counters.failures, 1)
  const gone = await client(listener)
  gone.write(frame('who asks and leaves'))
  gone.destroy()
  const next = await client(listener)
  next.write(frame('next'))
  assert.deepEqual(await readFrames(next, 1), ['next'])
})

test('closing ends idle connections and refuses new ones', async () => {
  const listener = await start()
  const socket = await client(listener)
  await Promise.all([readFrames(socket), listener.close()])
  const late = connect({ host: listener.address, port: listener.port })
  await assert.rejects(once(late, 'connect'), { code: 'ECONNREFUSED' })
  open.splice(open.indexOf(listener), 1)
})

test('an address in use is an error of the system', async () => {
  const listener = await start()
  await assert.rejects(listenTcp({ address: '127.0.0.1', port: listener.port, handler: () => undefined }), {
    code: 'EADDRINUSE',
  })
})

test('an IPv6 client counts by its /64, an IPv4 client by its address', () => {
  assert.equal(clientKey('2001:db8:1:2:3:4:5:6'), clientKey('2001:db8:1:2::'))
  assert.equal(clientKey('2001:db8::6'), clientKey('2001:db8::7:8'))
  assert.notEqual(clientKey('2001:db8:0:1::6'), clientKey('2001:db8::6'))
  assert.notEqual(clientKey('::1'), clientKey('0.0.0.0'))
  assert.equal(clientKey('fe80::1%eth0'), clientKey('fe80::2%eth0'))
  assert.equal(clientKey('::ffff:192.0.2.1'), clientKey('192.0.2.1'))
  assert.notEqual(clientKey('192.0.2.1'), clientKey('192.0.2.2'))
})

test('an answer of many messages waits for a slow reader, and holds no more than the limit', {
  timeout: 90_000,
}, async (context) => {
  const BYTES = 16_000
  const COUNT = 400
  let taken = 0
  function* messages(): Generator<Uint8Array> {
    for (; taken < COUNT; taken++) yield new Uint8Array(BYTES).fill(taken & 255)
  }
  const listener = await listenTcp({
    address: '127.0.0.1',
    port: 0,
    handler: () => ({ messages: messages() }),
    maxQueuedBytes: 64_000,
  })
  context.after(() => listener.close())
  const socket = connect(listener.port, '127.0.0.1')
  socket.pause()
  await once(socket, 'connect')
  const query = Buffer.concat([Buffer.of(0, 12), Buffer.alloc(12)])
  socket.write(Buffer.concat([query, query]))
  while (listener.counters.queries === 0) await new Promise(setImmediate)
  // Whatever the system takes in for the reader, the rest stays untaken.
  assert.ok(taken < COUNT)
  let received = 0
  socket.on('data', (data: Buffer) => {
    received += data.length
    if (received >= COUNT * (BYTES + 2)) socket.end()
  })
  socket.resume()
  context.after(() => socket.destroy())
  await once(socket, 'close')
  assert.equal(received, COUNT * (BYTES + 2))
  assert.equal(taken, COUNT)
})

test('each message that a slow reader takes is progress', async () => {
  let nowMs = 0
  const taken: (() => void)[] = []
  const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => taken.push(done) })
  const limits = { maxQueryBytes: 512, maxQueuedBytes: 1, maxUnanswered: 1 }
  const messages = Array.from({ length: 3 }, () => new Uint8Array(20_000))
  const answer = () => ({ messages: messages.values() })
  const connection = new TcpConnection(
    socket as Socket,
    limits,
    answer,
    () => undefined,
    () => nowMs,
  )
  socket.push(frame('?'))
  for (let index = 0; index < messages.length; index++) {
    while (taken.length === 0) await new Promise(setImmediate)
    nowMs += 1_000
    taken.shift()?.()
    await new Promise(setImmediate)
    assert.equal(connection.lastProgressMs, nowMs)
  }
})

test('messages of a transfer that its client left are taken no further', async () => {
  let isOver = false
  const messages = function* (): Generator<Uint8Array> {
    try {
      for (;;) yield new Uint8Array(20_000)
    } finally {
      isOver = true
    }
  }
  const listener = await start({ handler: () => ({ messages: messages() }) })
  const socket = await client(listener)
  socket.write(frame('?'))
  await readFrames(socket, 1)
  socket.destroy()
  while (!isOver) await new Promise(setImmediate)
})
