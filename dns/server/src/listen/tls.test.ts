import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect as connectPlain, createServer, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { skipWithout } from '../../../../tools/system-tools.ts'
import { frame, readFrames } from '../testing/frames.ts'
import { makeCredentials } from '../testing/tls-credentials.ts'
import type { SecureChannel } from './listener.ts'
import { listenTls, type TlsListener, type TlsListenerOptions } from './tls.ts'

const skip = skipWithout('openssl')
const credentials =
  skip === false ? makeCredentials('ns1.example') : { certificate: '', privateKey: '', fingerprint: '' }
const open: TlsListener[] = []
after(async () => {
  await Promise.all(open.map((listener) => listener.close()))
})

/** A server that sends each query back, by default. */
async function start(options: Partial<TlsListenerOptions> = {}): Promise<TlsListener> {
  const listener = await listenTls({
    address: '127.0.0.1',
    port: 0,
    handler: (query) => query.slice(),
    closeGraceMs: 50,
    credentials,
    ...options,
  })
  open.push(listener)
  return listener
}

async function client(
  listener: TlsListener,
  options: ConnectionOptions & { allowHalfOpen?: boolean } = {},
): Promise<TLSSocket> {
  const socket = connect({
    host: listener.address,
    port: listener.port,
    rejectUnauthorized: false,
    ALPNProtocols: ['dot'],
    ...options,
  })
  socket.on('error', () => socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

/** A connection, tried until there is one: a busy machine may take longer than a server waits, and no event tells when a place is free. */
async function welcomed(listener: TlsListener): Promise<TLSSocket> {
  for (;;) {
    try {
      return await client(listener)
    } catch {
      await sleep(10)
    }
  }
}

/** Resolves when the server has ended it. */
async function endOf(socket: Socket): Promise<void> {
  socket.resume()
  // Not once(), which rejects on a reset.
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
}

/** No clock ends a connection: something else must, or the test takes its whole time. */
const patient = { idleTimeoutMs: 3_600_000, handshakeTimeoutMs: 3_600_000 } as const

/** Starts a handshake that never ends, and sends on: the start of a hello that says it is long. */
function dribble(listener: TlsListener): Socket {
  const socket = connectPlain(listener.port, listener.address)
  socket.on('error', () => socket.destroy())
  socket.write(Uint8Array.of(0x16, 0x03, 0x01, 0x20, 0x00))
  const beat = setInterval(() => socket.writable && socket.write(Uint8Array.of(1)), 10)
  socket.on('close', () => clearInterval(beat))
  return socket
}

test('queries by TLS 1.3 and 1.2, with and without the name of the protocol; the handler hears of the connection', {
  skip,
}, async () => {
  const channels: (SecureChannel | undefined)[] = []
  const told: string[] = []
  const listener = await start({
    handler: (query, _transport, _client, channel) => {
      channels.push(channel)
      return query.slice()
    },
    onAnswered: (_query, _response, transport) => told.push(transport),
  })
  const socket = await client(listener)
  assert.equal(socket.alpnProtocol, 'dot')
  socket.write(frame('first'))
  assert.deepEqual(await readFrames(socket, 1), ['first'])
  const older = await client(listener, { maxVersion: 'TLSv1.2', ALPNProtocols: [] })
  older.write(frame('second'))
  assert.deepEqual(await readFrames(older, 1), ['second'])
  assert.deepEqual(channels, [
    { version: 'TLSv1.3', protocol: 'dot', fingerprint: undefined },
    { version: 'TLSv1.2', protocol: undefined, fingerprint: undefined },
  ])
  assert.deepEqual(told, ['tls', 'tls'])
  assert.equal(listener.counters.queries, 2)
})

test('who speaks another protocol, or an old version, is turned away', { skip }, async () => {
  const listener = await start()
  await assert.rejects(client(listener, { ALPNProtocols: ['h2'] }))
  await assert.rejects(client(listener, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }))
  assert.deepEqual([listener.counters.queries, listener.counters.dropped], [0, 2])
})

test('RFC 7766 6.2.1.1: what takes longer does not hold up what comes after it', {
  skip,
  timeout: 90_000,
}, async () => {
  let free = (): void => undefined
  const listener = await start({
    handler: (query) => {
      if (query[0] === 0x73) return new Promise((resolve) => (free = () => resolve(query.slice())))
      setImmediate(free)
      return query.slice()
    },
  })
  const socket = await client(listener)
  socket.write(Buffer.concat([frame('slow'), frame('fast')]))
  assert.deepEqual(await readFrames(socket, 2), ['fast', 'slow'])
})

test('a client that closes its side still gets its answers', { skip }, async () => {
  const listener = await start({ handler: (query) => sleep(30).then(() => query.slice()) })
  const socket = await client(listener, { allowHalfOpen: true })
  socket.end(frame('last'))
  assert.deepEqual(await readFrames(socket, 1), ['last'])
})

test('idle connections, and handshakes that do not come, end', { skip, timeout: 90_000 }, async () => {
  const listener = await start({ idleTimeoutMs: 250 })
  const idle = await welcomed(listener)
  const silent = connectPlain(listener.port, listener.address)
  silent.on('error', () => silent.destroy())
  await Promise.all([idle, silent, dribble(listener)].map(endOf))
})

test('a client that closes its side within the handshake is gone', { skip, timeout: 90_000 }, async () => {
  const listener = await start(patient)
  const early = connectPlain(listener.port, listener.address)
  early.end(Uint8Array.of(0x16, 0x03, 0x01, 0x20, 0x00))
  await endOf(early)
  assert.equal(listener.counters.dropped, 1)
})

test('handshakes have a time of their own, however long connections may be idle', {
  skip,
  timeout: 90_000,
}, async () => {
  const listener = await start({ ...patient, handshakeTimeoutMs: 250 })
  const idle = await welcomed(listener)
  const silent = connectPlain(listener.port, listener.address)
  silent.on('error', () => silent.destroy())
  await Promise.all([silent, dribble(listener)].map(endOf))
  idle.write(frame('still there'))
  assert.deepEqual(await readFrames(idle, 1), ['still there'])
})

test('handshakes begin at a bounded rate: what comes faster waits, and is served then', {
  skip,
  timeout: 90_000,
}, async () => {
  for (const rates of [{ maxHandshakesPerSecond: 20 }, { maxHandshakesPerSecondPerClient: 20 }]) {
    const listener = await start(rates)
    const startedMs = performance.now()
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (text) => {
        const socket = await client(listener)
        socket.write(frame(text))
        return await readFrames(socket, 1)
      }),
    )
    // Two at once, the others 50 ms apart; timers have whole milliseconds.
    assert.ok(performance.now() - startedMs > 95)
    assert.deepEqual(answers, [['a'], ['b'], ['c'], ['d']])
  }
})

