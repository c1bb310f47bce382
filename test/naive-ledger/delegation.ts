import { type Certificate, isSignedBy, tryReadCertificate } from '@cresset/core-certificates'
import { equalBytes, toHex } from '@cresset/core-codec'
import { publicKeyProblem, sha256 } from '@cresset/core-crypto'
import { checkRdata } from '@cresset/dns-wire'
import type { NaiveCode } from './codes.ts'
import { isUnder } from './delegated-places.ts'
import { isBadAddress } from './hosts.ts'
import { fullHost, hostProblem } from './names.ts'
import { delegationItem, nextRevision, recordHash } from './records.ts'
import type { Outcome } from './registrations.ts'
import { type HostPlace, isListFull } from './set-host.ts'
import type { NaiveName, NaiveOwnership, NaiveParameters } from './state.ts'
import type { NaiveBody } from './transaction.ts'

/** docs/protocol/ledger.md, "Authorities and delegation". */

const delegationsPerName = 16
const toleranceMs = 300_000
const dsType = 43
const nameConstraintsId = '2.5.29.30'

type OwnedName = NaiveName & { ownership: NaiveOwnership }
type Content = NonNullable<NaiveBody<'setDelegation'>['delegation']>

const refuse = (code: NaiveCode): Outcome => ({ code, events: [] })

export function setDomainCertificate(name: OwnedName, certificate: Uint8Array | undefined, at: HostPlace): Outcome {
  const { ownership } = name
  if (certificate === undefined) {
    if (ownership.authority === undefined) return refuse('domain-certificate-absent')
    nextRevision(name, at.height)
    ownership.authority = undefined
    return { code: 'ok', events: [{ kind: 'domainCertificateEnded', body: { name: name.name } }] }
  }
  const problem = authorityProblem(certificate, name.name, 1, at.blockTime)
  if (problem !== undefined) return refuse(problem)
  nextRevision(name, at.height)
  ownership.authority = { der: certificate, height: at.height }
  const digest = sha256(certificate)
  return { code: 'ok', events: [{ kind: 'domainCertificateSet', body: { name: name.name, digest } }] }
}

function authorityProblem(der: Uint8Array, subtree: string, length: number, now: number): NaiveCode | undefined {
  const read = tryReadCertificate(der)
  if (typeof read === 'string') return 'authority-malformed'
  const { basicConstraints: basic, keyUsage, nameConstraints: names, critical, unknownCritical } = read.extensions
  if (basic === undefined || !basic.isAuthority) return 'authority-not-ca'
  if (keyUsage === undefined || !keyUsage.includes('keyCertSign')) return 'authority-key-usage'
  if (basic.pathLength !== length) return 'authority-path-length'
  if (names === undefined || !critical.includes(nameConstraintsId)) return 'authority-unconstrained'
  const permitted = [...names.permitted.dnsNames, ...names.permitted.addressRanges, ...names.permitted.otherTags]
  if (permitted.length !== 1 || permitted[0] !== subtree) return 'authority-subtree'
  const ranges = names.excluded.addressRanges.map(({ address, mask }) => `${toHex(address)}/${toHex(mask)}`)
  const all = [4, 16].map((bytes) => `${'00'.repeat(bytes)}/${'00'.repeat(bytes)}`)
  if (!all.every((range) => ranges.includes(range))) return 'authority-addresses'
  if (unknownCritical.length > 0) return 'authority-critical-extension'
  if (read.publicKey === undefined) return 'authority-key-unknown'
  if (read.notBeforeMs > now + toleranceMs) return 'authority-not-yet-valid'
  return now >= read.notAfterMs ? 'authority-expired' : undefined
}

/** `payForTable`: for a delegation that comes or goes; tells why it is not paid. */
export function setDelegation(
  name: OwnedName,
  { host, delegation }: NaiveBody<'setDelegation'>,
  p: NaiveParameters,
  at: HostPlace,
  payForTable: () => NaiveCode | undefined,
): Outcome {
  const { ownership } = name
  const known = ownership.delegations.find((other) => other.host === host)
  if (delegation === undefined) {
    if (known === undefined) return refuse('delegation-unknown')
    const unpaid = payForTable()
    if (unpaid !== undefined) return refuse(unpaid)
    nextRevision(name, at.height)
    ownership.delegations = ownership.delegations.filter((other) => other !== known)
    return { code: 'ok', events: [{ kind: 'delegationEnded', body: { name: name.name, host } }] }
  }
  const problem =
    hostProblem(name.name, host, false) ??
    placeProblem(ownership, host) ??
    contentProblem(name, host, delegation, p, at)
  if (problem !== undefined) return refuse(problem)
  if (known === undefined) {
    const unpaid = payForTable()
    if (unpaid !== undefined) return refuse(unpaid)
    nextRevision(name, at.height)
  }
  const { ttl, servers, signers, updateKey, certificate } = delegation
  const revision = (known?.revision ?? 0) + 1
  const predecessor = known && recordHash(delegationItem(name.name, known))
  ownership.delegations = [
    ...ownership.delegations.filter((other) => other !== known),
    { host, revision, predecessor, height: at.height, ttl, servers, signers, updateKey, certificate },
  ]
  return { code: 'ok', events: [{ kind: 'delegationSet', body: { name: name.name, host } }] }
}

