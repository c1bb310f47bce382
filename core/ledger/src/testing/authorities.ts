import {
  type AuthorityProblem,
  buildCertificate,
  type Certificate,
  extensionBuilders,
  readCertificate,
} from '@cresset/core-certificates'
import { concatBytes, utf8 } from '@cresset/core-codec'
import { type KeyPair, keyPairSigner } from '@cresset/core-crypto'
import type { Action } from '../actions.ts'
import type { DelegationContent } from '../delegation/delegation.ts'
import { keyPairFor, type Scenario } from './scenario.ts'

export interface AuthorityOptions {
  pathLength?: number | undefined
  isAuthority?: boolean
  extensions?: Uint8Array[]
  key?: KeyPair
  /** Signs in place of the own key. */
  issuer?: { readonly certificate: Certificate; readonly key: KeyPair }
  beginsInMs?: number
  lifetimeMs?: number
}

/** The key of the authority of a subtree. */
export function authorityKey(subtree: string): KeyPair {
  return keyPairFor(`authority of ${subtree}`, 'p256')
}

/** An authority with any properties, good for a domain certificate when none is given. DER. */
export function makeAuthority(ledger: Scenario, subtree: string, options: AuthorityOptions = {}): Promise<Uint8Array> {
  const { basicConstraints, keyUsage, nameConstraints } = extensionBuilders
  const { isAuthority = true, key = authorityKey(subtree), issuer, beginsInMs = -3_600_000 } = options
  const pathLength = 'pathLength' in options ? options.pathLength : 1
  const subject = distinguishedName(subtree)
  const notBeforeMs = ledger.timeMs + beginsInMs
  return buildCertificate(
    {
      serial: Uint8Array.of(1),
      issuer: issuer?.certificate.subject.der ?? subject,
      subject,
      notBeforeMs,
      notAfterMs: notBeforeMs + (options.lifetimeMs ?? 90 * 86_400_000),
      publicKey: key.publicKey,
      extensions: [
        basicConstraints(pathLength === undefined || !isAuthority ? { isAuthority } : { isAuthority, pathLength }),
        ...(options.extensions ?? [keyUsage('keyCertSign'), nameConstraints([subtree])]),
      ],
    },
    keyPairSigner(issuer?.key ?? key),
  )
}

/** An authority of `subtree` that the one of `above` issued, as `setDelegation` wants it. */
export async function makeDelegated(
  ledger: Scenario,
  subtree: string,
  above: Uint8Array,
  options: AuthorityOptions = {},
): Promise<Uint8Array> {
  const certificate = readCertificate(above)
  const issuer = { certificate, key: authorityKey(certificate.subject.commonName ?? '') }
  return makeAuthority(ledger, subtree, { pathLength: 0, issuer, ...options })
}

/** For each rule of `authorityProblem` that the bytes alone can break: an authority of `subtree` that breaks it and no rule before. */
export function brokenAuthorities(
  subtree: string,
  pathLength: 0 | 1,
): Partial<Record<AuthorityProblem, AuthorityOptions>> {
  const { keyUsage, nameConstraints } = extensionBuilders
  const usage = keyUsage('keyCertSign')
  return {
    'authority-not-ca': { isAuthority: false },
    'authority-key-usage': { pathLength, extensions: [keyUsage('digitalSignature'), nameConstraints([subtree])] },
    'authority-path-length': { pathLength: pathLength + 1 },
    'authority-unconstrained': { pathLength, extensions: [usage] },
    'authority-subtree': { pathLength, extensions: [usage, nameConstraints([subtree.replace(/^[^.]*\./, '')])] },
    'authority-addresses': { pathLength, extensions: [usage, permittedOnly(subtree)] },
    'authority-critical-extension': { pathLength, extensions: [usage, nameConstraints([subtree]), unknownExtension] },
    'authority-not-yet-valid': { pathLength, beginsInMs: 302_000 },
    'authority-expired': { pathLength, beginsInMs: -2_000, lifetimeMs: 2_000 },
  }
}

export function settingCertificate(name: string, certificate: Uint8Array | undefined): Action {
  return { kind: 'setDomainCertificate', body: { name, certificate } }
}

/** A delegation with one server within the place, unless told otherwise. */
export function delegating(name: string, host: string, content: Partial<DelegationContent> = {}): Action {
  const servers = [{ name: `ns.${host}.${name}`, addresses: [Uint8Array.of(192, 0, 2, 1)] }]
  const empty = { ttlSeconds: undefined, signers: [], updateKey: undefined, certificate: undefined }
  return { kind: 'setDelegation', body: { name, host, delegation: { servers, ...empty, ...content } } }
}

export function takingBack(name: string, host: string): Action {
  return { kind: 'setDelegation', body: { name, host, delegation: undefined } }
}

export function settingEncryptionKey(name: string, key: Uint8Array | undefined): Action {
  return { kind: 'setEncryptionKey', body: { name, key } }
}

/** The base point of X25519: as good a key as any (RFC 7748 section 4.1). */
export const encryptionKey = Uint8Array.of(9, ...new Uint8Array(31))

/** Short enough for one byte of length. */
function der(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts)
  return concatBytes(Uint8Array.of(tag, content.length), content)
}

const critical = Uint8Array.of(1, 1, 0xff)

/** Critical name constraints that permit the subtree and exclude nothing: what stock clients read as "and any address". */
export function permittedOnly(subtree: string): Uint8Array {
  const permitted = der(0xa0, der(0x30, der(0x82, utf8(subtree))))
  return der(0x30, Uint8Array.of(6, 3, 0x55, 0x1d, 0x1e), critical, der(4, der(0x30, permitted)))
}

/** 1.2.3.4, critical. */
const unknownExtension = der(0x30, Uint8Array.of(6, 3, 0x2a, 3, 4), critical, der(4, Uint8Array.of(5, 0)))

function distinguishedName(commonName: string): Uint8Array {
  return der(0x30, der(0x31, der(0x30, Uint8Array.of(6, 3, 0x55, 4, 3), der(0x0c, utf8(commonName)))))
}
