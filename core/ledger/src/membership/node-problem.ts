import { equalBytes } from '@cresset/core-codec'
import { checkSignature, keyTypes, publicKeyProblem } from '@cresset/core-crypto'
import type { Refusal } from '../codes.ts'
import { type NodeEntry, nodeKeyEntry } from '../entries/node.ts'
import type { LedgerParameters } from '../parameters.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateOverlay } from '../state-overlay.ts'
import { provenKeys } from './change.ts'
import { keysOfNode, type NodeKeys } from './node-keys.ts'

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const hostAndPort = /^(\[[0-9a-f:]{2,45}\]|[a-z0-9.-]{1,253}):([1-9][0-9]{0,4})$/

export function isNodeName(name: string): boolean {
  return label.test(name)
}

/** Why roles, level or endpoints cannot be a node's. core/chain judges those of genesis alike. */
export function propertiesProblem(
  { roleBits, securityLevel, endpoints }: Pick<NodeEntry, 'roleBits' | 'securityLevel' | 'endpoints'>,
  { securityLevels }: Pick<LedgerParameters, 'securityLevels'>,
): Refusal | undefined {
  if (roleBits === 0) return 'node-without-role'
  if (securityLevel >= securityLevels) return 'security-level-unknown'
  const api = endpoints.api.replace(/^https?:\/\//, '')
  if (api === endpoints.api) return 'endpoint-bad'
  return [endpoints.agreement, api, endpoints.dns].every(isHostAndPort) ? undefined : 'endpoint-bad'
}

function isHostAndPort(text: string): boolean {
  const match = hostAndPort.exec(text)
  return match !== null && Number(match[2]) <= 65_535
}

/**
 * Why a node cannot have these keys: each is sound, fit for its use, proven by a signature over `message`, and was never another
 * node's or used otherwise. A node that is there keeps those that it has (`before`).
 */
export function keysProblem(
  state: StateOverlay,
  keys: NodeKeys,
  proof: { readonly message: Uint8Array; readonly proofs: readonly Uint8Array[] },
  before: NodeEntry | undefined,
): Refusal | undefined {
  const signing = provenKeys(keys)
  if (signing.some((key) => publicKeyProblem(key) !== undefined)) return 'node-key-bad'
  if (keys.consensusKey[0] !== keyTypes.ed25519) return 'consensus-key-type'
  const all = keysOfNode(keys)
  const kept = before === undefined ? [] : keysOfNode(before)
  for (const [index, { hash, use }] of all.entries()) {
    if (all.findIndex((other) => equalBytes(other.hash, hash)) !== index) return 'node-key-twice'
    if (kept.some((own) => own.use === use && equalBytes(own.hash, hash))) continue
    if (state.get(nodeKeyEntry, stateKeys.nodeKey(hash)) !== undefined) return 'node-key-taken'
  }
  if (proof.proofs.length !== signing.length) return 'node-key-proof-bad'
  const isProven = signing.every((key, index) => checkSignature(key, proof.message, proof.proofs[index] as Uint8Array))
  return isProven ? undefined : 'node-key-proof-bad'
}
