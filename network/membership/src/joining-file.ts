import { decodePem, encodePem } from '@cresset/core-certificates'
import { exactFields } from './exact-fields.ts'
import { parseHostPort } from './host-port.ts'
import type { KnownNode } from './known-node.ts'
import { MembershipError } from './membership-error.ts'

/** What a new node must be told about a network before it can ask it anything. Nothing in it is secret. */
export interface JoiningFile {
  readonly chainId: string
  /** Lower-case hex. All that the node believes later rests on it. */
  readonly genesisDigest: string
  /** Height at which the nodes were these; from there on the ledger tells. */
  readonly height: number
  /** DER. */
  readonly rootCertificate: Uint8Array
  readonly nodes: readonly KnownNode[]
  /** DER of the new node's TLS certificate; undefined in a file that is for any node. */
  readonly certificate: Uint8Array | undefined
}

/** Longest joining file that is read, in characters. */
export const joiningCharactersMax = 262_144
/** A new node needs one that answers; more are for the day when some are gone. */
export const joiningNodesMax = 64

const fieldNames = ['version', 'chainId', 'genesisDigest', 'height', 'rootCertificate', 'nodes', 'certificate'] as const
const nodeFieldNames = ['id', 'name', 'agreement', 'api', 'tlsFingerprint'] as const

export function joiningFileToJson(file: JoiningFile): string {
  const { chainId, genesisDigest, height, rootCertificate, nodes, certificate } = file
  const plain = {
    version: 1,
    chainId,
    genesisDigest,
    height,
    rootCertificate: encodePem('CERTIFICATE', rootCertificate),
    nodes: nodes.map(({ id, name, agreement, api, tlsFingerprint }) => ({ id, name, agreement, api, tlsFingerprint })),
    certificate: certificate === undefined ? null : encodePem('CERTIFICATE', certificate),
  }
  return `${JSON.stringify(plain, undefined, 2)}\n`
}

/**
 * Reads what `joiningFileToJson` writes: every field, none more.
 * @throws MembershipError `joining-malformed`, one line that begins with `source` and names the field.
 */
export function joiningFileFromJson(json: string, source = 'joining file'): JoiningFile {
  const refuse = (problem: string): never => {
    throw new MembershipError('joining-malformed', `${source}: ${problem}`)
  }
  if (json.length > joiningCharactersMax) refuse('the file is too long')
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    return refuse('not JSON; it is the file that "cresset network invite" writes')
  }
  const fields = exactFields(parsed, fieldNames) ?? refuse(`an object with exactly the fields ${fieldNames.join(', ')}`)
  if (fields.version !== 1) refuse(`version ${String(fields.version)} is not known to this release, only 1 is`)
  const matching = (value: unknown, form: RegExp, problem: string): string =>
    typeof value === 'string' && form.test(value) ? value : refuse(problem)
  const pem = (value: unknown, field: string): Uint8Array =>
    (typeof value === 'string' ? decodePem('CERTIFICATE', value) : undefined) ??
    refuse(`${field}: a certificate in PEM`)
  const nodeOf = (value: unknown, index: number): KnownNode => {
    const place = `nodes[${index}]`
    const node = exactFields(value, nodeFieldNames) ?? refuse(`${place}: exactly ${nodeFieldNames.join(', ')}`)
    const agreement = matching(node.agreement, /^.{1,300}$/, `${place}.agreement: host:port`)
    try {
      parseHostPort(agreement)
    } catch {
      refuse(`${place}.agreement: ${JSON.stringify(agreement)} is not host:port`)
    }
    return {
      id: matching(node.id, /^[0-9a-f]{64}$/, `${place}.id: 64 hex digits`),
      name: matching(node.name, /^[a-z0-9-]{1,63}$/, `${place}.name: a label`),
      agreement,
      api: matching(node.api, /^https?:\/\/[^\s/@?#]{1,290}$/, `${place}.api: http(s)://host:port`),
      tlsFingerprint: matching(node.tlsFingerprint, /^[0-9a-f]{64}$/, `${place}.tlsFingerprint: 64 hex digits`),
    }
  }
  const { height, nodes, certificate } = fields
  if (!Array.isArray(nodes) || nodes.length === 0 || nodes.length > joiningNodesMax) {
    return refuse(`nodes: a list of 1 to ${joiningNodesMax}`)
  }
  return {
    chainId: matching(fields.chainId, /^[a-z0-9-]{18,80}$/, 'chainId: text'),
    genesisDigest: matching(fields.genesisDigest, /^[0-9a-f]{64}$/, 'genesisDigest: 64 hex digits'),
    height:
      typeof height === 'number' && Number.isSafeInteger(height) && height >= 0 ? height : refuse('height: a number'),
    rootCertificate: pem(fields.rootCertificate, 'rootCertificate'),
    nodes: nodes.map(nodeOf),
    certificate: certificate === null ? undefined : pem(certificate, 'certificate'),
  }
}