function placeProblem(ownership: NaiveOwnership, host: string): NaiveCode | undefined {
  const { hosts, delegations } = ownership
  if (host === '' || host[0] === '*' || host[0] === '_') return 'delegation-place'
  if (hosts.some((other) => other.host === host)) return 'delegation-not-alone'
  if (hosts.some((other) => isUnder(other.host, host))) return 'below-delegation'
  const others = delegations.filter((other) => other.host !== host)
  if (others.some((other) => isUnder(other.host, host) || isUnder(host, other.host))) return 'below-delegation'
  if (others.length >= delegationsPerName) return 'too-many-delegations'
  return isListFull(ownership, host) ? 'name-too-large' : undefined
}

function contentProblem(
  name: OwnedName,
  host: string,
  { ttl, servers, signers, updateKey, certificate }: Content,
  p: NaiveParameters,
  at: HostPlace,
): NaiveCode | undefined {
  if (ttl !== undefined && (ttl < p.minTtlSeconds || ttl > p.maxTtlSeconds)) return 'ttl-out-of-range'
  const place = fullHost(name.name, host)
  for (const [index, server] of servers.entries()) {
    const labels = server.name.split('.')
    const isGood = labels.every((label) => /^[a-z0-9-]{1,63}$/.test(label) && !/^-|-$/.test(label))
    if (!isGood || server.name.length > 253) return 'name-server-bad'
    if (servers.slice(0, index).some((other) => other.name === server.name)) return 'name-server-twice'
    const needsGlue = server.name === place || isUnder(server.name, place)
    if (needsGlue && server.addresses.length === 0) return 'glue-missing'
    if (!needsGlue && server.addresses.length > 0) return 'glue-foreign'
    if (server.addresses.some(isBadAddress)) return 'address-bad'
    if (new Set(server.addresses.map(toHex)).size !== server.addresses.length) return 'address-twice'
  }
  if (signers.some((rdata) => checkRdata(dsType, rdata) !== undefined)) return 'delegation-signer-bad'
  if (new Set(signers.map(toHex)).size !== signers.length) return 'record-twice'
  if (updateKey !== undefined && publicKeyProblem(updateKey) !== undefined) return 'update-key-bad'
  if (certificate === undefined) return undefined
  const problem = authorityProblem(certificate, place, 0, at.blockTime)
  if (problem !== undefined) return problem
  const held = name.ownership.authority?.der
  if (held === undefined) return 'domain-certificate-absent'
  const issuer = tryReadCertificate(held) as Certificate
  return isFrom(tryReadCertificate(certificate) as Certificate, issuer, at.blockTime)
    ? undefined
    : 'authority-not-from-domain'
}

/** Its names are within the issuer's by the place of the host; what is left are issuer, time and signature. */
function isFrom(certificate: Certificate, issuer: Certificate, now: number): boolean {
  if (issuer.publicKey === undefined || now >= issuer.notAfterMs || issuer.notBeforeMs > now + toleranceMs) return false
  if (!equalBytes(certificate.issuer.der, issuer.subject.der)) return false
  const [named, own] = [certificate.extensions.authorityKeyIdentifier, issuer.extensions.subjectKeyIdentifier]
  if (named !== undefined && own !== undefined && !equalBytes(named, own)) return false
  return isSignedBy(certificate, issuer.publicKey)
}

export function setEncryptionKey(name: OwnedName, key: Uint8Array | undefined, at: HostPlace): Outcome {
  const { ownership } = name
  if (key === undefined && ownership.encryptionKey === undefined) return refuse('encryption-key-absent')
  if (key !== undefined && isBadKey(key)) return refuse('encryption-key-bad')
  nextRevision(name, at.height)
  ownership.encryptionKey = key
  if (key === undefined) return { code: 'ok', events: [{ kind: 'encryptionKeyEnded', body: { name: name.name } }] }
  return { code: 'ok', events: [{ kind: 'encryptionKeySet', body: { name: name.name, key } }] }
}

const p25519 = 2n ** 255n - 19n

/**
 * A u-coordinate whose point becomes nothing when doubled three times has order 1, 2, 4 or 8. By the doubling formula of Montgomery
 * curves (RFC 7748 section 5): X' = (X² − Z²)², Z' = 4XZ(X² + 486662 XZ + Z²).
 */
function isBadKey(key: Uint8Array): boolean {
  let u = 0n
  for (const byte of [...key].reverse()) u = u * 256n + BigInt(byte)
  if (u >= p25519) return true
  let [x, z] = [u, 1n]
  for (let doublings = 0; doublings < 3; doublings++) {
    const [xx, zz, xz] = [x * x, z * z, x * z]
    x = (xx - zz) ** 2n % p25519
    z = (4n * xz * (xx + 486_662n * xz + zz)) % p25519
  }
  return z === 0n
}
