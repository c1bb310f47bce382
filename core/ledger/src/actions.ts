import {
  amount,
  boolean,
  bytes,
  type Codec,
  type Decoded,
  fixedBytes,
  hash32,
  list,
  mapped,
  optional,
  struct,
  uint,
  uint8,
  uint16,
  uint32,
  uint53,
} from '@cresset/core-codec'
import {
  publicKeyCodec,
  SEAL_SALT_BYTES,
  SEAL_SECRET_BYTES,
  SEALED_BYTES,
  signatureCodec,
  X25519_KEY_BYTES,
} from '@cresset/core-crypto'
import { agreementFields, agreementSignaturesCodec } from './agreements/statement.ts'
import { delegationFields } from './delegation/delegation.ts'
import { zoneSignaturesCodec } from './entries/zone-keys.ts'
import { changeCodec } from './membership/change.ts'
import { nameText } from './names/name-text.ts'
import { nameTransferCodec } from './trade/name-transfer.ts'
import { zoneKeySetFields } from './zone-keys/statement.ts'

/** Bounds of a published host. */
export const hostLimits = {
  servers: 8,
  /** Old keys that stay in DNS for a while. */
  retiringKeys: 8,
  /** Of a host's record that is changed server by server; `publish` pays for what it writes. */
  rewrittenBytes: 16_384,
  addressesPerServer: 8,
  services: 16,
  recordSets: 16,
  recordsPerSet: 256,
  recordSetBytes: 4_096,
  certificateBytes: 8_192,
} as const

/** Bounds of a record table. */
export const recordTableLimits = {
  /** Of the hash of an owner, which tell its page. */
  bits: 8,
  pages: 256,
  ownersPerPage: 1_024,
  /** Of a page's entry. */
  pageBytes: 16_384,
} as const

export const memoBytes = 128

const transfer = struct({ to: hash32, amount, memo: bytes({ maxBytes: memoBytes }) })

const seal = struct({
  salt: fixedBytes(SEAL_SALT_BYTES),
  commitment: hash32,
  ciphertext: fixedBytes(SEALED_BYTES),
})

/** `sender` and `sequence` name the seal: the first signer's account and the sequence of the transaction that made it. */
const reveal = struct({ sender: hash32, sequence: uint53, secret: fixedBytes(SEAL_SECRET_BYTES) })

export const protocols = ['tcp', 'udp'] as const
export type Protocol = (typeof protocols)[number]

const protocolCodec: Codec<Protocol> = mapped(
  uint(protocols.length - 1),
  (index) => protocols[index] as Protocol,
  (protocol) => protocols.indexOf(protocol),
)

export const serverCodec = struct({
  /** 4 bytes IPv4 or 16 bytes IPv6. */
  addresses: list(bytes({ minBytes: 4, maxBytes: 16 }), { minItems: 1, maxItems: hostLimits.addressesPerServer }),
  publicKey: publicKeyCodec,
  /** By `publicKey` over `hostKeyBytes`: a key is published only by its holder. */
  keyProof: signatureCodec,
  /** DER. */
  certificate: optional(bytes({ minBytes: 1, maxBytes: hostLimits.certificateBytes })),
  /** For a client's choice among servers; DNS answers all. */
  weight: uint16,
})

export const serviceCodec = struct({
  port: uint16,
  protocol: protocolCodec,
  /** A web server: gets an HTTPS record. */
  web: boolean,
})

export const recordSetCodec = struct({
  /** DNS record type. */
  type: uint16,
  ttlSeconds: optional(uint32),
  /** RDATA on the wire, uncompressed. */
  data: list(bytes({ maxBytes: hostLimits.recordSetBytes }), { minItems: 1, maxItems: hostLimits.recordsPerSet }),
})

/** All records of one owner name in a record table. The owner is relative, as a host is: `www`, or empty for the name itself. */
export function ownerRecordsCodec(owner: Codec<string>) {
  return struct({ owner, recordSets: list(recordSetCodec, { minItems: 1, maxItems: hostLimits.recordSets }) })
}

