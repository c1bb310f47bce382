import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { AddressInfo, Socket } from 'node:net'
import {
  connect,
  createSecureContext,
  createServer,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
} from 'node:tls'
import { contextBytesMax, sessionBytes } from './hello.ts'
import type { LinkEnd, LinkEvent } from './link-event.ts'
import { checkLinkLimits, defaultLinkLimits, type LinkLimits } from './link-limits.ts'
import { identifyPeer } from './peer-identity.ts'
import { PendingConnections } from './pending-connections.ts'
import { TlsLink } from './tls-link.ts'
import { type DialAttempt, type PeerAddress, TlsPeer } from './tls-peer.ts'
import type { FrameHandler, PeerHandler, PeerId, PeerStatus, Priority, Transport } from './transport.ts'

export interface TlsTransportOptions {
  readonly self: PeerId
  /** Port 0 lets the system choose; see `TlsTransport.port`. */
  readonly listen: { readonly host: string; readonly port: number }
  readonly tls: {
    readonly keyPem: string
    readonly certificatePem: string
    /** The consortium's root, told to clients as a hint, if there is one; peers are known by fingerprint. */
    readonly rootPem?: string
  }
  /** Known nodes; an entry for `self` is passed over. */
  readonly peers: readonly PeerAddress[]
  /** Both sides must have the same, such as the digest of genesis; 0 … 64 bytes. */
  readonly context?: Uint8Array
  readonly limits?: Partial<LinkLimits>
  readonly onEvent?: (event: LinkEvent) => void
}

/** ALPN name: what speaks something else on this port is refused during the handshake. */
export const linkProtocol = 'cresset-link/1'

/** AES-128 first: same standing as AES-256 for links, less work. */
const ciphers = 'TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384'

/** Mutual TLS 1.3 over TCP. See `Transport`; `LinkEnd` lists why links end. */
export class TlsTransport implements Transport {
  readonly self: PeerId
  readonly #options: TlsTransportOptions
  readonly #limits: LinkLimits
  readonly #session = randomBytes(sessionBytes)
  readonly #context: Uint8Array
  readonly #secure: SecureContextOptions
  readonly #dialContext: SecureContext
  readonly #pending: PendingConnections
  readonly #peers = new Map<PeerId, TlsPeer>()
  readonly #links = new Set<TlsLink>()
  #onFrame: FrameHandler = () => undefined
  #onPeer: PeerHandler = () => undefined
  #server: Server | undefined
  #ticker: NodeJS.Timeout | undefined
  #isRunning = false

