import { equalBytes } from '@cresset/core-codec'
import type { PublicKey } from '@cresset/core-crypto'
import { CertificateError, type CertificateErrorCode } from './certificate-error.ts'
import { certificateLimits } from './certificate-limits.ts'
import { DerError, type DerErrorCode } from './der-error.ts'
import { type DerReader, readWhole } from './der-reader.ts'
import { type DistinguishedName, readDistinguishedName } from './distinguished-name.ts'
import { type Extensions, readExtensions } from './extensions.ts'
import { type SignatureAlgorithm, signatureAlgorithmOf } from './signature-algorithm.ts'
import { taggedKeyOf } from './subject-public-key-info.ts'
import { contextPrimitive, tags } from './tags.ts'

/** X.509 version 3 certificate (RFC 5280 section 4). Byte fields are views of the DER that was read. */
export interface Certificate {
  readonly der: Uint8Array
  /** What the signature covers. */
  readonly tbs: Uint8Array
  /** Contents of the INTEGER: positive, 1 … 20 bytes. */
  readonly serial: Uint8Array
  readonly issuer: DistinguishedName
  readonly subject: DistinguishedName
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** DER, for digests (TLSA selector 1). */
  readonly subjectPublicKeyInfo: Uint8Array
  /** Tagged key, or `undefined` for an algorithm other than Ed25519 and P-256. */
  readonly publicKey: PublicKey | undefined
  readonly extensions: Extensions
  /** `undefined` for an algorithm that we do not check. */
  readonly signatureAlgorithm: SignatureAlgorithm | undefined
  /** As in the BIT STRING; ECDSA: DER of r and s. */
  readonly signature: Uint8Array
}

export type CertificateProblem = CertificateErrorCode | DerErrorCode

/** Throws `DerError` or `CertificateError`, nothing else, whatever the bytes are. Does not check the signature. */
export function readCertificate(der: Uint8Array): Certificate {
  return readWhole(der, certificateLimits.bytes, (reader) => {
    const outer = reader.sequence()
    const tbs = outer.element(tags.sequence).encoding
    const algorithm = outer.element(tags.sequence).encoding
    const signature = outer.bitString()
    outer.end()
    if (signature.unusedBits !== 0) throw new CertificateError('certificate-signature', 'unused bits')
    const fields = readToBeSigned(outer.inside(tbs).sequence())
    if (!equalBytes(fields.algorithm, algorithm)) {
      throw new CertificateError('certificate-signature', 'two different signature algorithms')
    }
    const { algorithm: _, ...rest } = fields
    return { der, tbs, ...rest, signatureAlgorithm: signatureAlgorithmOf(algorithm), signature: signature.bytes }
  })
}

/** As `readCertificate`, with the code in place of the exception. */
export function tryReadCertificate(der: Uint8Array): Certificate | CertificateProblem {
  try {
    return readCertificate(der)
  } catch (error) {
    if (error instanceof DerError || error instanceof CertificateError) return error.code
    throw error
  }
}

function readToBeSigned(fields: DerReader) {
  const version = fields.optionalContext(0)
  const isVersion3 = version?.smallInteger(0xff) === 2
  version?.end()
  if (!isVersion3) throw new CertificateError('certificate-version', 'not version 3')
  const serial = fields.integer()
  if (
    serial.length > certificateLimits.serialBytes ||
    (serial[0] as number) >= 0x80 ||
    serial.every((byte) => byte === 0)
  ) {
    throw new CertificateError('certificate-serial', 'not positive or too long')
  }
  const algorithm = fields.element(tags.sequence).encoding
  const issuer = readDistinguishedName(fields)
  if (issuer.der.length === 2) throw new CertificateError('certificate-name', 'no issuer')
  const validity = fields.sequence()
  const notBeforeMs = validity.time()
  const notAfterMs = validity.time()
  validity.end()
  if (notAfterMs < notBeforeMs) throw new CertificateError('certificate-validity', 'ends before it begins')
  const subject = readDistinguishedName(fields)
  const subjectPublicKeyInfo = fields.element(tags.sequence).encoding
  const next = fields.nextTag()
  if (next === contextPrimitive(1) || next === contextPrimitive(2)) {
    throw new CertificateError('certificate-version', 'unique identifiers of version 2')
  }
  const extensions = readExtensions(fields.optionalContext(3))
  fields.end()
  return {
    serial,
    algorithm,
    issuer,
    subject,
    notBeforeMs,
    notAfterMs,
    subjectPublicKeyInfo,
    publicKey: taggedKeyOf(subjectPublicKeyInfo),
    extensions,
  }
}