/**
 * How long the old keys of a host stay in DNS beside the new ones (RFC 7671 section 8.1 asks for two times the TTL), in milliseconds of
 * ledger time. A few fixed lengths, so that what waits equally long ends in the order in which it began. `none`: they end at once.
 */
export const keyOverlaps = [
  ['none', 0],
  ['1m', 60_000],
  ['10m', 600_000],
  ['1h', 3_600_000],
  ['6h', 21_600_000],
  ['2d', 172_800_000],
] as const
export type KeyOverlap = (typeof keyOverlaps)[number][0]

export const keyOverlapCodec: Codec<KeyOverlap> = mapped(
  uint(keyOverlaps.length - 1),
  (index) => (keyOverlaps[index] as (typeof keyOverlaps)[number])[0],
  (overlap) => keyOverlaps.findIndex(([name]) => name === overlap),
)

export function keyOverlapMs(overlap: KeyOverlap): number {
  return (keyOverlaps.find(([name]) => name === overlap) as (typeof keyOverlaps)[number])[1]
}

/** What a host consists of, in the transaction and in the state alike. */
export const hostFields = {
  ttlSeconds: optional(uint32),
  servers: list(serverCodec, { maxItems: hostLimits.servers }),
  services: list(serviceCodec, { maxItems: hostLimits.services }),
  recordSets: list(recordSetCodec, { maxItems: hostLimits.recordSets }),
}

/** Replaces all of a host; without servers and record sets it withdraws the host. `host` is relative: `www`, or empty for the name itself. */
const publish = struct({ name: nameText, host: nameText, ...hostFields, keyOverlap: keyOverlapCodec })

/** `replaces`: the key of the server whose place it takes; that key can be its own. */
const addServer = struct({
  name: nameText,
  host: nameText,
  server: serverCodec,
  replaces: optional(publicKeyCodec),
  keyOverlap: keyOverlapCodec,
})

const withdrawServer = struct({
  name: nameText,
  host: nameText,
  publicKey: publicKeyCodec,
  keyOverlap: keyOverlapCodec,
})

/** By the account that holds the address's range. */
const confirmAddress = struct({
  address: bytes({ minBytes: 4, maxBytes: 16 }),
  name: nameText,
  host: nameText,
  /** False takes an earlier confirmation back. */
  isConfirmed: boolean,
})

const topUp = struct({ name: nameText, amount })

const cancel = struct({ name: nameText })

/** `plain`: the digest itself; `authorship`: SHA-256(tag, signer, digest), which is worthless to another signer. */
export const notarizationForms = ['plain', 'authorship'] as const
export type NotarizationForm = (typeof notarizationForms)[number]

export const notarizationFormCodec: Codec<NotarizationForm> = mapped(
  uint(notarizationForms.length - 1),
  (index) => notarizationForms[index] as NotarizationForm,
  (form) => notarizationForms.indexOf(form),
)

const notarize = struct({ hash: hash32, form: notarizationFormCodec })

/** Both signatures are over `nameTransferSigningBytes`. */
const transferName = struct({ transfer: nameTransferCodec, fromSignature: signatureCodec, toSignature: signatureCodec })

/** The id of the transaction is the offer's. `expiresMs` is ledger time. */
const offerName = struct({ name: nameText, price: amount, buyer: optional(hash32), expiresMs: uint53 })

/** Accounts and the most that the buyer gives stand here so that nothing can change between what he saw and what he gets. */
const buyName = struct({
  name: nameText,
  offer: hash32,
  seller: hash32,
  highestPrice: amount,
  /** Of the new owner; among the signers. */
  primaryKey: publicKeyCodec,
})

const withdrawOffer = struct({ name: nameText, offer: hash32 })

/** Old and new key are among the signers. */
const changeKey = struct({ name: nameText, newKey: publicKeyCodec })

