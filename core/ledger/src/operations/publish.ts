import { isSignedBy, tryReadCertificate } from '@cresset/core-certificates'
import { equalBytes } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import { RecordType } from '@cresset/dns-wire'
import type { ActionBody, Server } from '../actions.ts'
import type { BlockContext } from '../block-context.ts'
import type { Refusal } from '../codes.ts'
import { hostEntry, maxHostsPerName, nameEntry, type Registration, recordHash } from '../entries/name.ts'
import type { CertificateInformation } from '../entries/registration.ts'
import { hostProblem, isBelow } from '../names/host.ts'
import { hostName } from '../names/host-name.ts'
import { findNameOfSigner } from '../names/owned-name.ts'
import { isTtlAllowed, recordSetsProblem } from '../names/record-sets.ts'
import { hostKeyBytes, serversProblem, servicesProblem } from '../names/servers.ts'
import type { OwnedName } from '../names/status.ts'
import { succeed } from '../names/succeed.ts'
import { stateKeys } from '../state-keys.ts'
import type { Operation } from './operation.ts'

type Body = ActionBody<'publish'>

/** The security transaction: says all there is about one host, or withdraws it. */
export const publish: Operation<'publish'> = (context, prepared, body) => {
  const owned = findNameOfSigner(context, prepared, body.name)
  if (typeof owned === 'string') return owned
  const problem = hostProblem(body.host, body.name, body.services.length > 0)
  if (problem !== undefined) return problem
  if (body.servers.length === 0 && body.recordSets.length === 0) return withdraw(context, owned, body)
  const refusal = placeProblem(owned.registration, body) ?? contentProblem(context, owned.registration, body)
  if (refusal !== undefined) return refusal

  const { state } = context
  const { name, host, ttlSeconds, servers, services, recordSets } = body
  const key = stateKeys.host(name, host)
  const before = state.get(hostEntry, key)
  state.put(hostEntry, key, {
    name,
    host,
    revision: (before?.revision ?? 0) + 1,
    predecessor: before === undefined ? undefined : recordHash(hostEntry, before),
    ttlSeconds,
    servers,
    services,
    recordSets,
  })
  noteHost(context, owned, host, isDelegation(body))
  context.changedNames.add(hostName(host, name))
  context.events.push({ kind: 'hostPublished', body: { name, host } })
  return 'ok'
}

function isDelegation({ recordSets }: Body): boolean {
  return recordSets.some(({ type }) => type === RecordType.NS)
}

/** Whether the host can stand among the others of the name. */
function placeProblem({ hosts }: Registration, body: Body): Refusal | undefined {
  const { host } = body
  if (hosts.some((other) => other.delegated && isBelow(host, other.host))) return 'below-delegation'
  if (isDelegation(body) && hosts.some((other) => isBelow(other.host, host))) return 'below-delegation'
  const isNew = !hosts.some((other) => other.host === host)
  return isNew && hosts.length === maxHostsPerName ? 'too-many-hosts' : undefined
}

/** Cheap checks first; signatures and certificates last. */
function contentProblem(
  { parameters, chainId, timeMs }: BlockContext,
  registration: Registration,
  body: Body,
): Refusal | undefined {
  const { name, host, ttlSeconds, servers, services, recordSets } = body
  if (!isTtlAllowed(ttlSeconds, parameters)) return 'ttl-out-of-range'
  const place = { host, hasServers: servers.length > 0 }
  const hostKeyMessage = hostKeyBytes(chainId, name, host, registration.primaryKey)
  const fullHost = hostName(host, name)
  return (
    servicesProblem(services, place) ??
    recordSetsProblem(recordSets, place, parameters) ??
    serversProblem(servers, { fullHost, hostKeyMessage, timeMs }) ??
    (showsRegistered(servers, registration.certificateInformation) ? undefined : 'certificate-not-as-registered')
  )
}

/** Whether a server shows the certificate that the registration named, if it named one. */
function showsRegistered(servers: readonly Server[], information: CertificateInformation | undefined): boolean {
  if (information === undefined) return true
  return servers.some(({ certificate: der }) => {
    if (der === undefined || !equalBytes(sha256(der), information.digest)) return false
    const certificate = tryReadCertificate(der)
    return typeof certificate !== 'string' && isSignedBy(certificate, information.issuerKey)
  })
}

/** Writes the name's record when its list of hosts changes or its first publish is done. */
function noteHost(context: BlockContext, { entry, registration }: OwnedName, host: string, delegated: boolean): void {
  const known = registration.hosts.find((other) => other.host === host)
  if (known?.delegated === delegated && registration.certificateInformation === undefined) return
  const others = registration.hosts.filter((other) => other.host !== host)
  const hosts = [...others, { host, delegated }].sort((a, b) => (a.host < b.host ? -1 : 1))
  const next = succeed(context, entry, {
    registration: { ...registration, certificateInformation: undefined, hosts },
    freeAtLedgerMs: 0,
  })
  context.state.put(nameEntry, stateKeys.name(entry.name), next)
}

function withdraw(context: BlockContext, { entry, registration }: OwnedName, { name, host }: Body): Refusal | 'ok' {
  const hosts = registration.hosts.filter((other) => other.host !== host)
  if (hosts.length === registration.hosts.length) return 'host-unknown'

  const { state } = context
  state.remove(hostEntry, stateKeys.host(name, host))
  const next = succeed(context, entry, { registration: { ...registration, hosts }, freeAtLedgerMs: 0 })
  state.put(nameEntry, stateKeys.name(name), next)
  context.changedNames.add(hostName(host, name))
  context.events.push({ kind: 'hostWithdrawn', body: { name, host } })
  return 'ok'
}
