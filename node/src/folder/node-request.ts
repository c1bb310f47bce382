import { fromHex, toHex } from '@cresset/core-codec'
import type { Signer } from '@cresset/core-crypto'
import { type ChangeBody, type NewNode, newNodeBytes, provenKeys, roleBitsOf } from '@cresset/core-ledger'
import { announcementFromJson, announcementToJson, type NodeAnnouncement } from '@cresset/network-membership'
import { StartError } from '../start-error.ts'

/** A node that asks to be admitted: its entry, which each of its keys has signed. Nothing in it is secret. */
export interface NodeRequest {
  readonly chainId: string
  readonly announcement: NodeAnnouncement
  readonly tlsFingerprint: Uint8Array
  /** In the order of `provenKeys`. */
  readonly proofs: readonly Uint8Array[]
}

/** Longest request that is read, in characters. */
export const MAX_REQUEST_CHARACTERS = 65_536

/** What the members would vote on. */
export function changeOf({ announcement, tlsFingerprint, proofs }: NodeRequest): ChangeBody<'addNode'> {
  return { ...newNodeOf(announcement, tlsFingerprint), proofs: [...proofs] }
}

function newNodeOf(announcement: NodeAnnouncement, tlsFingerprint: Uint8Array): NewNode {
  const { name, organization, roles, securityLevel, identityKey, consensusKey, dnsKeys, endpoints } = announcement
  const { agreement, api, dns } = endpoints
  return {
    nodeName: name,
    organization,
    roleBits: roleBitsOf(roles),
    securityLevel,
    endpoints: { agreement, api, dns },
    identityKey,
    consensusKey,
    tlsFingerprint,
    dnsKeys: [...dnsKeys],
  }
}

/** Lets each key sign the entry; `signerOf` gives the private half. */
export async function signRequest(
  chainId: string,
  announcement: NodeAnnouncement,
  tlsFingerprint: Uint8Array,
  signerOf: (key: Uint8Array) => Pick<Signer, 'sign'>,
): Promise<NodeRequest> {
  const node = newNodeOf(announcement, tlsFingerprint)
  const message = newNodeBytes(chainId, node)
  const proofs: Uint8Array[] = []
  for (const key of provenKeys(node)) proofs.push(await signerOf(key).sign(message))
  return { chainId, announcement, tlsFingerprint, proofs }
}

export function requestToJson({ chainId, announcement, tlsFingerprint, proofs }: NodeRequest): string {
  const node: unknown = JSON.parse(announcementToJson(announcement))
  const plain = { version: 1, chainId, node, tlsFingerprint: toHex(tlsFingerprint), proofs: proofs.map(toHex) }
  return `${JSON.stringify(plain, undefined, 2)}\n`
}

/** Reads what `requestToJson` writes. Forms only: the ledger judges keys and proofs. @throws StartError, MembershipError */
export function requestFromJson(json: string, source: string): NodeRequest {
  const refuse = (problem: string): never => {
    throw new StartError('configuration', `${source}: ${problem}`)
  }
  if (json.length > MAX_REQUEST_CHARACTERS) refuse('the file is too long')
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    return refuse('not JSON; it is the file request.json that "cresset node join" writes')
  }
  const { version, chainId, node, tlsFingerprint, proofs, ...rest } = Object(parsed) as Record<string, unknown>
  const more = Object.keys(rest)[0]
  if (version !== 1 || more !== undefined || Array.isArray(parsed)) {
    refuse('not a request of version 1, with chainId, node, tlsFingerprint and proofs and nothing more')
  }
  const bytes = (value: unknown, field: string, lengths: readonly number[]): Uint8Array =>
    typeof value === 'string' && /^([0-9a-f]{2})*$/.test(value) && lengths.includes(value.length / 2)
      ? fromHex(value)
      : refuse(`${field}: ${lengths.join(' or ')} bytes in hex`)
  return {
    chainId: typeof chainId === 'string' && chainId.length <= 128 ? chainId : refuse('chainId: text'),
    announcement: announcementFromJson(JSON.stringify(node ?? null), source),
    tlsFingerprint: bytes(tlsFingerprint, 'tlsFingerprint', [32]),
    proofs:
      Array.isArray(proofs) && proofs.length <= 16
        ? proofs.map((proof, index) => bytes(proof, `proofs[${index}]`, [64]))
        : refuse('proofs: a list'),
  }
}