/** The name's authority (DER), or none any more. */
const setDomainCertificate = struct({
  name: nameText,
  certificate: optional(bytes({ minBytes: 1, maxBytes: hostLimits.certificateBytes })),
})

/** Hands a host and everything below it to other name servers, or takes it back. `host` is relative. */
const setDelegation = struct({ name: nameText, host: nameText, delegation: optional(struct(delegationFields)) })

/** X25519, for those who send sealed things to the name; or none any more. */
const setEncryptionKey = struct({ name: nameText, key: optional(fixedBytes(X25519_KEY_BYTES)) })

/** Absent: revokes. The payer's account refills the deposit with `refill` at a time, `cap` in all. */
const setStandingOrder = struct({ name: nameText, order: optional(struct({ refill: amount, cap: amount })) })

const renew = struct({ name: nameText })

/** What the parties agreed on, and their signatures over it; any account can carry it. */
const agree = struct({ ...agreementFields, signatures: agreementSignaturesCodec })

/** `node`, whose identity key is among the signers, puts a change to the vote. */
const propose = struct({ node: hash32, change: changeCodec })

/** `change` is the `changeDigest` of what the voter saw under the proposal's number. */
const vote = struct({ node: hash32, proposal: uint53, change: hash32, isYes: boolean })

/** With the engine `stake`: the payer's money gives `node` power. Its identity key is among the signers. */
const stake = struct({ node: hash32, amount })

/** It comes back to the node's account after `unbondingMs`. */
const unstake = struct({ node: hash32, amount })

/** The DNSKEY records of a zone and the signatures over them. `authorization`: by an anchor over `zoneKeysBytes`; other keys need it. */
const setZoneKeys = struct({
  ...zoneKeySetFields,
  signatures: zoneSignaturesCodec,
  authorization: optional(signatureCodec),
})

/** All of one page; without owners there is none. */
const recordPage = struct({
  index: uint8,
  owners: list(ownerRecordsCodec(nameText), { maxItems: recordTableLimits.ownersPerPage }),
})

/** Writes pages of a name's record table: of a generation that is built, which `serve` shows at once, or of the one that is served. */
const setRecords = struct({
  name: nameText,
  generation: uint53,
  bits: uint(recordTableLimits.bits),
  serve: boolean,
  pages: list(recordPage, { maxItems: recordTableLimits.pages }),
})

/** Every kind of transaction: its number on the wire, never used again, and its body. */
export const actionTable = {
  transfer: [1, transfer],
  seal: [2, seal],
  reveal: [3, reveal],
  publish: [4, publish],
  topUp: [5, topUp],
  cancel: [6, cancel],
  notarize: [7, notarize],
  transferName: [8, transferName],
  offerName: [9, offerName],
  buyName: [10, buyName],
  withdrawOffer: [11, withdrawOffer],
  changeKey: [12, changeKey],
  setDomainCertificate: [13, setDomainCertificate],
  setDelegation: [14, setDelegation],
  setEncryptionKey: [15, setEncryptionKey],
  confirmAddress: [16, confirmAddress],
  addServer: [19, addServer],
  withdrawServer: [20, withdrawServer],
  agree: [17, agree],
  setStandingOrder: [18, setStandingOrder],
  renew: [21, renew],
  propose: [22, propose],
  vote: [23, vote],
  stake: [24, stake],
  unstake: [25, unstake],
  setZoneKeys: [26, setZoneKeys],
  setRecords: [27, setRecords],
} as const

export type ActionKind = keyof typeof actionTable
export type ActionBody<K extends ActionKind> = Decoded<(typeof actionTable)[K][1]>
export type Action = { [K in ActionKind]: { readonly kind: K; readonly body: ActionBody<K> } }[ActionKind]
export type Server = Decoded<typeof serverCodec>
export type Service = Decoded<typeof serviceCodec>
export type RecordSet = Decoded<typeof recordSetCodec>
export type OwnerRecords = Decoded<ReturnType<typeof ownerRecordsCodec>>
export type RecordPageChange = Decoded<typeof recordPage>
