import {
  amount,
  asciiText,
  boolean,
  bytes,
  type Codec,
  CodecError,
  type Decoded,
  declare,
  fixedBytes,
  hash32,
  type Item,
  list,
  literal,
  optional,
  struct,
  text,
  toHex,
  uint,
  uint16,
  uint32,
  uint53,
  variant,
} from '@cresset/core-codec'
import { accountOf, checkSignature, publicKeyCodec, sha256, signatureCodec, signingBytes } from '@cresset/core-crypto'
import type { NaiveCode } from './codes.ts'

/** Transactions by the tables of docs/protocol/ledger.md, "Transactions", declared apart from the product's. */

const longText = asciiText({ maxBytes: 300 })

const serverCodec = struct({
  addresses: list(bytes({ minBytes: 4, maxBytes: 16 }), { minItems: 1, maxItems: 8 }),
  publicKey: publicKeyCodec,
  keyProof: signatureCodec,
  certificate: optional(bytes({ minBytes: 1, maxBytes: 8_192 })),
  weight: uint16,
})
/** Protocol: 0 tcp, 1 udp. */
const serviceCodec = struct({ port: uint16, protocol: uint(1), web: boolean })
const recordSetCodec = struct({
  type: uint16,
  ttl: optional(uint32),
  data: list(bytes({ maxBytes: 4_096 }), { minItems: 1, maxItems: 256 }),
})

export const hostContent = struct({
  ttl: optional(uint32),
  servers: list(serverCodec, { maxItems: 8 }),
  services: list(serviceCodec, { maxItems: 16 }),
  recordSets: list(recordSetCodec, { maxItems: 16 }),
})
export type NaiveHostContent = Decoded<typeof hostContent>
export type NaiveServer = Decoded<typeof serverCodec>
export type NaiveRecordSet = Decoded<typeof recordSetCodec>

const tableOwnerCodec = struct({
  owner: longText,
  recordSets: list(recordSetCodec, { minItems: 1, maxItems: 16 }),
})
export type NaiveTableOwner = Decoded<typeof tableOwnerCodec>

const delegationContent = struct({
  ttl: optional(uint32),
  servers: list(struct({ name: longText, addresses: list(bytes({ minBytes: 4, maxBytes: 16 }), { maxItems: 4 }) }), {
    minItems: 1,
    maxItems: 8,
  }),
  signers: list(bytes({ maxBytes: 64 }), { maxItems: 8 }),
  updateKey: optional(publicKeyCodec),
  certificate: optional(bytes({ minBytes: 1, maxBytes: 8_192 })),
})
export type NaiveDelegationContent = Decoded<typeof delegationContent>

/** 0 none, then 1 and 10 minutes, 1 and 6 hours, 2 days. */
const keyOverlap = uint(5)

const zone = asciiText({ minBytes: 1, maxBytes: 253 })

const endpoint = asciiText({ minBytes: 1, maxBytes: 300 })
const properties = {
  roles: uint(127),
  level: uint(15),
  endpoints: struct({ agreement: endpoint, api: endpoint, dns: endpoint }),
}
const nodeKeys = {
  identityKey: publicKeyCodec,
  consensusKey: publicKeyCodec,
  tls: hash32,
  dnsKeys: list(publicKeyCodec, { maxItems: 8 }),
}
const proofs = list(signatureCodec, { maxItems: 10 })

