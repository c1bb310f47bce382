import { subjectPublicKeyInfoOf } from '@cresset/core-certificates'
import { concatBytes } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'

/** DANE-EE, SubjectPublicKeyInfo, SHA-256 (RFC 7671 section 5.1). */
const TLSA_3_1_1 = Uint8Array.of(3, 1, 1)
/**
 * PKIX, then key tag 0 and algorithm 0: a host's key is no DNSSEC key, and RFC 4398 section 2 gives a key without a
 * DNSSEC form these values.
 */
const CERT_PKIX = Uint8Array.of(0, 1, 0, 0, 0)

/** TLSA 3 1 1 RDATA that pins a tagged public key. */
export function tlsaRdata(publicKey: Uint8Array): Uint8Array {
  return concatBytes(TLSA_3_1_1, sha256(subjectPublicKeyInfoOf(publicKey)))
}

/** DANE-TA, full certificate, SHA-256 (RFC 7671 section 5.2). */
const TLSA_2_0_1 = Uint8Array.of(2, 0, 1)

/** TLSA 2 0 1 RDATA that pins an authority by its certificate in DER. */
export function authorityTlsaRdata(certificate: Uint8Array): Uint8Array {
  return concatBytes(TLSA_2_0_1, sha256(certificate))
}

/** CERT RDATA of a certificate in DER. */
export function certRdata(certificate: Uint8Array): Uint8Array {
  return concatBytes(CERT_PKIX, certificate)
}

/** An RRset travels whole or not at all, and a message has 64 KiB. */
const MAX_CERT_RRSET_BYTES = 32_768

/** CERT RDATA of certificates, in their order, as many as one RRset should hold; the ledger has them all. */
export function certRdatas(certificates: readonly Uint8Array[]): Uint8Array[] {
  const rdatas: Uint8Array[] = []
  let bytes = 0
  for (const certificate of certificates) {
    bytes += CERT_PKIX.length + certificate.length
    if (bytes > MAX_CERT_RRSET_BYTES) break
    rdatas.push(certRdata(certificate))
  }
  return rdatas
}
