import { type GenesisNode, type NodeEndpoints, type NodeRole, nodeRoles } from '@cresset/core-chain'
import { CodecError, fromHex, toHex } from '@cresset/core-codec'
import type { PublicKey } from '@cresset/core-crypto'
import { exactFields } from './exact-fields.ts'
import { MembershipError } from './membership-error.ts'

/** What a node tells the consortium before there is one: public keys made on its own machine, and where it will be. */
export interface NodeAnnouncement extends Omit<GenesisNode, 'tlsFingerprint'> {
  /** Tagged key that its TLS certificate will be for. */
  readonly tlsKey: PublicKey
}

/** Longest announcement that is read, in characters. */
export const announcementCharactersMax = 65_536

const fieldNames = [
  'version',
  'name',
  'organization',
  'roles',
  'securityLevel',
  'identityKey',
  'consensusKey',
  'tlsKey',
  'endpoints',
  'dnsKeys',
] as const

/** JSON for people, bytes in hex: the file that `--from-public DIR` collects, one for each node. */
export function announcementToJson(node: NodeAnnouncement): string {
  const plain = {
    version: 1,
    name: node.name,
    organization: node.organization,
    roles: node.roles,
    securityLevel: node.securityLevel,
    identityKey: toHex(node.identityKey),
    consensusKey: toHex(node.consensusKey),
    tlsKey: toHex(node.tlsKey),
    endpoints: { agreement: node.endpoints.agreement, api: node.endpoints.api, dns: node.endpoints.dns },
    dnsKeys: node.dnsKeys.map(toHex),
  }
  return `${JSON.stringify(plain, undefined, 2)}\n`
}

/**
 * Reads what `announcementToJson` writes: every field, none more. Forms only; `genesisProblem` judges keys and endpoints.
 * Throws `MembershipError` `announcement-malformed` with one line that names the field. `source` (a file name) begins it.
 */
export function announcementFromJson(json: string, source = 'announcement'): NodeAnnouncement {
  const refuse = (problem: string): never => {
    throw new MembershipError('announcement-malformed', `${source}: ${problem}`)
  }
  if (json.length > announcementCharactersMax) refuse('the file is too long')
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    return refuse('not JSON')
  }
  const fields = exactFields(parsed, fieldNames) ?? refuse(`an object with exactly the fields ${fieldNames.join(', ')}`)
  if (fields.version !== 1) refuse(`version ${String(fields.version)} is not known to this release, only 1 is`)
  const text = (field: 'name' | 'organization'): string => {
    const value = fields[field]
    return typeof value === 'string' ? value : refuse(`${field}: text`)
  }
  const key = (value: unknown, field: string): PublicKey => {
    try {
      return typeof value === 'string' ? fromHex(value) : refuse(`${field}: hex`)
    } catch (error) {
      if (error instanceof CodecError) return refuse(`${field}: lower-case hex`)
      throw error
    }
  }
  const { roles, securityLevel, dnsKeys } = fields
  const endpoints = exactFields(fields.endpoints, ['agreement', 'api', 'dns'] as const)
  return {
    name: text('name'),
    organization: text('organization'),
    roles: isListOf(roles, isRole) ? roles : refuse(`roles: a list of ${nodeRoles.join(', ')}`),
    securityLevel:
      typeof securityLevel === 'number' && Number.isSafeInteger(securityLevel)
        ? securityLevel
        : refuse('securityLevel: an integer'),
    identityKey: key(fields.identityKey, 'identityKey'),
    consensusKey: key(fields.consensusKey, 'consensusKey'),
    tlsKey: key(fields.tlsKey, 'tlsKey'),
    endpoints: isEndpoints(endpoints) ? endpoints : refuse('endpoints: agreement, api and dns as text'),
    dnsKeys: Array.isArray(dnsKeys)
      ? dnsKeys.map((each, index) => key(each, `dnsKeys[${index}]`))
      : refuse('dnsKeys: a list'),
  }
}

function isRole(value: unknown): value is NodeRole {
  return nodeRoles.some((role) => role === value)
}

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(isItem)
}

function isEndpoints(
  value: Record<keyof NodeEndpoints, unknown> | undefined,
): value is NodeEndpoints & Record<keyof NodeEndpoints, string> {
  return value !== undefined && Object.values(value).every((endpoint) => typeof endpoint === 'string')
}