const changeCodec = variant({
  addNode: [
    1,
    struct({
      name: asciiText({ minBytes: 1, maxBytes: 63 }),
      organization: text({ maxBytes: 128 }),
      ...properties,
      ...nodeKeys,
      proofs,
    }),
  ],
  removeNode: [2, struct({ node: hash32 })],
  setNodeKeys: [3, struct({ node: hash32, ...nodeKeys, proofs })],
  setNodeProperties: [4, struct({ node: hash32, ...properties })],
  validatorIn: [5, struct({ node: hash32 })],
  validatorOut: [6, struct({ node: hash32 })],
  parameters: [
    7,
    struct({
      changes: list(struct({ name: asciiText({ minBytes: 1, maxBytes: 40 }), value: amount }), {
        minItems: 1,
        maxItems: 32,
      }),
    }),
  ],
  issueMoney: [8, struct({ to: hash32, amount })],
  upgrade: [9, struct({ version: uint32, height: uint53 })],
  setZoneAnchors: [10, struct({ zone, anchors: list(publicKeyCodec, { maxItems: 3 }) })],
})
export type NaiveChange = Decoded<typeof changeCodec>

const bodies = {
  transfer: struct({ to: hash32, amount, memo: bytes({ maxBytes: 128 }) }),
  seal: struct({ salt: fixedBytes(16), commitment: hash32, ciphertext: fixedBytes(512) }),
  reveal: struct({ sender: hash32, sequence: uint53, secret: fixedBytes(32) }),
  publish: struct({
    name: longText,
    host: longText,
    ttl: optional(uint32),
    servers: list(serverCodec, { maxItems: 8 }),
    services: list(serviceCodec, { maxItems: 16 }),
    recordSets: list(recordSetCodec, { maxItems: 16 }),
    keyOverlap,
  }),
  addServer: struct({
    name: longText,
    host: longText,
    server: serverCodec,
    replaces: optional(publicKeyCodec),
    keyOverlap,
  }),
  withdrawServer: struct({ name: longText, host: longText, publicKey: publicKeyCodec, keyOverlap }),
  confirmAddress: struct({
    address: bytes({ minBytes: 4, maxBytes: 16 }),
    name: longText,
    host: longText,
    isConfirmed: boolean,
  }),
  topUp: struct({ name: longText, amount }),
  cancel: struct({ name: longText }),
  setStandingOrder: struct({ name: longText, order: optional(struct({ refill: amount, cap: amount })) }),
  renew: struct({ name: longText }),
  agree: struct({
    document: hash32,
    title: optional(hash32),
    parties: list(publicKeyCodec, { minItems: 2, maxItems: 16 }),
    transfers: list(struct({ from: uint(15), to: hash32, amount }), { maxItems: 32 }),
    expires: uint53,
    signatures: list(optional(signatureCodec), { maxItems: 16 }),
  }),
  /** Form: 0 plain, 1 authorship. */
  notarize: struct({ hash: hash32, form: uint(1) }),
  transferName: struct({
    transfer: struct({
      name: longText,
      ownership: uint53,
      from: publicKeyCodec,
      to: publicKeyCodec,
      keepRecords: boolean,
      expires: uint53,
    }),
    fromSignature: signatureCodec,
    toSignature: signatureCodec,
  }),
  offerName: struct({ name: longText, price: amount, buyer: optional(hash32), expires: uint53 }),
  buyName: struct({ name: longText, offer: hash32, seller: hash32, highestPrice: amount, primaryKey: publicKeyCodec }),
  withdrawOffer: struct({ name: longText, offer: hash32 }),
  changeKey: struct({ name: longText, newKey: publicKeyCodec }),
  setDomainCertificate: struct({ name: longText, certificate: optional(bytes({ minBytes: 1, maxBytes: 8_192 })) }),
  setDelegation: struct({ name: longText, host: longText, delegation: optional(delegationContent) }),
  setEncryptionKey: struct({ name: longText, key: optional(fixedBytes(32)) }),
  propose: struct({ node: hash32, change: changeCodec }),
  vote: struct({ node: hash32, proposal: uint53, change: hash32, isYes: boolean }),
  stake: struct({ node: hash32, amount }),
  unstake: struct({ node: hash32, amount }),
  setZoneKeys: struct({
    zone,
    ttl: uint32,
    keys: list(bytes({ minBytes: 36, maxBytes: 68 }), { minItems: 1, maxItems: 40 }),
    signatures: list(bytes({ minBytes: 1, maxBytes: 337 }), { minItems: 1, maxItems: 16 }),
    authorization: optional(signatureCodec),
  }),
  setRecords: struct({
    name: longText,
    generation: uint53,
    bits: uint(8),
    serve: boolean,
    pages: list(struct({ index: uint(255), owners: list(tableOwnerCodec, { maxItems: 1_024 }) }), { maxItems: 256 }),
  }),
}
type Bodies = typeof bodies
export type NaiveKind = keyof Bodies
export type NaiveBody<K extends NaiveKind> = Decoded<Bodies[K]>
export type NaiveAction = { [K in NaiveKind]: { kind: K; body: NaiveBody<K> } }[NaiveKind]
export const kindNumbers: Record<NaiveKind, number> = {
  transfer: 1,
  seal: 2,
  reveal: 3,
  publish: 4,
  confirmAddress: 16,
  addServer: 19,
  withdrawServer: 20,
  topUp: 5,
  cancel: 6,
  agree: 17,
  setStandingOrder: 18,
  renew: 21,
  notarize: 7,
  transferName: 8,
  offerName: 9,
  buyName: 10,
  withdrawOffer: 11,
  changeKey: 12,
  setDomainCertificate: 13,
  setDelegation: 14,
  setEncryptionKey: 15,
  propose: 22,
  vote: 23,
  stake: 24,
  unstake: 25,
  setZoneKeys: 26,
  setRecords: 27,
}

