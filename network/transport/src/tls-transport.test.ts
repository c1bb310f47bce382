import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createServer } from 'node:tls'
import { frameKinds } from './frame-format.ts'
import type { LinkLimits } from './link-limits.ts'
import { collect, linked, settled, until, watchPeers } from './testing/compliance.ts'
import { Cable, RawPeer, rawConnection } from './testing/raw-peer.ts'
import { makeTestNodes, TestCluster, type TestNode } from './testing/test-nodes.ts'
import { linkProtocol, TlsTransport, type TlsTransportOptions } from './tls-transport.ts'

const [low, high, third] = (await makeTestNodes(3)) as [TestNode, TestNode, TestNode]
const [stranger] = (await makeTestNodes(1)) as [TestNode]
const expired = (await makeTestNodes(2, Date.now() - 400 * 86_400_000)) as [TestNode, TestNode]

const quick: Partial<LinkLimits> = { redialMinMs: 10, redialMaxMs: 100, dialGraceMs: 10, handshakeMs: 1_000 }

let cluster = new TestCluster([])
const closing: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await cluster.close()
})

/** One transport that knows `low` and `high`, is one of them, and finds the other nowhere. */
async function alone(
  limits: Partial<LinkLimits> = {},
  options: Partial<TlsTransportOptions> = {},
): Promise<TlsTransport> {
  cluster = new TestCluster([low, high], { limits: { ...quick, redialMinMs: 60_000, redialMaxMs: 60_000, ...limits } })
  const transport = cluster.make(low, 0, options)
  await transport.start()
  transport.setPeers([{ ...cluster.addressOf(high), port: 1 }])
  return transport
}

async function both(limits: Partial<LinkLimits> = {}, nodes = [low, high]): Promise<[TlsTransport, TlsTransport]> {
  cluster = new TestCluster(nodes, { limits: { ...quick, ...limits } })
  const transports = (await cluster.start()) as [TlsTransport, TlsTransport]
  return transports
}

/** Two over a cable: the lower id dials through it, the higher only answers, its own way to the other leads nowhere. */
async function cabled(
  limits: Partial<LinkLimits> = {},
): Promise<{ one: TlsTransport; other: TlsTransport; cable: Cable }> {
  cluster = new TestCluster([low, high], { limits: { ...quick, ...limits } })
  const [one, other] = [cluster.make(low), cluster.make(high)]
  await Promise.all([one.start(), other.start()])
  const cable = await Cable.lay(() => other.port)
  closing.push(() => cable.close())
  one.setPeers([{ ...cluster.addressOf(high), port: cable.port }])
  other.setPeers([{ ...cluster.addressOf(low), port: 1 }])
  return { one, other, cable }
}

