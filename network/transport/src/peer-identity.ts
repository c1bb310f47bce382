import { createHash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

/** SHA-256 of a certificate's DER, lower-case hex: what the ledger registers for a node. */
export function certificateFingerprintOf(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('hex')
}

/**
 * The fingerprint of the certificate whose key signed this handshake, or why there is none. TLS has checked the signature
 * (CertificateVerify, RFC 8446 4.4.3); whether the certificate is anybody's is for the caller to decide, by its fingerprint
 * alone: neither issuer nor dates are asked, because a network that stood still must be able to start again.
 */
export function identifyPeer(
  socket: TLSSocket,
  protocol: string,
): { readonly fingerprint: string } | { readonly problem: string } {
  if (socket.getProtocol() !== 'TLSv1.3') return { problem: `TLS 1.3 is required, not ${socket.getProtocol()}` }
  if (socket.alpnProtocol !== protocol) return { problem: `protocol ${protocol} is required` }
  // A resumed session carries no fresh proof of the key.
  if (socket.isSessionReused()) return { problem: 'a resumed session' }
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return { problem: 'no certificate' }
  return { fingerprint: certificateFingerprintOf(certificate.raw) }
}
