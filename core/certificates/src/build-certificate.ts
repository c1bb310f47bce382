import type { PublicKey, Signer } from '@cresset/core-crypto'
import { certificateLimits } from './certificate-limits.ts'
import { bitString, explicit, sequence, smallInteger, time, unsignedInteger } from './der-writer.ts'
import { signatureAlgorithmFor, signatureAlgorithms } from './signature-algorithm.ts'
import { ecdsaSignatureToDer } from './signature-form.ts'
import { subjectPublicKeyInfoOf } from './subject-public-key-info.ts'

/** What signs a certificate: `sign` gives 64 bytes over the message, as `checkSignature` takes them. */
export type CertificateSigner = Pick<Signer, 'publicKey' | 'sign'>

export interface CertificateFields {
  /** 1 … 20 bytes, big-endian; see `serialOf`. */
  readonly serial: Uint8Array
  /** DER names, from `buildDistinguishedName` or a certificate that was read. */
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  /** Cut to whole seconds; 1950 … 9999. */
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly publicKey: PublicKey
  /** DER Extension elements, in the order they shall stand. */
  readonly extensions: readonly Uint8Array[]
}

/** DER of an X.509 version 3 certificate. The same fields give the same bytes to sign. */
export async function buildCertificate(fields: CertificateFields, signer: CertificateSigner): Promise<Uint8Array> {
  const algorithm = signatureAlgorithms[signatureAlgorithmFor(signer.publicKey)]
  const tbs = sequence(
    explicit(0, smallInteger(2)),
    unsignedInteger(checkSerial(fields.serial)),
    algorithm,
    fields.issuer,
    sequence(time(fields.notBeforeMs), time(fields.notAfterMs)),
    fields.subject,
    subjectPublicKeyInfoOf(fields.publicKey),
    explicit(3, sequence(...fields.extensions)),
  )
  const signature = await signer.sign(tbs)
  const encoded = signatureAlgorithmFor(signer.publicKey) === 'ed25519' ? signature : ecdsaSignatureToDer(signature)
  return sequence(tbs, algorithm, bitString(encoded))
}

/** A positive serial number of constant length from 16 random bytes: 126 bits stay random (RFC 5280 4.1.2.2 wants ≤ 20 bytes). */
export function serialOf(random: Uint8Array): Uint8Array {
  if (random.length !== 16) throw new RangeError('a serial number is made of 16 random bytes')
  const serial = Uint8Array.from(random)
  serial[0] = ((random[0] as number) & 0x3f) | 0x40
  return serial
}

function checkSerial(serial: Uint8Array): Uint8Array {
  const isTooLong =
    serial.length > certificateLimits.serialBytes || (serial.length === 20 && (serial[0] as number) >= 0x80)
  if (isTooLong || serial.every((byte) => byte === 0))
    throw new RangeError('a serial number is positive, at most 20 bytes')
  return serial
}