describe('who may link', () => {
  it('refuses a certificate that nobody registered, before a frame is read or sent', async () => {
    const transport = await alone()
    const received = collect(transport)
    const states = watchPeers(transport)
    const peer = new RawPeer(transport.port, stranger)
    peer.hello()
    peer.send(frameKinds.data, Uint8Array.of(1))
    await until(() => peer.isClosed)
    assert(cluster.endsOf(low).includes('peer-unknown'))
    assert.equal(peer.receivedBytes, 0)
    assert.deepEqual([received, states], [[], []])
  })

  it('refuses a client without a certificate, with TLS 1.2, or without our protocol name', async () => {
    const transport = await alone()
    const peers = [
      new RawPeer(transport.port, undefined),
      new RawPeer(transport.port, high, { maxVersion: 'TLSv1.2' }),
      new RawPeer(transport.port, high, { ALPNProtocols: ['h2'] }),
      new RawPeer(transport.port, high, { ALPNProtocols: [] }),
    ]
    await until(() => peers.every((peer) => peer.isClosed))
    assert(peers.every((peer) => peer.receivedBytes === 0))
    assert(transport.peers().every((peer) => !peer.connected))
  })

  it('refuses a resumed session, which proves no key', async () => {
    const transport = await alone()
    const first = new RawPeer(transport.port, high)
    let session: Buffer | undefined
    first.socket.on('session', (ticket) => {
      session = ticket
    })
    first.hello()
    await until(() => session !== undefined && transport.peers()[0]?.connected === true)
    first.socket.destroy()
    await until(() => transport.peers()[0]?.connected === false)
    const second = new RawPeer(transport.port, high, { session: session as Buffer })
    let isResumed = false
    second.socket.once('secureConnect', () => {
      isResumed = second.socket.isSessionReused()
    })
    second.hello()
    await until(() => second.isClosed)
    assert.equal(isResumed, true)
    assert(transport.peers().every((peer) => !peer.connected))
  })

  it('does not say a word to a server with another key than the registered one', async () => {
    let spoken = 0
    let dials = 0
    const impostor = createServer(
      {
        key: stranger.tls.keyPem,
        cert: stranger.tls.certificatePem,
        requestCert: true,
        rejectUnauthorized: false,
        ALPNProtocols: [linkProtocol],
      },
      (socket) => {
        socket.on('error', () => undefined)
        socket.on('data', (chunk) => {
          spoken += chunk.length
        })
      },
    )
    impostor.on('connection', () => {
      dials += 1
    })
    await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve))
    closing.push(() => void impostor.close())
    const { port } = impostor.address() as { port: number }
    cluster = new TestCluster([low, high], { limits: quick })
    const transport = cluster.make(low)
    const states = watchPeers(transport)
    await transport.start()
    transport.setPeers([{ ...cluster.addressOf(high), port }])
    await until(() => dials >= 2)
    assert.deepEqual([spoken, states], [0, []])
    assert(cluster.endsOf(low).includes('peer-mismatch'))
  })

  it('does not take one known peer for another', async () => {
    cluster = new TestCluster([low, high, third], { limits: quick })
    const [one, other] = [cluster.make(low), cluster.make(high)]
    await Promise.all([one.start(), other.start()])
    // `third` is said to be where `high` is.
    one.setPeers([{ ...cluster.addressOf(third), port: other.port }])
    await until(() => cluster.endsOf(low).includes('peer-mismatch'))
    assert.equal(one.peers()[0]?.connected, false)
  })

  it('links known peers whose certificates ended long ago', async () => {
    const transports = await both({}, expired)
    await linked(transports)
  })

  it('tells peers of another ledger apart', async () => {
    cluster = new TestCluster([low, high], { limits: quick })
    const one = cluster.make(low, 0, { context: Uint8Array.of(1) })
    const other = cluster.make(high, 0, { context: Uint8Array.of(2) })
    const states = watchPeers(one)
    await Promise.all([one.start(), other.start()])
    cluster.introduce()
    await until(() => cluster.endsOf(low).includes('context-mismatch'))
    assert.deepEqual(states, [])
  })

  it('refuses a key that does not belong to its certificate, and a port in use', async () => {
    const options = { self: low.id, listen: { host: '127.0.0.1', port: 0 }, peers: [] }
    assert.throws(
      () => new TlsTransport({ ...options, tls: { ...low.tls, keyPem: high.tls.keyPem } }),
      /key values mismatch/,
    )
    const transport = await alone()
    const second = cluster.make(high, transport.port)
    await assert.rejects(second.start(), { code: 'EADDRINUSE' })
  })
})

describe('one link a pair', () => {
  it('of two that dial at the same time keeps one and loses no frame', async () => {
    for (let round = 0; round < 15; round++) {
      const [one, other] = await both({ dialGraceMs: 1 })
      const [atOne, atOther] = [collect(one), collect(other)]
      let [toOther, toOne] = [0, 0]
      const states = [watchPeers(one), watchPeers(other)]
      await until(() => {
        if (one.send(other.self, Uint8Array.of(toOther), 'agreement')) toOther += 1
        if (other.send(one.self, Uint8Array.of(toOne), 'agreement')) toOne += 1
        return toOther > 30 && toOne > 30
      })
      await until(() => atOther.length === toOther && atOne.length === toOne)
      await until(() => one.openConnections === 1 && other.openConnections === 1)
      const ends = states.flat().filter((state) => state.endsWith('disconnected'))
      assert.deepEqual(ends, [])
      await cluster.close()
    }
  })

  it('keeps the one that the lower id dialled', async () => {
    const [one, other] = await both({ dialGraceMs: 1 })
    await linked([one, other])
    await until(() => one.openConnections === 1 && other.openConnections === 1)
    await settled()
    const last = cluster.events.get(high.id)?.findLast((event) => event.kind === 'established')
    assert.equal(last?.dialledBy, 'peer')
  })

  it('replaces a link whose other end started anew', async () => {
    const transport = await alone()
    const states = watchPeers(transport)
    const first = new RawPeer(transport.port, high)
    first.hello(undefined, new Uint8Array(8).fill(1))
    await until(() => states.length === 1)
    const second = new RawPeer(transport.port, high)
    second.hello(undefined, new Uint8Array(8).fill(2))
    await until(() => states.length === 3 && first.isClosed)
    assert.deepEqual(
      states.map((state) => state.split(' ')[1]),
      ['connected', 'disconnected', 'connected'],
    )
    assert.equal(second.isClosed, false)
  })
})