export interface NaiveUnsigned {
  chainId: string
  signers: Uint8Array[]
  sequence: number
  validUntil: number
  fee: bigint
  action: NaiveAction
}

const version = literal(1)
const chainId = asciiText({ minBytes: 1, maxBytes: 80 })
const signers = list(publicKeyCodec, { minItems: 1, maxItems: 8 })

export const unsignedCodec: Codec<NaiveUnsigned> = declare<NaiveUnsigned>({
  maxBytes: 1_048_576,
  toItem: ({ chainId: chain, signers: keys, sequence, validUntil, fee, action }): Item => [
    1,
    chainId.toItem(chain),
    signers.toItem(keys),
    uint53.toItem(sequence),
    uint53.toItem(validUntil),
    amount.toItem(fee),
    kindNumbers[action.kind],
    (bodies[action.kind] as Codec<unknown>).toItem(action.body),
  ],
  read(reader) {
    if (reader.array() !== 8) throw new CodecError('wrong-type', 'a transaction has 8 fields')
    version.read(reader)
    const head = {
      chainId: chainId.read(reader),
      signers: signers.read(reader),
      sequence: uint53.read(reader),
      validUntil: uint53.read(reader),
      fee: amount.read(reader),
    }
    const number = Number(reader.uint())
    const kind = (Object.keys(kindNumbers) as NaiveKind[]).find((name) => kindNumbers[name] === number)
    if (kind === undefined) throw new CodecError('unknown-kind', `no kind ${number}`)
    const action = { kind, body: bodies[kind].read(reader) } as NaiveAction
    return { ...head, action }
  },
})

const signedCodec = struct({ unsigned: unsignedCodec, signatures: list(signatureCodec, { minItems: 1, maxItems: 8 }) })

export interface NaiveTransaction extends NaiveUnsigned {
  signatures: Uint8Array[]
  bytes: Uint8Array
  id: Uint8Array
  payer: Uint8Array
  /** Accounts of all signers. */
  accounts: Uint8Array[]
  units: number
}

export function signedText(unsigned: NaiveUnsigned): Uint8Array {
  return signingBytes('transaction', unsigned.chainId, unsignedCodec.encode(unsigned))
}

export function encodeTransaction(unsigned: NaiveUnsigned, signatures: Uint8Array[]): Uint8Array {
  return signedCodec.encode({ unsigned, signatures })
}

