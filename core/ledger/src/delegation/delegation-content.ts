import { authorityPathLengths, authorityProblem, checkChain, tryReadCertificate } from '@cresset/core-certificates'
import { publicKeyProblem } from '@cresset/core-crypto'
import { checkRdata, RecordType } from '@cresset/dns-wire'
import type { BlockContext } from '../block-context.ts'
import type { Refusal } from '../codes.ts'
import { domainCertificateEntry } from '../entries/delegation.ts'
import { isUsableAddress } from '../names/address.ts'
import { hostName } from '../names/host-name.ts'
import { hasTwins, isTtlAllowed } from '../names/record-sets.ts'
import { stateKeys } from '../state-keys.ts'
import type { DelegationContent, NameServer } from './delegation.ts'

/** Why a host cannot be delegated like this, or undefined. Cheap checks first; the certificate last. */
export function delegationProblem(
  context: BlockContext,
  name: string,
  host: string,
  content: DelegationContent,
): Refusal | undefined {
  const { ttlSeconds, servers, signers, updateKey, certificate } = content
  const place = hostName(host, name)
  if (!isTtlAllowed(ttlSeconds, context.parameters)) return 'ttl-out-of-range'
  const serverProblem = nameServersProblem(servers, place)
  if (serverProblem !== undefined) return serverProblem
  if (signers.some((rdata) => checkRdata(RecordType.DS, rdata) !== undefined)) return 'delegation-signer-bad'
  if (hasTwins(signers)) return 'record-twice'
  if (updateKey !== undefined && publicKeyProblem(updateKey) !== undefined) return 'update-key-bad'
  return certificate === undefined ? undefined : delegatedAuthorityProblem(context, name, place, certificate)
}

function nameServersProblem(servers: readonly NameServer[], place: string): Refusal | undefined {
  for (const [index, { name, addresses }] of servers.entries()) {
    if (!isServerName(name)) return 'name-server-bad'
    if (servers.findIndex((other) => other.name === name) !== index) return 'name-server-twice'
    const isWithin = name === place || name.endsWith(`.${place}`)
    if (isWithin && addresses.length === 0) return 'glue-missing'
    if (!isWithin && addresses.length > 0) return 'glue-foreign'
    if (!addresses.every(isUsableAddress)) return 'address-bad'
    if (hasTwins(addresses)) return 'address-twice'
  }
  return undefined
}

/** RFC 1123 2.1, in lower case; 253 characters are the 255 bytes of RFC 1035. */
function isServerName(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
}

function delegatedAuthorityProblem(
  { state, timeMs }: BlockContext,
  name: string,
  subtree: string,
  der: Uint8Array,
): Refusal | undefined {
  const certificate = tryReadCertificate(der)
  if (typeof certificate === 'string') return 'authority-malformed'
  const requirement = { subtree, pathLength: authorityPathLengths.delegated, blockTimeMs: timeMs }
  const problem = authorityProblem(certificate, requirement)
  if (problem !== undefined) return problem
  const held = state.get(domainCertificateEntry, stateKeys.domainCertificate(name))
  if (held === undefined) return 'domain-certificate-absent'
  const domain = tryReadCertificate(held.certificate)
  if (typeof domain === 'string') throw new Error('invariant: a domain certificate can be read')
  return checkChain([certificate, domain], { timeMs }) === undefined ? undefined : 'authority-not-from-domain'
}
