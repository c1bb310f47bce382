import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { boundedLines } from './bounded-lines.ts'
import { type ControlReply, type ControlRequest, MAX_REQUEST_BYTES, readRequest } from './protocol.ts'
import { listenAt } from './socket-place.ts'

export interface ControlOptions {
  readonly path: string
  /** Carries out a request. What it throws is a defect; the caller hears that it failed. */
  handle(request: ControlRequest): Promise<ControlReply>
  readonly onFailure: (error: Error) => void
}

export interface Control {
  /** Ends the connections and removes the socket. */
  close(): Promise<void>
}

const MAX_CONNECTIONS = 16
/** A connection that asks nothing, or does not take its answer, ends. */
const IDLE_MS = 10_000
const BAD_REQUEST: ControlReply = {
  error: { code: 'bad-request', message: 'this is no request that this server knows' },
}

/** Takes requests from processes of this user. One that does not keep to the protocol loses its connection. @throws StartError */
export async function serveControl({ path, handle, onFailure }: ControlOptions): Promise<Control> {
  const connections = new Set<Socket>()
  const answered = async (line: string): Promise<ControlReply> => {
    const request = readRequest(line)
    if (request === undefined) return BAD_REQUEST
    try {
      return await handle(request)
    } catch (error) {
      onFailure(error as Error)
      return { error: { code: 'failed', message: 'the server failed; it has told why' } }
    }
  }
  const converse = async (socket: Socket): Promise<void> => {
    try {
      // A refused client gets its answer before the socket ends.
      const chunks = socket.iterator({ destroyOnReturn: false })
      for await (const line of boundedLines(chunks, MAX_REQUEST_BYTES)) {
        // What takes long is the server's own work, and not an idle client.
        socket.setTimeout(0)
        const reply = await answered(line)
        socket.setTimeout(IDLE_MS)
        if (!socket.write(`${JSON.stringify(reply)}\n`))
          await Promise.race([once(socket, 'drain'), once(socket, 'close')])
        if (reply === BAD_REQUEST) break
      }
      socket.end()
    } catch {
      // Too long a line, or a client that went away.
      socket.destroy()
    }
  }
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.setTimeout(IDLE_MS, () => socket.destroy())
    void converse(socket)
  })
  server.maxConnections = MAX_CONNECTIONS
  await listenAt(server, path)
  // Such as no descriptor for a connection: it goes on with the next one.
  server.on('error', onFailure)
  return {
    async close() {
      for (const socket of connections) socket.destroy()
      // Closing removes the socket's file.
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
