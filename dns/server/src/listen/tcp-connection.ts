import type { Socket } from 'node:net'
import { readUint16, writeUint16 } from '@cresset/dns-wire'
import type { MessageStream, ResponseBytes } from './listener.ts'

/** What a query is answered with, at once or later. */
type Answer = ResponseBytes | MessageStream | Promise<ResponseBytes>

export interface TcpConnectionLimits {
  /** Greatest query; a longer frame ends the connection before it is buffered. */
  readonly maxQueryBytes: number
  /** Responses that the client has not taken; at more, its further queries wait unread. */
  readonly maxQueuedBytes: number
  /** Queries that are answered later, at the same time; at more, further ones wait unread. */
  readonly maxUnanswered: number
}

const FRAME_HEADER_BYTES = 2
const NOTHING = new Uint8Array()

/**
 * One client's stream of framed queries (RFC 7766 section 8), answered as fast as the client takes the answers. What is answered at once
 * is answered in order; what takes longer does not hold up what comes after it (section 6.2.1.1), but for transfers, which go out
 * whole. Memory is bounded by `maxUnanswered` frames and answers, one read of the socket and `maxQueuedBytes`.
 */
export class TcpConnection {
  /** When the client last completed a query or took its answers; trickled bytes do not count. */
  lastProgressMs: number
  readonly #socket: Socket
  readonly #limits: TcpConnectionLimits
  readonly #answer: (query: Uint8Array) => Answer
  readonly #onResponse: () => void
  readonly #now: () => number
  #unread: Uint8Array = NOTHING
  #hasEnded = false
  /** Queries that will be answered later. */
  #unanswered = 0
  /** Messages of the answer under way that wait until the client takes those before them; queries behind it wait unread. */
  #stream: MessageStream | undefined

  constructor(
    socket: Socket,
    limits: TcpConnectionLimits,
    answer: (query: Uint8Array) => Answer,
    onResponse: () => void,
    now: () => number,
  ) {
    this.#socket = socket
    this.#limits = limits
    this.#answer = answer
    this.#onResponse = onResponse
    this.#now = now
    this.lastProgressMs = now()
    socket.on('data', (chunk: Uint8Array) => this.receive(chunk))
    socket.on('drain', () => {
      this.lastProgressMs = this.#now()
      this.#pump()
      this.#readFrames()
    })
    socket.on('end', () => {
      this.#hasEnded = true
      this.#readFrames()
    })
    socket.on('close', () => {
      this.#stream?.messages.return?.()
      this.#stream = undefined
    })
  }

  /** Takes bytes of the client. */
  receive(chunk: Uint8Array): void {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk])
    this.#readFrames()
  }

  /** Sends what is answered and closes. */
  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** The client has not taken what it should before it gets more. Only a socket that says so tells when it is empty again. */
  get #isFull(): boolean {
    return this.#socket.writableNeedDrain && this.#socket.writableLength > this.#limits.maxQueuedBytes
  }

  get #isBlocked(): boolean {
    return this.#stream !== undefined || this.#unanswered >= this.#limits.maxUnanswered || this.#isFull
  }

  #readFrames(): void {
    const socket = this.#socket
    let offset = 0
    while (socket.writable && !this.#isBlocked) {
      const frame = this.#frameAt(offset)
      if (frame === undefined) break
      offset += FRAME_HEADER_BYTES + frame.length
      this.lastProgressMs = this.#now()
      this.#respond(frame)
    }
    // A copy, so that the rest of a query does not hold the whole read.
    if (offset > 0) this.#unread = new Uint8Array(this.#unread.subarray(offset))
    if (!socket.writable) return
    if (this.#isBlocked) socket.pause()
    else if (!this.#hasEnded) socket.resume()
    else if (this.#unanswered === 0) socket.end()
  }

  #frameAt(offset: number): Uint8Array | undefined {
    const available = this.#unread.length - offset
    if (available < FRAME_HEADER_BYTES) return undefined
    const length = readUint16(this.#unread, offset)
    if (length > this.#limits.maxQueryBytes) {
      this.destroy()
      return undefined
    }
    if (available < FRAME_HEADER_BYTES + length) return undefined
    return this.#unread.subarray(offset + FRAME_HEADER_BYTES, offset + FRAME_HEADER_BYTES + length)
  }

  #respond(query: Uint8Array): void {
    const response = this.#answer(query)
    if (response !== undefined && 'messages' in response) {
      this.#stream = response
      this.#pump()
      return
    }
    if (!(response instanceof Promise)) {
      this.#send(response)
      return
    }
    this.#unanswered += 1
    void response.then((later) => {
      this.#unanswered -= 1
      this.lastProgressMs = this.#now()
      this.#send(later)
      this.#readFrames()
    })
  }

  /** Sends of the stream what the client has room for. */
  #pump(): void {
    const socket = this.#socket
    while (this.#stream !== undefined && socket.writable && !this.#isFull) {
      const next = this.#stream.messages.next()
      if (next.done === true) {
        this.#stream = undefined
      } else this.#send(next.value)
    }
  }

  #send(response: ResponseBytes): void {
    // The client may have gone while it waited.
    if (!this.#socket.writable) return
    if (response === undefined) {
      // A client that sends what is no query at all is not worth a connection.
      this.destroy()
      return
    }
    // Length and message in one write, so that they leave in one segment (RFC 7766 section 8).
    const frame = new Uint8Array(FRAME_HEADER_BYTES + response.length)
    writeUint16(frame, 0, response.length)
    frame.set(response, FRAME_HEADER_BYTES)
    // A slow reader of a long transfer is no idle one: each message that it takes counts.
    this.#socket.write(frame, () => {
      this.lastProgressMs = this.#now()
    })
    this.#onResponse()
  }
}