  constructor(options: TlsTransportOptions) {
    const { keyPem, certificatePem, rootPem } = options.tls
    this.self = options.self
    this.#options = options
    this.#limits = checkLinkLimits({ ...defaultLinkLimits, ...options.limits })
    this.#context = options.context ?? new Uint8Array()
    assert(this.#context.length <= contextBytesMax, 'context fits hello')
    this.#secure = { key: keyPem, cert: certificatePem, ca: rootPem ?? certificatePem, minVersion: 'TLSv1.3', ciphers }
    this.#dialContext = createSecureContext(this.#secure)
    this.#pending = new PendingConnections(this.#limits, (address, reason) => this.#refuse(address, reason))
    for (const peer of options.peers) this.#addPeer(peer)
  }

  /** Where it listens; the one chosen by the system if port 0 was asked for. */
  get port(): number {
    return (this.#server?.address() as AddressInfo | undefined)?.port ?? this.#options.listen.port
  }

  /** Links that stand or are ending; one a pair once two have met. */
  get openConnections(): number {
    return this.#links.size
  }

  async start(): Promise<void> {
    assert(this.#server === undefined, 'started once')
    const server = createServer({
      ...this.#secure,
      ALPNProtocols: [linkProtocol],
      requestCert: true,
      // Whose certificate it is decides `#accept`, before the first frame is sent or read.
      rejectUnauthorized: false,
      noDelay: true,
    })
    this.#server = server
    server.on('connection', (socket) => this.#pending.add(socket))
    server.on('secureConnection', (socket) => this.#accept(socket))
    server.on('tlsClientError', (error, socket) => {
      this.#refuse(addressOf(socket), 'handshake-failed', error.message)
      socket.destroy()
    })
    const { host, port } = this.#options.listen
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.removeListener('error', reject)
        server.on('error', (error) => this.#refuse(`${host}:${port}`, 'handshake-failed', error.message))
        resolve()
      })
    })
    this.#isRunning = true
    const tickMs = Math.max(10, Math.min(500, Math.floor(this.#limits.pingAfterMs / 4)))
    this.#ticker = setInterval(() => {
      for (const peer of this.#peers.values()) peer.tick(tickMs)
    }, tickMs)
    for (const peer of this.#peers.values()) peer.start()
  }

  /**
   * Takes up new peers, lets go of those missing, dials those that moved at their new place, and breaks links whose certificate
   * is no longer the registered one.
   */
  setPeers(peers: readonly PeerAddress[]): void {
    const known = new Map(peers.map((peer) => [peer.id, peer]))
    for (const [id, peer] of this.#peers) {
      const address = known.get(id)
      if (address?.certificateFingerprint === peer.address.certificateFingerprint) {
        peer.moveTo(address)
        continue
      }
      this.#peers.delete(id)
      peer.remove()
    }
    for (const [id, address] of known) {
      if (this.#peers.has(id)) continue
      const peer = this.#addPeer(address)
      if (this.#isRunning) peer?.start()
    }
  }

  send(peer: PeerId, frame: Uint8Array, priority: Priority): boolean {
    if (frame.length > this.#limits.frameBytes) throw new RangeError(`a frame of ${frame.length} bytes`)
    return this.#peers.get(peer)?.send(frame, priority) ?? false
  }

  peers(): PeerStatus[] {
    const statuses = Array.from(this.#peers.values(), (peer) => peer.status())
    return statuses.sort((left, right) => (left.id < right.id ? -1 : 1))
  }

  onFrame(handler: FrameHandler): void {
    this.#onFrame = handler
  }

  onPeer(handler: PeerHandler): void {
    this.#onPeer = handler
  }

  async stop(): Promise<void> {
    this.#isRunning = false
    clearInterval(this.#ticker)
    for (const peer of this.#peers.values()) peer.stop()
    this.#pending.destroyAll()
    for (const link of this.#links) link.drain('stopped')
    const closed = Array.from(this.#links, (link) => link.closed)
    const server = this.#server
    if (server?.listening) closed.push(new Promise((resolve) => server.close(() => resolve())))
    await Promise.all(closed)
  }

  #addPeer(address: PeerAddress): TlsPeer | undefined {
    if (address.id === this.self) return undefined
    const peer = new TlsPeer(address, {
      self: this.self,
      limits: this.#limits,
      connect: (dialled) => this.#connect(dialled),
      frameReceived: (id, frame) => (this.#isRunning ? this.#onFrame(id, frame) : undefined),
      stateChanged: (id, state) => this.#onPeer(id, state),
      report: (event) => this.#options.onEvent?.(event),
    })
    this.#peers.set(address.id, peer)
    return peer
  }

  #accept(socket: TLSSocket): void {
    const identity = identifyPeer(socket, linkProtocol)
    const isKnown = (peer: TlsPeer): boolean =>
      'fingerprint' in identity && peer.address.certificateFingerprint === identity.fingerprint
    const peer = this.#isRunning ? Array.from(this.#peers.values()).find(isKnown) : undefined
    if (peer !== undefined) {
      this.#link(socket, peer, 'peer', () => this.#pending.remove(socket))
      return
    }
    const detail = 'problem' in identity ? identity.problem : `certificate ${identity.fingerprint}`
    this.#refuse(addressOf(socket), 'peer-unknown', detail)
    socket.on('error', () => undefined)
    socket.destroy()
  }

  #connect(peer: TlsPeer): DialAttempt {
    const { host, port } = peer.address
    const socket = connect({
      secureContext: this.#dialContext,
      host,
      port,
      minVersion: 'TLSv1.3',
      ALPNProtocols: [linkProtocol],
      // The registered certificate is asked for below, before the first frame is sent or read.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    })
    socket.setNoDelay(true)
    const attempt: DialAttempt = {
      link: undefined,
      giveUp: () => {
        if (attempt.link === undefined) socket.destroy()
      },
    }
    const deadline = setTimeout(() => {
      failure = ['handshake-timeout', 'no link in time']
      if (attempt.link === undefined) socket.destroy()
      else attempt.link.destroy('handshake-timeout')
    }, this.#limits.handshakeMs)
    socket.once('close', () => clearTimeout(deadline))
    let failure: readonly [LinkEnd, string] = ['dial-failed', 'the connection closed']
    const fail = (error: Error): void => {
      failure = ['dial-failed', error.message]
    }
    const closed = (): void => {
      this.#refuse(`${host}:${port}`, failure[0], failure[1], peer.id)
      peer.dialFailed(attempt)
    }
    socket.on('error', fail)
    socket.once('close', closed)
    socket.once('secureConnect', () => {
      const identity = identifyPeer(socket, linkProtocol)
      const isExpected = 'fingerprint' in identity && identity.fingerprint === peer.address.certificateFingerprint
      if (isExpected && this.#isRunning) {
        socket.removeListener('error', fail)
        socket.removeListener('close', closed)
        attempt.link = this.#link(socket, peer, 'self', () => clearTimeout(deadline))
        return
      }
      const found = 'problem' in identity ? identity.problem : `certificate ${identity.fingerprint}`
      failure = ['peer-mismatch', `${found} where ${peer.address.certificateFingerprint} is registered`]
      socket.destroy()
    })
    return attempt
  }

  #link(socket: TLSSocket, peer: TlsPeer, dialledBy: 'self' | 'peer', onEstablished: () => void): TlsLink {
    const link = new TlsLink({
      socket,
      owner: peer,
      dialledBy,
      limits: this.#limits,
      session: this.#session,
      context: this.#context,
      onEstablished,
    })
    this.#links.add(link)
    void link.closed.then(() => this.#links.delete(link))
    return link
  }

  #refuse(address: string, reason: LinkEnd, detail?: string, peer?: PeerId): void {
    const event = { kind: 'ended', peer, address, reason } as const
    this.#options.onEvent?.(detail === undefined ? event : { ...event, detail })
  }
}

function addressOf(socket: Socket): string {
  return `${socket.remoteAddress}:${socket.remotePort}`
}