describe('links that break', () => {
  it('stand again after a reset, again and again', async () => {
    const { one, other, cable } = await cabled()
    const states = watchPeers(other)
    for (let round = 0; round < 5; round++) {
      await linked([one, other])
      cable.cut()
      await until(() => states.filter((state) => state.endsWith('disconnected')).length > round)
    }
    await linked([one, other])
    const received = collect(other)
    assert(one.send(other.self, Uint8Array.of(7), 'gossip'))
    await until(() => received.length === 1)
  })

  it('are found when the cable swallows everything without a word', async () => {
    const { one, other, cable } = await cabled({ pingAfterMs: 100, silenceMs: 1_000 })
    await linked([one, other])
    // An idle link stays: pings are answered.
    await delay(1_300)
    assert.equal(cluster.endsOf(low).length, 0)
    cable.swallow()
    await until(() => cluster.endsOf(low).includes('peer-silent') && cluster.endsOf(high).includes('peer-silent'))
    cable.release()
    await linked([one, other])
  })

  it('end when a peer takes nothing of what waits', async () => {
    const transport = await alone({ stallMs: 300, pingAfterMs: 100, silenceMs: 100_000, queueBytes: 8 * 1024 ** 2 })
    const peer = new RawPeer(transport.port, high)
    peer.hello()
    await until(() => transport.peers()[0]?.connected === true)
    peer.socket.pause()
    for (let index = 0; index < 200; index++) transport.send(high.id, new Uint8Array(65_536), 'gossip')
    await until(() => cluster.endsOf(low).includes('peer-stalled'))
    const status = transport.peers()[0]
    assert.equal(status?.queuedBytes, 0)
    assert((status.droppedFrames ?? 0) > 0)
    peer.socket.destroy()
  })

  it('are cut and made anew when the registered certificate changes, and cut for good when the peer is removed', async () => {
    const [one, other] = await both()
    await linked([one, other])
    const states = watchPeers(one)
    one.setPeers([{ ...cluster.addressOf(high), certificateFingerprint: stranger.certificateFingerprint }])
    await until(() => states.length === 1)
    await settled()
    assert.equal(one.peers()[0]?.connected, false)
    one.setPeers([cluster.addressOf(high)])
    await linked([one, other])
    one.setPeers([])
    await until(() => other.peers()[0]?.connected === false)
    assert.deepEqual(one.peers(), [])
    assert.equal(one.send(other.self, new Uint8Array(1), 'agreement'), false)
  })
})

