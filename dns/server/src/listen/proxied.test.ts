import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { ipv4Rest, proxyHeader } from '../testing/proxy-header.ts'
import { type Prefix, parsePrefix } from '../transfer/prefix.ts'
import type { Listener, QueryHandler } from './listener.ts'
import { listenTcp, type TcpListenerOptions } from './tcp.ts'
import { listenUdp } from './udp.ts'

const open: { close(): unknown }[] = []
after(async () => {
  for (const closable of open) await closable.close()
})

const proxyFrom = [parsePrefix('127.0.0.0/30') as Prefix]
/** Says who asked what. */
const handler: QueryHandler = (query, transport, client) =>
  Buffer.from(`${transport} ${client} ${Buffer.from(query).toString('latin1')}`)
const headerFor = (host: number): Uint8Array => proxyHeader({ rest: ipv4Rest(198, 51, 100, host) })
const local = proxyHeader({ versionAndCommand: 0x20, familyAndProtocol: 0, rest: [] })
const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1')

async function start(options: Partial<TcpListenerOptions> = {}): Promise<{ udp: Listener; tcp: Listener }> {
  const common = { address: '0.0.0.0', port: 0, handler, proxyFrom }
  const udp = await listenUdp(common)
  const tcp = await listenTcp({ ...common, closeGraceMs: 50, ...options })
  open.push(udp, tcp)
  return { udp, tcp }
}

test('UDP: the client of the header is who asks, the proxy gets the answer, and all else is dropped', async () => {
  const { udp } = await start()
  const send = async (from: string, ...messages: Uint8Array[][]): Promise<void> => {
    const socket = createSocket('udp4')
    socket.bind(0, from)
    await once(socket, 'listening')
    socket.on('message', (bytes) => heard.push(`${from}: ${bytes.toString('latin1')}`))
    for (const parts of messages) socket.send(Buffer.concat(parts), udp.port, '127.0.0.1')
    open.push(socket)
  }
  const heard: string[] = []
  await send(
    '127.0.0.1',
    [ascii('no header')],
    [headerFor(1).subarray(0, 20)],
    [proxyHeader({ rest: ipv4Rest(1, 2, 3, 4), restBytes: 4_000 }), ascii('x')],
    [],
  )
  await send('127.0.0.9', [headerFor(2), ascii('from elsewhere')])
  await send('127.0.0.2', [headerFor(3), ascii('good')], [local, ascii('health')])
  while (heard.length < 2 || udp.counters.dropped < 5) await new Promise(setImmediate)
  assert.deepEqual(heard.sort(), ['127.0.0.2: udp 127.0.0.2 health', '127.0.0.2: udp 198.51.100.3 good'])
  assert.deepEqual({ ...udp.counters }, { queries: 2, responses: 2, dropped: 5, failures: 0 })
})

async function connected(tcp: Listener, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: tcp.port, localAddress })
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  return socket
}

const frame = (text: string): Uint8Array => Buffer.concat([Uint8Array.of(0, text.length), ascii(text)])

/** Everything that comes until the connection ends, in whichever way, without framing. */
async function allOf(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
  })
  // `once` would reject at a reset, which is one of the ways.
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  return text.replace(/\0./gs, '|')
}

test('TCP: one header for a connection, in any pieces, with queries behind it', async () => {
  const { tcp } = await start()
  const whole = Buffer.concat([headerFor(5), frame('one'), frame('two')])
  for (const pieceBytes of [1, 7, 28, 29, whole.length]) {
    const socket = await connected(tcp)
    socket.setNoDelay(true)
    for (let start = 0; start < whole.length; start += pieceBytes) {
      socket.write(whole.subarray(start, start + pieceBytes))
      await new Promise(setImmediate)
    }
    socket.end()
    assert.equal(await allOf(socket), '|tcp 198.51.100.5 one|tcp 198.51.100.5 two', `${pieceBytes} bytes a piece`)
  }
  const own = await connected(tcp, '127.0.0.3')
  own.end(Buffer.concat([local, frame('health')]))
  assert.equal(await allOf(own), '|tcp 127.0.0.3 health')
})

test('TCP: without a good header of a listed proxy a connection ends', async () => {
  const { tcp } = await start({ idleTimeoutMs: 200 })
  const elsewhere = await connected(tcp, '127.0.0.9')
  elsewhere.write(Buffer.concat([headerFor(5), frame('one')]))
  assert.equal(await allOf(elsewhere), '')
  for (const bytes of [frame('a query'), ascii('PROXY TCP4 198.51.100.5 192.0.2.1 1 53\r\n')]) {
    const socket = await connected(tcp)
    socket.write(bytes)
    assert.equal(await allOf(socket), '')
  }
  const cut = await connected(tcp)
  cut.end(headerFor(5).subarray(0, 10))
  assert.equal(await allOf(cut), '')
  assert.equal(tcp.counters.dropped, 4)
  const slow = await connected(tcp)
  let sent = 0
  const trickle = setInterval(() => slow.write(headerFor(5).subarray(sent, ++sent)), 100)
  assert.equal(await allOf(slow).finally(() => clearInterval(trickle)), '')
  assert.ok(sent < 20, 'bytes that trickle in are no progress')
  assert.deepEqual([tcp.counters.queries, tcp.counters.responses], [0, 0])
})

test('TCP: clients, and not their proxy, have a bounded number of connections', async () => {
  const { tcp } = await start({ maxConnectionsPerClient: 2 })
  const ask = async (host: number): Promise<Socket> => {
    const socket = await connected(tcp)
    socket.write(Buffer.concat([headerFor(host), frame('q')]))
    return socket
  }
  const sockets = [await ask(1), await ask(1), await ask(2), await ask(3)]
  for (const socket of sockets) await once(socket, 'data')
  const third = await ask(1)
  assert.equal(await allOf(third), '')
  assert.equal(tcp.counters.dropped, 1)
  for (const socket of sockets) socket.destroy()
})
