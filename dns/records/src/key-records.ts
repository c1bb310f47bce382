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

/** CERT RDATA of a certificate in DER. */
export function certRdata(certificate: Uint8Array): Uint8Array {
  return concatBytes(CERT_PKIX, certificate)
}
