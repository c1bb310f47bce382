import type { Socket } from 'node:net'
import type { LinkEnd } from './link-event.ts'
import type { LinkLimits } from './link-limits.ts'

interface Pending {
  readonly socket: Socket
  readonly timer: NodeJS.Timeout
}

/**
 * Accepted connections that are not yet a checked peer. Each has a deadline; beyond the bound the oldest is cut, so that
 * idle connections cannot keep a peer out, who needs but milliseconds.
 */
export class PendingConnections {
  readonly #limits: Pick<LinkLimits, 'handshakeMs' | 'pendingConnections'>
  readonly #cut: (address: string, reason: LinkEnd) => void
  // In order of arrival. By remote end, because a TLS socket does not tell the plain one it runs over.
  readonly #byRemote = new Map<string, Pending>()

  constructor(
    limits: Pick<LinkLimits, 'handshakeMs' | 'pendingConnections'>,
    cut: (address: string, reason: LinkEnd) => void,
  ) {
    this.#limits = limits
    this.#cut = cut
  }

  add(socket: Socket): void {
    const remote = remoteOf(socket)
    if (remote === undefined) {
      socket.destroy()
      return
    }
    const timer = setTimeout(() => this.#end(remote, 'handshake-timeout'), this.#limits.handshakeMs)
    this.#byRemote.set(remote, { socket, timer })
    socket.once('close', () => this.#forget(remote))
    // Errors are told by the TLS socket above; without a listener here they would stop the process.
    socket.on('error', () => undefined)
    const [oldest] = this.#byRemote.keys()
    if (this.#byRemote.size > this.#limits.pendingConnections && oldest !== undefined) {
      this.#end(oldest, 'handshake-crowded')
    }
  }

  /** The peer is checked and greeted. */
  remove(socket: Socket): void {
    const remote = remoteOf(socket)
    if (remote !== undefined) this.#forget(remote)
  }

  destroyAll(): void {
    for (const { socket, timer } of this.#byRemote.values()) {
      clearTimeout(timer)
      socket.destroy()
    }
    this.#byRemote.clear()
  }

  #end(remote: string, reason: LinkEnd): void {
    const pending = this.#byRemote.get(remote)
    this.#forget(remote)
    this.#cut(remote, reason)
    pending?.socket.destroy()
  }

  #forget(remote: string): void {
    clearTimeout(this.#byRemote.get(remote)?.timer)
    this.#byRemote.delete(remote)
  }
}

function remoteOf(socket: Socket): string | undefined {
  return socket.remoteAddress === undefined ? undefined : `${socket.remoteAddress}:${socket.remotePort}`
}
