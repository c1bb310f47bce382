import { constants, createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { clientKey } from '../client-address.ts'
import { HandshakePace, type HandshakeRates } from './handshake-pace.ts'
import { DNS_OVER_TLS, type Listener } from './listener.ts'
import { DEFAULT_IDLE_TIMEOUT_MS, listenTcp, type TcpListenerOptions } from './tcp.ts'

/** A certificate with those that lead from it to one that clients know, and its private key, both in PEM. */
export interface TlsCredentials {
  readonly certificate: string
  readonly privateKey: string
}

export interface TlsListenerOptions extends Omit<TcpListenerOptions, 'proxyFrom'>, HandshakeRates {
  readonly credentials: TlsCredentials
  /** Ask clients for certificates; whoever has none, or any, is let in, and the handler is told. Default: do not ask. */
  readonly asksForCertificate?: boolean
  /** A handshake that takes longer is given up, however long open connections may be idle. Default 5 s. */
  readonly handshakeTimeoutMs?: number
}

export interface TlsListener extends Listener {
  /** New connections get this certificate. Throws what `node:tls` throws for credentials that are none; then nothing changes. */
  use(credentials: TlsCredentials): void
}

const DEFAULT_HANDSHAKE_TIMEOUT_MS = 5_000

/**
 * Answers queries by TLS on one address (RFC 7858), with all limits of TCP; handshakes begin at a bounded rate, and have no more time than an idle connection.
 * TLS 1.2 and later. Rejects with the system's error when the address cannot be bound.
 */
export async function listenTls(options: TlsListenerOptions): Promise<TlsListener> {
  const { credentials, asksForCertificate = false, handshakeTimeoutMs = DEFAULT_HANDSHAKE_TIMEOUT_MS, ...tcp } = options
  const given = ({ certificate, privateKey }: TlsCredentials) => ({
    cert: certificate,
    key: privateKey,
    minVersion: 'TLSv1.2' as const,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  })
  // It never listens itself: connections are counted and bounded before they come to it.
  const server = createServer({
    ...given(credentials),
    ALPNProtocols: [DNS_OVER_TLS],
    requestCert: asksForCertificate,
    // Listed certificates need no authority (RFC 8310 section 8.1), and others are no reason to refuse an answer.
    rejectUnauthorized: false,
    handshakeTimeout: Math.min(handshakeTimeoutMs, options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS),
  })
  const underWay = new Map<string, (secured: TLSSocket) => void>()
  server.on('secureConnection', (secured) => {
    const onSecure = underWay.get(placeOf(secured))
    // A reset is no error of ours, and an unheard 'error' event would end the process.
    secured.on('error', () => secured.destroy())
    secured.allowHalfOpen = true
    if (onSecure === undefined) secured.destroy()
    else onSecure(secured)
  })
  server.on('tlsClientError', (_error, secured) => secured.destroy())
  const pace = new HandshakePace(options)
  const listener = await listenTcp(tcp, (socket, onSecure) => {
    const place = placeOf(socket)
    underWay.set(place, (secured) => {
      underWay.delete(place)
      onSecure(secured, {
        version: secured.getProtocol() ?? '',
        protocol: secured.alpnProtocol || undefined,
        fingerprint: fingerprintOf(secured),
      })
    })
    const leave = pace.enter(clientKey(socket.remoteAddress ?? ''), () => {
      // Who closes its side before it is secure is gone; only later may it wait for its last answers. TLS takes this over from the socket.
      socket.allowHalfOpen = false
      server.emit('connection', socket)
    })
    socket.on('close', () => {
      underWay.delete(place)
      leave()
    })
  })
  return {
    ...listener,
    use: (next) => server.setSecureContext(given(next)),
  }
}

/** Of a connection while it is open, no other one has it. */
function placeOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}

function fingerprintOf(secured: TLSSocket): string | undefined {
  const certificate = secured.getPeerX509Certificate()
  return certificate && createHash('sha256').update(certificate.raw).digest('hex')
}