describe('peers that come, go and move', () => {
  it('is dialled as soon as it is known', async () => {
    const transport = await alone()
    transport.setPeers([])
    cluster.make(high)
    const other = cluster.open.at(-1) as TlsTransport
    await other.start()
    other.setPeers([{ ...cluster.addressOf(low), port: 1 }])
    transport.setPeers([cluster.addressOf(high)])
    await until(() => transport.peers()[0]?.connected === true)
  })

  it('is met at its new place at once, however long the next attempt at the old one is away', async () => {
    const transport = await alone()
    const other = cluster.make(high)
    await other.start()
    other.setPeers([{ ...cluster.addressOf(low), port: 1 }])
    await until(() => cluster.endsOf(low).includes('dial-failed'))
    transport.setPeers([cluster.addressOf(high)])
    await until(() => transport.peers()[0]?.connected === true, 2_000)
  })

  it('keeps its link while the new place does not answer, and loses no frame when it does', async () => {
    const { one, other, cable } = await cabled()
    await linked([one, other])
    const states = watchPeers(one)
    const received = collect(other)
    one.setPeers([{ ...cluster.addressOf(high), port: 1 }])
    await until(() => cluster.endsOf(low).includes('dial-failed'))
    assert.equal(one.peers()[0]?.connected, true)
    for (let index = 0; index < 50; index++) one.send(other.self, new Uint8Array(1_000), 'agreement')
    one.setPeers([cluster.addressOf(high)])
    await until(() => cluster.endsOf(low).includes('superseded'))
    for (let index = 0; index < 50; index++) one.send(other.self, new Uint8Array(1_000), 'agreement')
    await cable.close()
    await until(() => received.length === 100)
    await settled()
    assert.deepEqual(states, [])
    assert.equal(one.peers()[0]?.connected, true)
  })

  it('that nobody can dial is waited for', async () => {
    const transport = await alone()
    await until(() => cluster.endsOf(low).includes('dial-failed'))
    const dials = (): number => cluster.endsOf(low).filter((reason) => reason === 'dial-failed').length
    const before = dials()
    transport.setPeers([{ ...cluster.addressOf(high), port: 1, isDialled: false }])
    await settled()
    assert.equal(dials(), before)
    const other = cluster.make(high)
    await other.start()
    other.setPeers([cluster.addressOf(low)])
    await until(() => transport.peers()[0]?.connected === true)
  })

  it('that nobody can dial any more is not dialled once more, whatever was planned', async () => {
    const transport = await alone({ redialMinMs: 200, redialMaxMs: 200 })
    const dials = (): number => cluster.endsOf(low).filter((reason) => reason === 'dial-failed').length
    await until(() => dials() > 0)
    transport.setPeers([{ ...cluster.addressOf(high), port: 1, isDialled: false }])
    const before = dials()
    await delay(400)
    assert.equal(dials(), before)
  })

  it('is read and answered no more from the moment it is removed, and costs one handshake a try', async () => {
    const [one, other] = await both({ redialMinMs: 20, redialMaxMs: 20 })
    await linked([one, other])
    const received = collect(one)
    one.setPeers([])
    for (let index = 0; index < 50; index++) other.send(one.self, new Uint8Array(60_000), 'bulk')
    await until(() => cluster.endsOf(low).filter((reason) => reason === 'peer-unknown').length >= 3)
    assert.deepEqual(received, [])
    assert.equal(one.openConnections, 0)
  })
})

describe('hostile bytes', () => {
  /** A checked peer that goes wrong, the reason, and no harm to the listener. */
  async function breaks(reason: string, act: (peer: RawPeer) => void): Promise<void> {
    const transport = await alone({ frameBytes: 1_000 })
    const received = collect(transport)
    const peer = new RawPeer(transport.port, high)
    act(peer)
    await until(() => peer.isClosed)
    assert(cluster.endsOf(low).includes(reason), `${cluster.endsOf(low)}`)
    assert.deepEqual(received, [])
    await cluster.close()
  }

  it('from a checked peer end its link', async () => {
    await breaks('frame-too-large', (peer) => {
      peer.hello()
      peer.socket.write(Uint8Array.of(frameKinds.data, 0xff, 0xff, 0xff))
    })
    await breaks('frame-too-large', (peer) => {
      peer.hello()
      peer.send(frameKinds.data, new Uint8Array(1_001))
    })
    await breaks('frame-too-large', (peer) => peer.send(frameKinds.hello, new Uint8Array(257)))
    await breaks('frame-too-large', (peer) => {
      peer.hello()
      peer.send(frameKinds.ping, new Uint8Array(1))
    })
    await breaks('frame-malformed', (peer) => peer.send(frameKinds.data, new Uint8Array(1)))
    await breaks('frame-malformed', (peer) => peer.send(frameKinds.ping, new Uint8Array()))
    await breaks('frame-malformed', (peer) => {
      peer.hello()
      peer.hello()
    })
    await breaks('frame-malformed', (peer) => {
      peer.hello()
      peer.socket.write(Uint8Array.of(9, 0, 0, 0))
    })
    await breaks('frame-malformed', (peer) => peer.send(frameKinds.hello, Uint8Array.of(1, 2, 3)))
    await breaks('context-mismatch', (peer) => peer.hello(Uint8Array.of(1)))
    await breaks('context-mismatch', (peer) => peer.send(frameKinds.hello, new Uint8Array(9).fill(2)))
  })

  it('without TLS are refused, and the listener goes on', async () => {
    const transport = await alone()
    for (const bytes of [
      new Uint8Array(100).fill(0xaa),
      new Uint8Array(5),
      Uint8Array.of(0x16, 3, 1, 0xff, 0xff),
      new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'),
    ]) {
      const raw = rawConnection(transport.port)
      raw.socket.end(bytes)
      await until(raw.isClosed)
    }
    const peer = new RawPeer(transport.port, high)
    peer.hello()
    await until(() => transport.peers()[0]?.connected === true)
    assert(cluster.endsOf(low).includes('handshake-failed'))
  })

  it('that never come are waited for no longer than the handshake may take', async () => {
    const transport = await alone({ handshakeMs: 200 })
    const idle = rawConnection(transport.port)
    const half = rawConnection(transport.port)
    half.socket.write(Uint8Array.of(0x16, 0x03, 0x01, 0x02))
    const silent = new RawPeer(transport.port, high)
    await until(() => idle.isClosed() && half.isClosed() && silent.isClosed, 2_000)
    const ends = cluster.endsOf(low).filter((reason) => reason === 'handshake-timeout')
    assert.equal(ends.length, 3)
    assert.equal(transport.openConnections, 0)
  })

  it('idle connections give way to newer ones, so that a peer gets in', async () => {
    const transport = await alone({ pendingConnections: 8, handshakeMs: 5_000 })
    const idle = Array.from({ length: 40 }, () => rawConnection(transport.port))
    await until(() => idle.filter((raw) => raw.isClosed()).length >= 32)
    const peer = new RawPeer(transport.port, high)
    peer.hello()
    await until(() => transport.peers()[0]?.connected === true)
    assert(cluster.endsOf(low).includes('handshake-crowded'))
    for (const raw of idle) raw.socket.destroy()
  })
})

