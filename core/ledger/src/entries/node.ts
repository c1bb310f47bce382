import {
  asciiText,
  boolean,
  bytes,
  type Codec,
  type Decoded,
  hash32,
  list,
  mapped,
  optional,
  struct,
  text,
  uint,
  uint53,
} from '@cresset/core-codec'
import { type PublicKey, publicKeyCodec } from '@cresset/core-crypto'
import { type EntryType, entryType } from './entry-type.ts'

type Values<F> = { readonly [K in keyof F]: Decoded<F[K]> }

export const maxNodes = 1_024
/** core/chain has the same limit. */
export const maxValidators = 128
export const maxDnsKeysPerNode = 8

/** In the order of their bits. */
export const nodeRoles = ['transaction', 'domain', 'server', 'client', 'permission', 'map', 'notary'] as const
export type NodeRole = (typeof nodeRoles)[number]

export function roleBitsOf(roles: readonly NodeRole[]): number {
  return nodeRoles.reduce((bits, role, index) => bits | (roles.includes(role) ? 1 << index : 0), 0)
}

/** In the order of their bits. */
export function rolesOf(roleBits: number): NodeRole[] {
  return nodeRoles.filter((_, index) => ((roleBits >> index) & 1) === 1)
}

const endpoint = asciiText({ minBytes: 1, maxBytes: 300 })

export const nodeNameCodec = asciiText({ minBytes: 1, maxBytes: 63 })

/** Keys by which a node is known, each for one purpose. */
export const nodeKeyFields = {
  identityKey: publicKeyCodec,
  /** Ed25519. */
  consensusKey: publicKeyCodec,
  /** SHA-256 of the TLS certificate's DER. */
  tlsFingerprint: bytes({ minBytes: 32, maxBytes: 32 }),
  dnsKeys: list(publicKeyCodec, { maxItems: maxDnsKeysPerNode }),
}

/** What a vote can change about a node without touching its keys. */
export const nodePropertyFields = {
  /** A bit a role. */
  roleBits: uint(2 ** nodeRoles.length - 1),
  securityLevel: uint(15),
  endpoints: struct({ agreement: endpoint, api: endpoint, dns: endpoint }),
}

const nodeFields = {
  /** The account of its first identity key: it stays when the key changes. */
  id: hash32,
  name: nodeNameCodec,
  organization: text({ maxBytes: 128 }),
  ...nodePropertyFields,
  ...nodeKeyFields,
  /** Genesis or a vote made it a validator. With stake, it votes only while it has some. */
  isValidator: boolean,
  /** Blocks that admitted it and that last changed this entry; 0 for genesis. */
  admittedHeight: uint53,
  height: uint53,
}

/** A member of the consortium. */
export type NodeEntry = Values<typeof nodeFields>
export const nodeEntry: EntryType<NodeEntry> = entryType('node', nodeFields)

const memberCodec = struct({ node: hash32, name: nodeNameCodec, securityLevel: uint(15) })
const membersFields = { members: list(memberCodec, { minItems: 1, maxItems: maxNodes }) }

export type Member = Decoded<typeof memberCodec>
/** All nodes, sorted by name: the list is complete, and from it comes who votes on a proposal. */
export type Members = Values<typeof membersFields>
export const membersEntry: EntryType<Members> = entryType('members', membersFields)

/** What a node uses a key for. */
export const keyUses = ['identity', 'consensus', 'tls', 'dns'] as const
export type KeyUse = (typeof keyUses)[number]
const useCodec: Codec<KeyUse> = mapped(
  uint(keyUses.length - 1),
  (index) => keyUses[index] as KeyUse,
  (use) => keyUses.indexOf(use),
)
const nodeKeyEntryFields = { node: hash32, use: useCodec }

/** Whose a key is or was. It stays for ever: no key of a node is another's, or gets another purpose, ever. */
export type NodeKey = Values<typeof nodeKeyEntryFields>
export const nodeKeyEntry: EntryType<NodeKey> = entryType('nodeKey', nodeKeyEntryFields)

const validatorCodec = struct({ key: publicKeyCodec, power: uint53, nodeId: hash32, account: hash32 })
const validatorList = list(validatorCodec, { minItems: 1, maxItems: maxValidators })

/** One who votes on blocks; in an update, power 0 takes it out. */
export interface LedgerValidator {
  /** Consensus key. */
  readonly key: PublicKey
  readonly power: number
  readonly nodeId: Uint8Array
  /** Earns the fees of its blocks. */
  readonly account: Uint8Array
}

const validatorsFields = {
  /** Who votes on the block after, sorted by key. */
  next: validatorList,
  /** Who votes on the block after that one; absent while they are the same. */
  afterNext: optional(validatorList),
}

/** Who agrees on blocks. A change acts two blocks after the one that makes it. */
export type ValidatorsEntry = Values<typeof validatorsFields>
export const validatorsEntry: EntryType<ValidatorsEntry> = entryType('validators', validatorsFields)
