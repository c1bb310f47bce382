export {
  type AuthorityProblem,
  type AuthorityRequirement,
  authorityPathLengths,
  authorityProblem,
} from './authority-certificate.ts'
export {
  buildCertificate,
  type CertificateFields,
  type CertificateSigner,
  serialOf,
} from './build-certificate.ts'
export { type Certificate, type CertificateProblem, readCertificate, tryReadCertificate } from './certificate.ts'
export { CertificateError, type CertificateErrorCode } from './certificate-error.ts'
export { certificateLimits } from './certificate-limits.ts'
export * from './certificate-profiles.ts'
export { isSignedBy, type SignatureClaim, signatureClaimOf } from './certificate-signature.ts'
export { type ChainOptions, type ChainProblem, type ChainProblemCode, checkChain } from './chain.ts'
export { DerError, type DerErrorCode } from './der-error.ts'
export { type BitString, type DerElement, DerReader, derLimits, readWhole } from './der-reader.ts'
export {
  buildDistinguishedName,
  type DistinguishedName,
  type DistinguishedNameParts,
} from './distinguished-name.ts'
export * as extensionBuilders from './extension-builder.ts'
export { type BasicConstraints, type Extensions, type KeyUsage, keyUsages } from './extensions.ts'
export type { GeneralNames } from './general-names.ts'
export { certificateCoversHost } from './host.ts'
export {
  type AddressRange,
  checkNames,
  type NameConstraintProblem,
  type NameConstraints,
  type NameSubtrees,
} from './name-constraints.ts'
export { objectIdentifiers } from './object-identifier.ts'
export { compressPoint, expandPoint } from './p256-point.ts'
export { decodePem, decodePemChain, encodePem, type PemLabel } from './pem.ts'
export { type PrivateKeyParts, privateKeyInfoOf } from './private-key-info.ts'
export {
  checkPublishedCertificate,
  checkValidity,
  notBeforeToleranceMs,
  type PublishedCertificateInput,
  type PublishedCertificateProblem,
} from './published-certificate.ts'
export type { SignatureAlgorithm } from './signature-algorithm.ts'
export { ecdsaSignatureFromDer, ecdsaSignatureToDer } from './signature-form.ts'
export { subjectPublicKeyInfoOf, taggedKeyOf } from './subject-public-key-info.ts'
export { type CivilTime, civilTimeOf, lastTimeMs, millisecondsOf } from './time.ts'