describe('a flood of pings', () => {
  it('that nobody reads the answers of does not heap up', async () => {
    const transport = await alone({ stallMs: 60_000 })
    const peer = new RawPeer(transport.port, high)
    peer.hello()
    await until(() => transport.peers()[0]?.connected === true)
    peer.socket.pause()
    // Fill the way back, so that answers would have to wait.
    for (let index = 0; index < 400; index++) transport.send(high.id, new Uint8Array(65_536), 'gossip')
    await settled()
    const before = transport.peers()[0]?.queuedBytes ?? 0
    assert(before > 100_000, 'the way back is not full')
    for (let index = 0; index < 20; index++)
      peer.send(frameKinds.ping, ...new Array<Uint8Array>(2_000).fill(new Uint8Array()))
    await until(() => (transport.peers()[0]?.receivedBytes ?? 0) >= 20 * 2_000 * 4)
    assert((transport.peers()[0]?.queuedBytes ?? 0) <= before)
    peer.socket.destroy()
  })
})

describe('rates', () => {
  it('slow a peer down to its rate without losing a frame', async () => {
    const [one, other] = await both({ frameBytes: 10_000, inboundBytesPerSecond: 400_000, queueBytes: 4_000_000 })
    await linked([one, other])
    const received = collect(other)
    const startMs = performance.now()
    // The first second's worth may come at once.
    for (let index = 0; index < 60; index++) assert(one.send(other.self, new Uint8Array(10_000).fill(index), 'bulk'))
    await until(() => received.length === 60)
    assert(performance.now() - startMs > 400, `${performance.now() - startMs} ms`)
    assert(received.every((frame, index) => frame.bytes[0] === index))
  })
})

describe('stop', () => {
  it('leaves no connection, also while dialling and shaking hands', async () => {
    const [one, other] = await both()
    await one.stop()
    await other.stop()
    assert.equal(one.openConnections + other.openConnections, 0)
    await linkedThenStopped()
  })

  async function linkedThenStopped(): Promise<void> {
    const [one, other] = await both()
    await linked([one, other])
    const states = watchPeers(one)
    await Promise.all([one.stop(), other.stop()])
    assert.equal(states.length, 1)
    assert.equal(one.openConnections + other.openConnections, 0)
    await settled()
    assert.equal(states.length, 1)
  }

  it('lets what was sent go out first', async () => {
    const [one, other] = await both()
    await linked([one, other])
    const received = collect(other)
    for (let index = 0; index < 100; index++) one.send(other.self, new Uint8Array(1_000), 'agreement')
    await one.stop()
    await until(() => received.length === 100)
  })
})
