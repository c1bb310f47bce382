import { type FrameKind, frameHeaderBytes, frameKinds } from './frame-format.ts'
import { LinkError } from './link-event.ts'

/** Longest payload by kind; data has the limit of the link. */
const controlBytesMax = {
  [frameKinds.hello]: 256,
  [frameKinds.ping]: 0,
  [frameKinds.pong]: 0,
  [frameKinds.goodbye]: 0,
} as const

export type DecodedFrame = (kind: FrameKind, payload: Uint8Array) => void

/** Cuts a byte stream into frames. A frame that lies in one chunk is handed on as a view of it, without a copy. */
export class FrameDecoder {
  readonly #frameBytesMax: number
  readonly #header = new Uint8Array(frameHeaderBytes)
  #headerFilled = 0
  #kind: FrameKind = frameKinds.data
  #body: Uint8Array | undefined
  #bodyFilled = 0

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax
  }

  /** Calls `onFrame` for each frame that `chunk` completes. Throws `LinkError` before a byte too many is kept. */
  push(chunk: Uint8Array, onFrame: DecodedFrame): void {
    let offset = 0
    while (offset < chunk.length) {
      if (this.#body !== undefined) {
        offset += this.#fillBody(chunk, offset, onFrame)
        continue
      }
      const wanted = Math.min(frameHeaderBytes - this.#headerFilled, chunk.length - offset)
      for (let index = 0; index < wanted; index++) {
        this.#header[this.#headerFilled + index] = chunk[offset + index] as number
      }
      this.#headerFilled += wanted
      offset += wanted
      if (this.#headerFilled < frameHeaderBytes) return
      this.#headerFilled = 0
      const length = this.#readHeader()
      if (length <= chunk.length - offset) {
        onFrame(this.#kind, chunk.subarray(offset, offset + length))
        offset += length
      } else {
        this.#body = new Uint8Array(length)
        this.#bodyFilled = 0
      }
    }
  }

  #readHeader(): number {
    const [kind = 0, high = 0, middle = 0, low = 0] = this.#header
    const length = high * 0x1_0000 + middle * 0x100 + low
    if (!isFrameKind(kind)) throw new LinkError('frame-malformed', `frame of kind ${kind}`)
    const maxBytes = kind === frameKinds.data ? this.#frameBytesMax : controlBytesMax[kind]
    if (length > maxBytes) throw new LinkError('frame-too-large', `frame of ${length} bytes, at most ${maxBytes}`)
    this.#kind = kind
    return length
  }

  #fillBody(chunk: Uint8Array, offset: number, onFrame: DecodedFrame): number {
    const body = this.#body as Uint8Array
    const taken = Math.min(body.length - this.#bodyFilled, chunk.length - offset)
    body.set(chunk.subarray(offset, offset + taken), this.#bodyFilled)
    this.#bodyFilled += taken
    if (this.#bodyFilled === body.length) {
      this.#body = undefined
      onFrame(this.#kind, body)
    }
    return taken
  }
}

function isFrameKind(kind: number): kind is FrameKind {
  return kind >= frameKinds.hello && kind <= frameKinds.goodbye
}
