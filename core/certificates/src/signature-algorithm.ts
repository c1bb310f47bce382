import { keyTypes, type PublicKey } from '@cresset/core-crypto'
import { certificateLimits } from './certificate-limits.ts'
import { readWhole } from './der-reader.ts'
import { objectIdentifier, sequence } from './der-writer.ts'
import { objectIdentifiers } from './object-identifier.ts'

export type SignatureAlgorithm = 'ed25519' | 'ecdsa-with-sha256'

/** AlgorithmIdentifier by name; neither has parameters (RFC 8410 section 3, RFC 5758 3.2). */
export const signatureAlgorithms: Record<SignatureAlgorithm, Uint8Array> = {
  ed25519: sequence(objectIdentifier(objectIdentifiers.ed25519)),
  'ecdsa-with-sha256': sequence(objectIdentifier(objectIdentifiers.ecdsaWithSha256)),
}

/** Checks the form of an AlgorithmIdentifier; `undefined` for one that we cannot verify. */
export function signatureAlgorithmOf(der: Uint8Array): SignatureAlgorithm | undefined {
  const { identifier, hasParameters } = readWhole(der, certificateLimits.bytes, (reader) => {
    const fields = reader.sequence()
    const identifier = fields.objectIdentifier()
    const hasParameters = !fields.isAtEnd()
    if (hasParameters) fields.checkedAny()
    fields.end()
    return { identifier, hasParameters }
  })
  if (hasParameters) return undefined
  if (identifier === objectIdentifiers.ed25519) return 'ed25519'
  return identifier === objectIdentifiers.ecdsaWithSha256 ? 'ecdsa-with-sha256' : undefined
}

/** The one algorithm that we use with a key of this type. */
export function signatureAlgorithmFor(key: PublicKey): SignatureAlgorithm {
  return key[0] === keyTypes.ed25519 ? 'ed25519' : 'ecdsa-with-sha256'
}