test('who goes while it waits for its handshake leaves its place to others', { skip, timeout: 90_000 }, async () => {
  const listener = await start({ ...patient, maxHandshakesPerSecond: 5, maxConnectionsPerClient: 4 })
  await client(listener)
  const waiting = Array.from({ length: 3 }, () => connectPlain(listener.port, listener.address))
  await Promise.all(waiting.map((socket) => once(socket, 'connect')))
  for (const socket of waiting) socket.resetAndDestroy()
  while (listener.counters.dropped < 3) await new Promise(setImmediate)
  const socket = await client(listener)
  socket.write(frame('next'))
  assert.deepEqual(await readFrames(socket, 1), ['next'])
})

test('bytes that are no handshake, and spoilt records behind a good one, end the connection and nothing else', {
  skip,
  timeout: 90_000,
}, async () => {
  const listener = await start(patient)
  for (const bytes of [frame('a query in clear'), Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.alloc(70_000, 0x16)]) {
    const socket = connectPlain(listener.port, listener.address)
    socket.on('error', () => socket.destroy())
    socket.write(bytes)
    await endOf(socket)
  }
  const upstream = connectPlain(listener.port, listener.address)
  const relay = createServer((socket) => {
    for (const side of [socket, upstream]) side.on('error', () => side.destroy())
    socket.pipe(upstream).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const { port } = relay.address() as AddressInfo
  const secured = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  secured.on('error', () => secured.destroy())
  await once(secured, 'secureConnect')
  secured.write(frame('good'))
  await once(secured, 'data')
  upstream.write(Uint8Array.of(0x17, 0x03, 0x03, 0x00, 0x20, ...Buffer.alloc(32, 7)))
  await endOf(secured)
  relay.close()
  const socket = await client(listener)
  socket.write(frame('still there'))
  assert.deepEqual(await readFrames(socket, 1), ['still there'])
})

test('a query that is too long ends the connection', { skip, timeout: 90_000 }, async () => {
  const listener = await start({ ...patient, maxQueryBytes: 100 })
  const socket = await client(listener)
  socket.write(frame('x'.repeat(101)))
  await endOf(socket)
  assert.equal(listener.counters.queries, 0)
})

test('connections count from the moment on when they are accepted, and no more when they end', {
  skip,
  timeout: 90_000,
}, async () => {
  const listener = await start({ ...patient, maxConnectionsPerClient: 2 })
  const silent = connectPlain(listener.port, listener.address)
  await once(silent, 'connect')
  const first = await client(listener)
  const second = connectPlain(listener.port, listener.address)
  second.on('error', () => second.destroy())
  await endOf(second)
  assert.equal(listener.counters.dropped, 1)
  silent.destroy()
  first.destroy()
  for (let round = 0; round < 3; round++) {
    const socket = await welcomed(listener)
    socket.write(frame('again'))
    assert.deepEqual(await readFrames(socket, 1), ['again'])
    socket.destroy()
  }
})

test('a client that does not read holds its own queries up, and no more than a bound of memory', {
  skip,
  timeout: 90_000,
}, async () => {
  let answered = 0
  const listener = await start({
    ...patient,
    maxQueuedBytes: 64 * 1024,
    handler: () => {
      answered += 1
      return Buffer.alloc(16_384, 0x61)
    },
  })
  const socket = await client(listener)
  socket.pause()
  for (let index = 0; index < 4_000; index++) socket.write(frame('q'))
  let before = -1
  while (answered === 0 || answered !== before) {
    before = answered
    await sleep(200)
  }
  // Buffers of the two systems, and those of TLS, hold some; not 65 MB.
  assert.ok(answered < 2_000, String(answered))
})

test('the certificate can be replaced: open connections stay, new ones get the new one', { skip }, async () => {
  const listener = await start()
  const before = await client(listener)
  const next = makeCredentials('ns2.example')
  listener.use(next)
  const socket = await client(listener)
  assert.equal(socket.getPeerX509Certificate()?.subject, 'CN=ns2.example')
  before.write(frame('still'))
  assert.deepEqual(await readFrames(before, 1), ['still'])
  assert.throws(() => listener.use({ ...next, privateKey: credentials.privateKey }), /mismatch/)
  assert.equal((await client(listener)).getPeerX509Certificate()?.subject, 'CN=ns2.example')
})

test('the handler hears which certificate a client has shown, also after its session was resumed', {
  skip,
}, async () => {
  const prints: (string | undefined)[] = []
  const listener = await start({
    asksForCertificate: true,
    handler: (query, _transport, _client, channel) => {
      prints.push(channel?.fingerprint)
      return query.slice()
    },
  })
  const own = makeCredentials('secondary.example')
  const shown = { cert: own.certificate, key: own.privateKey }
  const first = await client(listener, shown)
  const ticket = once(first, 'session')
  first.write(frame('a'))
  await readFrames(first, 1)
  const [session] = (await ticket) as [Buffer]
  const resumed = await client(listener, { ...shown, session })
  assert.equal(resumed.isSessionReused(), true)
  resumed.write(frame('b'))
  await readFrames(resumed, 1)
  const bare = await client(listener)
  bare.write(frame('c'))
  await readFrames(bare, 1)
  assert.deepEqual(prints, [own.fingerprint, own.fingerprint, undefined])
})