/** The transaction, or why its bytes are none. */
export function readTransaction(encoded: Uint8Array, maxTransactionBytes: number): NaiveTransaction | NaiveCode {
  if (encoded.length > maxTransactionBytes) return 'transaction-too-long'
  let read: { unsigned: NaiveUnsigned; signatures: Uint8Array[] }
  try {
    read = signedCodec.decode(encoded)
  } catch (error) {
    if (error instanceof CodecError) return 'transaction-malformed'
    throw error
  }
  const { unsigned, signatures } = read
  if (signatures.length !== unsigned.signers.length) return 'transaction-malformed'
  const accounts = unsigned.signers.map(accountOf)
  if (new Set(accounts.map(String)).size !== accounts.length) return 'signer-twice'
  return {
    ...unsigned,
    signatures,
    bytes: encoded,
    id: sha256(encoded),
    payer: accounts[0] as Uint8Array,
    accounts,
    units: unitsOf(unsigned),
  }
}

/** Whether the signatures of the newest transactions are good, by their ids: each is asked for more than once. */
const judged = new Map<string, boolean>()
const mostJudged = 1_024

/** Told by who has just signed it, so that nobody need check. */
export function trustSignatures(encoded: Uint8Array): void {
  rememberJudged(toHex(sha256(encoded)), true)
}

function rememberJudged(id: string, areGood: boolean): void {
  if (judged.size === mostJudged) judged.clear()
  judged.set(id, areGood)
}

export function signaturesGood(transaction: NaiveTransaction): boolean {
  const id = toHex(transaction.id)
  const known = judged.get(id)
  if (known !== undefined) return known
  const message = signedText(transaction)
  const areGood = transaction.signers.every((key, index) =>
    checkSignature(key, message, transaction.signatures[index] as Uint8Array),
  )
  rememberJudged(id, areGood)
  return areGood
}

/** Hosts, addresses and delegations of one name. */
const mostEnded = 64 + 128 + 16

function unitsOf({ signers: keys, action }: NaiveUnsigned): number {
  const more: Record<NaiveKind, number> = {
    transfer: 1,
    seal: 5,
    reveal: 20,
    publish: 5,
    addServer: 5,
    withdrawServer: 5,
    confirmAddress: 5,
    topUp: 12,
    cancel: 8 + mostEnded,
    agree: 3,
    setStandingOrder: 13,
    renew: 12,
    notarize: keys.length,
    transferName: 5 + (action.kind === 'transferName' && action.body.transfer.keepRecords ? 0 : mostEnded),
    offerName: 3,
    buyName: 4 + mostEnded,
    withdrawOffer: 3,
    changeKey: 3,
    setDomainCertificate: 3,
    setDelegation: 4,
    setEncryptionKey: 2,
    propose: 105,
    vote: 100,
    stake: 10,
    unstake: 10,
    setZoneKeys: 5,
    setRecords: 5,
  }
  let units = keys.length + 2 + more[action.kind]
  const servers =
    action.kind === 'publish' ? action.body.servers : action.kind === 'addServer' ? [action.body.server] : []
  for (const { certificate, addresses } of servers) units += (certificate === undefined ? 1 : 11) + 2 * addresses.length
  if (action.kind === 'setDomainCertificate' && action.body.certificate !== undefined) units += 10
  if (action.kind === 'setDelegation' && action.body.delegation?.certificate !== undefined) units += 10
  if (action.kind === 'propose' && 'proofs' in action.body.change.body)
    units += 2 * (2 + action.body.change.body.dnsKeys.length)
  if (action.kind === 'agree') units += 4 * action.body.parties.length + action.body.transfers.length
  if (action.kind === 'setZoneKeys') units += 2 * action.body.keys.length + action.body.signatures.length
  if (action.kind === 'setRecords') {
    const { pages } = action.body
    const sets = pages.flatMap(({ owners }) => owners.flatMap(({ recordSets }) => recordSets)).length
    units += 4 * pages.length + Math.ceil(sets / 8)
  }
  return units
}
