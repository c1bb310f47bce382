import { checkPublishedCertificate, isSignedBy, tryReadCertificate } from '@cresset/core-certificates'
import { encodeItem, equalBytes } from '@cresset/core-codec'
import { accountOf, checkSignature, publicKeyProblem, sha256, signingBytes } from '@cresset/core-crypto'
import { checkRdata, isPublishableType } from '@cresset/dns-wire'
import type { NaiveCode } from './codes.ts'
import { delegatedProblem } from './delegated-places.ts'
import { fullHost, hostProblem } from './names.ts'
import type { Outcome } from './registrations.ts'
import { type HostPlace, setHost, withdrawHost } from './set-host.ts'
import type { CertificateWish, NaiveName, NaiveOwnership, NaiveParameters, NaiveState } from './state.ts'
import type { NaiveBody, NaiveRecordSet, NaiveServer } from './transaction.ts'

/** docs/protocol/ledger.md, "Hosts", steps 2 to 9. */

const types = { a: 1, cname: 5, aaaa: 28, cert: 37, tlsa: 52, svcb: 64, https: 65 }
/** What comes out of servers; of these, a record table may hold what names no key. */
const derived = [types.a, types.aaaa, types.tlsa, types.cert, types.https, types.svcb]
const ofKeys = [types.tlsa, types.cert]
const hostsPerName = 64
const bytesPerSet = 4_096

type OwnedName = NaiveName & { ownership: NaiveOwnership }
type Publish = NaiveBody<'publish'>

export function publish(state: NaiveState, name: OwnedName, body: Publish, p: NaiveParameters, at: HostPlace): Outcome {
  const refuse = (code: NaiveCode): Outcome => ({ code, events: [] })
  const { ownership } = name
  const { host, servers, services, recordSets } = body
  const badHost = hostProblem(name.name, host, services.length > 0)
  if (badHost !== undefined) return refuse(badHost)
  const known = ownership.hosts.find((other) => other.host === host)

  if (servers.length === 0 && recordSets.length === 0) {
    if (known === undefined) return refuse('host-unknown')
    return { code: 'ok', events: [withdrawHost(name, host, at)] }
  }

  const problem =
    placeProblem(ownership, host) ??
    (outside(body.ttl, p) ? 'ttl-out-of-range' : undefined) ??
    servicesProblem(body) ??
    recordSetsProblem(body, p) ??
    serversProblem(name, body, at)
  if (problem !== undefined) return refuse(problem)
  if (ownership.certificate !== undefined && !servers.some((server) => isAsWished(server, ownership.certificate)))
    return refuse('certificate-not-as-registered')
  const full = setHost(state, name, host, body, body.keyOverlap, at)
  if (full !== undefined) return refuse(full)
  return { code: 'ok', events: [{ kind: 'hostPublished', body: { name: name.name, host } }] }
}

function placeProblem(ownership: NaiveOwnership, host: string): NaiveCode | undefined {
  const delegated = delegatedProblem(ownership, host)
  if (delegated !== undefined) return delegated
  const isNew = ownership.hosts.every((other) => other.host !== host)
  return isNew && ownership.hosts.length >= hostsPerName ? 'too-many-hosts' : undefined
}

type Ttl = Pick<NaiveParameters, 'minTtlSeconds' | 'maxTtlSeconds'>

function outside(ttl: number | undefined, p: Ttl): boolean {
  return ttl !== undefined && (ttl < p.minTtlSeconds || ttl > p.maxTtlSeconds)
}

function servicesProblem({ host, servers, services }: Publish): NaiveCode | undefined {
  if (services.length > 0 && (servers.length === 0 || host.startsWith('*'))) return 'service-bad'
  for (const [index, { port, protocol, web }] of services.entries()) {
    if (port === 0 || (web && protocol === 1)) return 'service-bad'
    if (services.slice(0, index).some((other) => other.port === port && other.protocol === protocol))
      return 'service-twice'
  }
  return undefined
}

export function recordSetsProblem(
  { servers, recordSets }: Pick<Publish, 'servers' | 'recordSets'>,
  p: Pick<NaiveParameters, 'minTtlSeconds' | 'maxTtlSeconds'>,
  refused: 'derived' | 'of-keys' = 'derived',
): NaiveCode | undefined {
  for (const [index, set] of recordSets.entries()) {
    const problem = recordSetProblem(set, p, refused === 'derived' ? derived : ofKeys)
    if (problem !== undefined) return problem
    if (recordSets.slice(0, index).some(({ type }) => type === set.type)) return 'record-set-twice'
  }
  const isAlone = recordSets.length === 1 && servers.length === 0
  for (const { type, data } of recordSets) {
    if (type === types.cname && !(isAlone && data.length === 1)) return 'cname-not-alone'
  }
  return undefined
}

function recordSetProblem({ type, ttl, data }: NaiveRecordSet, p: Ttl, refused: readonly number[]) {
  if (refused.includes(type)) return 'record-type-derived'
  if (!isPublishableType(type)) return 'record-type-refused'
  if (outside(ttl, p)) return 'ttl-out-of-range'
  if (data.reduce((sum, { length }) => sum + length, 0) > bytesPerSet) return 'record-set-too-long'
  if (data.some((rdata) => checkRdata(type, rdata) !== undefined)) return 'record-data-bad'
  if (hasTwice(data)) return 'record-twice'
  return undefined
}

export function serversProblem(
  name: OwnedName,
  { host, servers }: Pick<Publish, 'host' | 'servers'>,
  at: { chainId: string; blockTime: number; height: number },
): NaiveCode | undefined {
  const owner = accountOf(name.ownership.primaryKey)
  const proven = signingBytes('host-key', at.chainId, encodeItem([1, name.name, host, owner]))
  for (const { addresses, publicKey, keyProof, certificate } of servers) {
    if (addresses.some(isBadAddress)) return 'address-bad'
    if (hasTwice(addresses)) return 'address-twice'
    if (publicKeyProblem(publicKey) !== undefined) return 'host-key-bad'
    if (!checkSignature(publicKey, proven, keyProof)) return 'host-key-proof-bad'
    if (certificate === undefined) continue
    const problem = checkPublishedCertificate({
      certificate,
      key: publicKey,
      host: fullHost(name.name, host),
      blockTimeMs: at.blockTime,
    })
    if (problem !== undefined) return problem
  }
  return undefined
}

function hasTwice(list: Uint8Array[]): boolean {
  return list.some((one, index) => list.slice(0, index).some((other) => equalBytes(other, one)))
}

export function isBadAddress(address: Uint8Array): boolean {
  if (address.length === 4) {
    const first = address[0] as number
    return first === 0 || (first >= 224 && first <= 239) || address.every((byte) => byte === 255)
  }
  if (address.length !== 16) return true
  if (address[0] === 0xff) return true
  const inLowest = address.subarray(0, 10).every((byte) => byte === 0)
  const isLoopback = address.subarray(0, 15).every((byte) => byte === 0) && address[15] === 1
  return inLowest && !isLoopback
}

function isAsWished({ certificate }: NaiveServer, wish: CertificateWish | undefined): boolean {
  if (certificate === undefined || wish === undefined || !equalBytes(sha256(certificate), wish.digest)) return false
  const read = tryReadCertificate(certificate)
  return typeof read !== 'string' && isSignedBy(read, wish.issuerKey)
}
