import { generateKeyPair, type KeyPair, keyPairSigner } from '@cresset/core-crypto'
import { buildCertificate } from '../build-certificate.ts'
import { type Certificate, readCertificate } from '../certificate.ts'
import { buildNodeCertificate, buildRootCertificate, buildSelfSignedHostCertificate } from '../certificate-profiles.ts'
import { buildDistinguishedName } from '../distinguished-name.ts'
import {
  authorityKeyIdentifier,
  basicConstraints,
  keyIdentifierOf,
  keyUsage,
  subjectKeyIdentifier,
} from '../extension-builder.ts'

/** 2026-01-15T12:00:00Z. */
export const nowMs = 1_768_478_400_000
export const dayMs = 86_400_000

/** The key of 32 equal bytes: tests name keys by a number. */
export function keyOf(number: number, type: 'ed25519' | 'p256' = 'p256'): KeyPair {
  return generateKeyPair(type, new Uint8Array(32).fill(number))
}

export const serial = new Uint8Array(16).fill(0x11)

export async function rootFor(
  zones: readonly string[],
  key = keyOf(1),
  life: { nowMs?: number; lifetimeMs?: number } = {},
): Promise<Certificate> {
  const der = await buildRootCertificate(
    { subject: { organization: 'Acme', commonName: 'Acme root' }, zones, nowMs, random: serial, ...life },
    keyPairSigner(key),
  )
  return readCertificate(der)
}

export async function nodeUnder(
  root: Certificate,
  hosts: readonly string[],
  key = keyOf(2),
  rootKey = keyOf(1),
): Promise<Certificate> {
  const der = await buildNodeCertificate(
    { hosts, publicKey: key.publicKey, issuer: root, nowMs, random: serial },
    keyPairSigner(rootKey),
  )
  return readCertificate(der)
}

export async function hostCertificate(
  hosts: readonly string[],
  key = keyOf(3),
  life: { nowMs?: number; lifetimeMs?: number } = {},
): Promise<Certificate> {
  return readCertificate(
    await buildSelfSignedHostCertificate({ hosts, nowMs, random: serial, ...life }, keyPairSigner(key)),
  )
}

export interface IssueRequest {
  readonly issuer: Certificate
  readonly issuerKey: KeyPair
  readonly subject: string
  readonly key: KeyPair
  /** Beside the key identifiers. */
  readonly extensions: readonly Uint8Array[]
  readonly notBeforeMs?: number
  readonly notAfterMs?: number
}

/** A certificate with any extensions, for chains that our profiles would not make. */
export async function issue(request: IssueRequest): Promise<Certificate> {
  const { issuer, issuerKey, key } = request
  const der = await buildCertificate(
    {
      serial,
      issuer: issuer.subject.der,
      subject: buildDistinguishedName({ commonName: request.subject }),
      notBeforeMs: request.notBeforeMs ?? nowMs - dayMs,
      notAfterMs: request.notAfterMs ?? nowMs + dayMs,
      publicKey: key.publicKey,
      extensions: [
        ...request.extensions,
        subjectKeyIdentifier(keyIdentifierOf(key.publicKey)),
        authorityKeyIdentifier(keyIdentifierOf(issuerKey.publicKey)),
      ],
    },
    keyPairSigner(issuerKey),
  )
  return readCertificate(der)
}

/** Extensions of an authority, without name constraints. */
export function authority(pathLength?: number): Uint8Array[] {
  const constraints = pathLength === undefined ? { isAuthority: true } : { isAuthority: true, pathLength }
  return [basicConstraints(constraints), keyUsage('keyCertSign', 'cRLSign')]
}
