import {
  asciiText,
  bytes,
  type Codec,
  CodecError,
  concatBytes,
  type Decoded,
  hash32,
  list,
  mapped,
  readUint32,
  struct,
  uint8,
  uint32ToBytes,
  variant,
  versioned,
} from '@cresset/core-codec'
import { type KeyType, keyTypes, publicKeyCodec, signatureCodec } from '@cresset/core-crypto'
import { type AgentErrorCode, agentErrorCodes } from './agent-error.ts'

/**
 * A frame is its length (4 bytes, big endian) and one request or response: canonical CBOR, version first. Each request has one
 * response, in order. Docs: docs/protocol/key-agent.md.
 */
export const MAX_MESSAGE_BYTES = 256 * 1024
export const MAX_KEYS = 64
const MAX_CONTEXT_BYTES = 4096
const MAX_NAME_BYTES = 64
const MAX_PASSPHRASE_BYTES = 1024
const LENGTH_BYTES = 4

/** A name in the agent: letters, digits, `.`, `_`, `-`, `@`; not hex alone, so that no name looks like a fingerprint. */
export function isAgentKeyName(name: string): boolean {
  return /^[A-Za-z0-9._@-]{1,64}$/.test(name) && !/^[0-9a-f]{8,}$/.test(name)
}

const keyName: Codec<string> = mapped(
  asciiText({ maxBytes: MAX_NAME_BYTES }),
  (name) => {
    if (!isAgentKeyName(name)) throw new CodecError('out-of-range', 'not a name of a key')
    return name
  },
  (name) => name,
)

const keyType: Codec<KeyType> = mapped(
  uint8,
  (number) => {
    for (const [type, known] of Object.entries(keyTypes)) if (known === number) return type as KeyType
    throw new CodecError('unknown-kind', `no kind of key has the number ${number}`)
  },
  (type) => keyTypes[type],
)

const errorCode: Codec<AgentErrorCode> = mapped(
  uint8,
  (number) => {
    for (const [code, known] of Object.entries(agentErrorCodes)) if (known === number) return code as AgentErrorCode
    throw new CodecError('unknown-kind', `no error has the number ${number}`)
  },
  (code) => agentErrorCodes[code],
)

const nothing = struct({})
const passphrase = bytes({ minBytes: 1, maxBytes: MAX_PASSPHRASE_BYTES })

export const heldKeyCodec = struct({ name: keyName, type: keyType, secret: hash32 })
export type HeldSecret = Decoded<typeof heldKeyCodec>

const request = variant({
  list: [1, nothing],
  sign: [2, struct({ publicKey: publicKeyCodec, message: bytes({ maxBytes: MAX_MESSAGE_BYTES }) })],
  secretFor: [3, struct({ publicKey: publicKeyCodec, context: bytes({ maxBytes: MAX_CONTEXT_BYTES }) })],
  add: [4, heldKeyCodec],
  remove: [5, struct({ publicKey: publicKeyCodec })],
  removeAll: [6, nothing],
  lock: [7, struct({ passphrase })],
  unlock: [8, struct({ passphrase })],
})

const response = variant({
  done: [1, nothing],
  keys: [2, struct({ keys: list(struct({ name: keyName, publicKey: publicKeyCodec }), { maxItems: MAX_KEYS }) })],
  signature: [3, struct({ signature: signatureCodec })],
  secret: [4, struct({ secret: hash32 })],
  failed: [5, struct({ code: errorCode })],
})

const PROTOCOL_VERSION = 1
export const requestCodec = versioned(PROTOCOL_VERSION, { request })
export const responseCodec = versioned(PROTOCOL_VERSION, { response })
export type AgentRequest = Decoded<typeof request>
export type AgentResponse = Decoded<typeof response>
/** The body of each kind of response. */
export type AgentAnswers = { [R in AgentResponse as R['kind']]: R['body'] }

export function frameOf(body: Uint8Array): Uint8Array {
  return concatBytes(uint32ToBytes(body.length), body)
}

export const requestFrame = (value: AgentRequest): Uint8Array => frameOf(requestCodec.encode({ request: value }))
export const responseFrame = (value: AgentResponse): Uint8Array => frameOf(responseCodec.encode({ response: value }))

/** Cuts a stream into frames. A length over the limit is refused before anything is kept for it. */
export class FrameReader {
  readonly #maxBytes: number
  #kept: Uint8Array = new Uint8Array(0)

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The bodies that are whole now. @throws CodecError `too-long`, `too-short`; the stream cannot go on then */
  push(chunk: Uint8Array): Uint8Array[] {
    const had = this.#kept
    this.#kept = had.length === 0 ? Uint8Array.from(chunk) : concatBytes(had, chunk)
    // What was added may be a secret on its way.
    had.fill(0)
    const bodies: Uint8Array[] = []
    while (this.#kept.length >= LENGTH_BYTES) {
      const length = readUint32(this.#kept)
      if (length > this.#maxBytes)
        throw new CodecError('too-long', `a frame of ${length} bytes, the limit is ${this.#maxBytes}`)
      if (length === 0) throw new CodecError('too-short', 'an empty frame')
      const end = LENGTH_BYTES + length
      if (this.#kept.length < end) break
      bodies.push(this.#kept.slice(LENGTH_BYTES, end))
      const rest = this.#kept.slice(end)
      this.#kept.fill(0)
      this.#kept = rest
    }
    return bodies
  }
}
