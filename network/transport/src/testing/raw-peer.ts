import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { encodeFrames, type FrameKind, frameKinds } from '../frame-format.ts'
import { encodeHello } from '../hello.ts'
import { linkProtocol } from '../tls-transport.ts'
import type { TestNode } from './test-nodes.ts'

/** A TLS connection whose frames a test writes itself, with the certificate of `node` (or none). */
export class RawPeer {
  readonly socket: TLSSocket
  receivedBytes = 0
  isClosed = false

  constructor(port: number, node: TestNode | undefined, options: ConnectionOptions = {}) {
    this.socket = connect({
      host: '127.0.0.1',
      port,
      ALPNProtocols: [linkProtocol],
      rejectUnauthorized: false,
      ...(node === undefined ? {} : { key: node.tls.keyPem, cert: node.tls.certificatePem }),
      ...options,
    })
    this.socket.on('data', (chunk) => {
      this.receivedBytes += chunk.length
    })
    this.socket.on('error', () => undefined)
    this.socket.on('close', () => {
      this.isClosed = true
    })
  }

  send(kind: FrameKind, ...payloads: Uint8Array[]): void {
    for (const chunk of encodeFrames(kind, payloads)) this.socket.write(chunk)
  }

  hello(context: Uint8Array = new Uint8Array(), session = new Uint8Array(8)): void {
    this.send(frameKinds.hello, encodeHello({ session, context }))
  }
}

/** A TCP connection to write anything on. */
export function rawConnection(port: number): { socket: Socket; isClosed: () => boolean } {
  const socket = connectTcp({ host: '127.0.0.1', port })
  let isClosed = false
  socket.on('error', () => undefined)
  socket.on('data', () => undefined)
  socket.on('close', () => {
    isClosed = true
  })
  return { socket, isClosed: () => isClosed }
}

/** A cable between a port of its own and another: it can be cut, or swallow everything without a word. */
export class Cable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isSwallowing = false
  connections = 0

  private constructor(targetPort: () => number) {
    this.#server = createServer((near) => {
      this.connections += 1
      const far = connectTcp({ host: '127.0.0.1', port: targetPort() })
      this.#join(near, far)
      this.#join(far, near)
    })
  }

  static async lay(targetPort: () => number): Promise<Cable> {
    const cable = new Cable(targetPort)
    await new Promise<void>((resolve) => cable.#server.listen(0, '127.0.0.1', resolve))
    return cable
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** Resets all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** From now on nothing passes and nothing is closed, on the connections that stand. */
  swallow(): void {
    this.#isSwallowing = true
    for (const socket of this.#sockets) socket.removeAllListeners('data').on('data', () => undefined)
  }

  release(): void {
    this.#isSwallowing = false
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.on('error', () => undefined)
    from.on('data', (chunk) => {
      if (!this.#isSwallowing) to.write(chunk)
    })
    from.on('close', () => {
      this.#sockets.delete(from)
      if (!this.#isSwallowing) to.destroy()
    })
  }
}
