import {
  amount,
  asciiText,
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
  uint16,
  uint32,
  uint53,
} from '@cresset/core-codec'
import { publicKeyCodec, SEAL_SALT_BYTES, SEAL_SECRET_BYTES, SEALED_BYTES, signatureCodec } from '@cresset/core-crypto'

/** Bounds of a published host. */
export const hostLimits = {
  servers: 8,
  addressesPerServer: 8,
  services: 16,
  recordSets: 16,
  recordsPerSet: 256,
  recordSetBytes: 4_096,
  certificateBytes: 8_192,
} as const

export const memoBytes = 128

/** Longer than any name may be, so that an overlong one is refused by its code and not as undecodable. */
const nameText = asciiText({ maxBytes: 300 })

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

/** What a host consists of, in the transaction and in the state alike. */
export const hostFields = {
  ttlSeconds: optional(uint32),
  servers: list(serverCodec, { maxItems: hostLimits.servers }),
  services: list(serviceCodec, { maxItems: hostLimits.services }),
  recordSets: list(recordSetCodec, { maxItems: hostLimits.recordSets }),
}

/** Replaces all of a host; without servers and record sets it withdraws the host. `host` is relative: `www`, or empty for the name itself. */
const publish = struct({ name: nameText, host: nameText, ...hostFields })

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

/** Every kind of transaction: its number on the wire, never used again, and its body. */
export const actionTable = {
  transfer: [1, transfer],
  seal: [2, seal],
  reveal: [3, reveal],
  publish: [4, publish],
  topUp: [5, topUp],
  cancel: [6, cancel],
  notarize: [7, notarize],
} as const

export type ActionKind = keyof typeof actionTable
export type ActionBody<K extends ActionKind> = Decoded<(typeof actionTable)[K][1]>
export type Action = { [K in ActionKind]: { readonly kind: K; readonly body: ActionBody<K> } }[ActionKind]
export type Server = Decoded<typeof serverCodec>
export type Service = Decoded<typeof serviceCodec>
export type RecordSet = Decoded<typeof recordSetCodec>
