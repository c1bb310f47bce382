import { concatBytes, fromHex, toHex } from '@cresset/core-codec'
import { type DerReader, readWhole } from './der-reader.ts'
import { sequence, unsignedInteger } from './der-writer.ts'

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const scalarBytes = 32
/** SEQUENCE, two INTEGERs of 33 bytes, their headers. */
const ecdsaSignatureMaxBytes = 72

/** r ‖ s, 32 bytes each, to ECDSA-Sig-Value (RFC 3279 2.2.3). */
export function ecdsaSignatureToDer(signature: Uint8Array): Uint8Array {
  if (signature.length !== 2 * scalarBytes) throw new RangeError('an ECDSA P-256 signature has 64 bytes')
  return sequence(unsignedInteger(signature.subarray(0, scalarBytes)), unsignedInteger(signature.subarray(scalarBytes)))
}

/**
 * ECDSA-Sig-Value to r ‖ s with s ≤ n/2. Authorities outside sign with either half and X.509 does not care, the ledger's
 * check does: (r, n − s) verifies exactly when (r, s) does. `undefined` when r or s is not in 1 … n − 1. Throws `DerError`.
 */
export function ecdsaSignatureFromDer(der: Uint8Array): Uint8Array | undefined {
  return readWhole(der, ecdsaSignatureMaxBytes, (reader) => {
    const fields = reader.sequence()
    const r = readScalar(fields)
    const s = readScalar(fields)
    fields.end()
    if (r === undefined || s === undefined) return undefined
    return concatBytes(scalarToBytes(r), scalarToBytes(s > order / 2n ? order - s : s))
  })
}

function readScalar(reader: DerReader): bigint | undefined {
  const content = reader.integer()
  if ((content[0] as number) >= 0x80) return undefined
  const scalar = BigInt(`0x${toHex(content)}`)
  return scalar >= 1n && scalar < order ? scalar : undefined
}

function scalarToBytes(scalar: bigint): Uint8Array {
  return fromHex(scalar.toString(16).padStart(2 * scalarBytes, '0'))
}
