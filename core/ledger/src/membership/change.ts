import {
  amount,
  asciiText,
  type Codec,
  type Decoded,
  hash32,
  list,
  struct,
  text,
  uint32,
  uint53,
  variant,
  versioned,
} from '@cresset/core-codec'
import { type PublicKey, publicKeyCodec, signatureCodec, signingBytes, taggedHash } from '@cresset/core-crypto'
import { maxDnsKeysPerNode, nodeKeyFields, nodeNameCodec, nodePropertyFields } from '../entries/node.ts'
import { zoneCodec, zoneKeyLimits } from '../entries/zone-keys.ts'

/** One for each key that signs: identity, consensus, then those of DNS. The TLS certificate's fingerprint is no key. */
const keyProofs = list(signatureCodec, { maxItems: 2 + maxDnsKeysPerNode })

const newNodeFields = {
  nodeName: nodeNameCodec,
  organization: text({ maxBytes: 128 }),
  ...nodePropertyFields,
  ...nodeKeyFields,
}
const newKeysFields = { node: hash32, ...nodeKeyFields }

/** Rows that one proposal can change. */
export const maxParameterChanges = 32

/** Name and new value of a row; every row that a vote can change is a number. */
const parameterChange = struct({ name: asciiText({ minBytes: 1, maxBytes: 40 }), value: amount })

const addNode = struct({ ...newNodeFields, proofs: keyProofs })
const removeNode = struct({ node: hash32 })
const setNodeKeys = struct({ ...newKeysFields, proofs: keyProofs })
const setNodeProperties = struct({ node: hash32, ...nodePropertyFields })
const validatorIn = struct({ node: hash32 })
const validatorOut = struct({ node: hash32 })
const parameters = struct({ changes: list(parameterChange, { minItems: 1, maxItems: maxParameterChanges }) })
const issueMoney = struct({ to: hash32, amount })
/** Tagged keys; none ends the signing of the zone. */
const setZoneAnchors = struct({
  zone: zoneCodec,
  anchors: list(publicKeyCodec, { maxItems: zoneKeyLimits.anchors }),
})
/** From the block of this height on. */
const upgrade = struct({ version: uint32, height: uint53 })

/** What members vote on, by the numbers on the wire, never used again. */
export const changeTable = {
  addNode: [1, addNode],
  removeNode: [2, removeNode],
  setNodeKeys: [3, setNodeKeys],
  setNodeProperties: [4, setNodeProperties],
  validatorIn: [5, validatorIn],
  validatorOut: [6, validatorOut],
  parameters: [7, parameters],
  issueMoney: [8, issueMoney],
  upgrade: [9, upgrade],
  setZoneAnchors: [10, setZoneAnchors],
} as const

export type ChangeKind = keyof typeof changeTable
export type ChangeBody<K extends ChangeKind> = Decoded<(typeof changeTable)[K][1]>
export type LedgerChange = { [K in ChangeKind]: { readonly kind: K; readonly body: ChangeBody<K> } }[ChangeKind]

export const changeKinds = Object.keys(changeTable) as readonly ChangeKind[]
export const changeCodec = variant(changeTable) as Codec<LedgerChange>

/** Who votes names what he saw by this digest, so that nobody can show him something else under the same number. */
export function changeDigest(change: LedgerChange): Uint8Array {
  return taggedHash('cresset/change/v1', changeCodec.encode(change))
}

const newNodeStatement = versioned(1, newNodeFields)
const newKeysStatement = versioned(1, newKeysFields)

/** A node that is to be admitted, without the proofs of its keys. */
export type NewNode = Decoded<typeof newNodeStatement>
/** A node's new keys, without their proofs. */
export type NewNodeKeys = Decoded<typeof newKeysStatement>

/** What every key of a new node signs: the entry that it shall stand in. */
export function newNodeBytes(chainId: string, node: NewNode): Uint8Array {
  return signingBytes('node-entry', chainId, newNodeStatement.encode(node))
}

/** What every key signs that a node shall have from now on. */
export function newNodeKeysBytes(chainId: string, keys: NewNodeKeys): Uint8Array {
  return signingBytes('node-keys', chainId, newKeysStatement.encode(keys))
}

/** The keys that sign, in the order of the proofs. */
export function provenKeys(keys: Pick<NewNode, 'identityKey' | 'consensusKey' | 'dnsKeys'>): PublicKey[] {
  return [keys.identityKey, keys.consensusKey, ...keys.dnsKeys]
}
