import type { Socket } from 'node:net'
import { type ProxyHeader, readProxyHeader } from './proxy-header.ts'

/** A connection of a proxy of which the header has not come yet. */
export class ProxiedSocket {
  /** When it was opened: bytes that trickle in are no progress. */
  readonly lastProgressMs: number
  readonly #socket: Socket
  readonly #onHeader: (header: ProxyHeader, rest: Uint8Array) => void
  readonly #onMalformed: () => void
  #received: Uint8Array = new Uint8Array()

  /** Once the header came, whole and good, `onHeader` takes over the socket, with what came behind it. Else the connection ends. */
  constructor(
    socket: Socket,
    onHeader: (header: ProxyHeader, rest: Uint8Array) => void,
    onMalformed: () => void,
    nowMs: number,
  ) {
    this.#socket = socket
    this.#onHeader = onHeader
    this.#onMalformed = onMalformed
    this.lastProgressMs = nowMs
    socket.on('data', this.#receive)
    socket.on('end', this.#refuse)
  }

  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  readonly #receive = (chunk: Uint8Array): void => {
    // At most a header that is not whole, and one read of the socket.
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const header = readProxyHeader(this.#received)
    if (header === 'incomplete') return
    if (header === 'malformed') {
      this.#refuse()
      return
    }
    this.#socket.off('data', this.#receive)
    this.#socket.off('end', this.#refuse)
    this.#onHeader(header, this.#received.subarray(header.length))
  }

  readonly #refuse = (): void => {
    this.#onMalformed()
    this.#socket.destroy()
  }
}
