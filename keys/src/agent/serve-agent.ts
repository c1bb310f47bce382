import { chmod, lstat, unlink } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { AgentError } from './agent-error.ts'
import type { KeyAgent } from './key-agent.ts'
import { peerUser } from './native.ts'
import { FrameReader, requestCodec, responseFrame } from './protocol.ts'
import { prepareSocketFolder } from './socket-place.ts'

export interface ServeOptions {
  readonly socketPath: string
  readonly agent: KeyAgent
  /** Keys that nobody used for so long are forgotten; absent: never. */
  readonly idleMs?: number
  readonly onIdle?: () => void
}

export interface ServedAgent {
  /** Forgets the keys, ends the connections, removes the socket. */
  stop(): Promise<void>
}

const SOCKET_MODE = 0o600
const MAX_CONNECTIONS = 64
/** A client that does not read its answers is dropped. */
const MAX_UNREAD_BYTES = 1_048_576

/** Serves an agent on a Unix socket to processes of this user. @throws AgentError */
export async function serveAgent({ socketPath, agent, idleMs, onIdle }: ServeOptions): Promise<ServedAgent> {
  await prepareSocketFolder(socketPath)
  await removeStale(socketPath)
  const connections = new Set<Socket>()
  let idle: NodeJS.Timeout | undefined
  const used = (): void => {
    clearTimeout(idle)
    if (idleMs === undefined) return
    idle = setTimeout(() => {
      if (agent.isEmpty) return
      agent.forget()
      onIdle?.()
    }, idleMs)
  }
  const server = createServer((socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    socket.on('error', () => socket.destroy())
    void admit(socket, agent, used)
  })
  server.maxConnections = MAX_CONNECTIONS
  await listen(server, socketPath)
  used()
  return {
    async stop() {
      clearTimeout(idle)
      agent.forget()
      for (const socket of connections) socket.destroy()
      // Closing removes the socket's file.
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** The folder keeps other users out; where the system tells who is there, that is checked as well. */
async function admit(socket: Socket, agent: KeyAgent, used: () => void): Promise<void> {
  const user = await peerUser(socket)
  if (user !== undefined && user !== process.getuid?.()) {
    socket.destroy()
    return
  }
  const reader = new FrameReader(requestCodec.maxBytes)
  socket.on('data', (chunk) => {
    try {
      for (const body of reader.push(chunk)) {
        const { request } = requestCodec.decode(body)
        body.fill(0)
        if (request.kind !== 'list') used()
        void agent.handle(request).then((response) => {
          socket.write(responseFrame(response))
          if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy()
        })
      }
    } catch {
      // Not of this protocol: nothing that follows can be understood.
      socket.end(responseFrame({ kind: 'failed', body: { code: 'bad-request' } }))
      socket.destroySoon()
    } finally {
      chunk.fill(0)
    }
  })
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new AgentError('in-use', `another agent listens on ${path}`)
          : new AgentError('bad-socket', `cannot listen on ${path}: ${error.code ?? error.message}`, { cause: error }),
      ),
    )
    server.listen(path, resolve)
  })
  await chmod(path, SOCKET_MODE)
}

/** A socket that nobody listens on was left by a process that was killed. */
async function removeStale(path: string): Promise<void> {
  const state = await new Promise<'used' | 'stale' | 'none'>((resolve, reject) => {
    const probe = connect(path)
    probe.on('connect', () => {
      probe.destroy()
      resolve('used')
    })
    probe.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve('none')
      else if (error.code === 'ECONNREFUSED') resolve('stale')
      else
        reject(new AgentError('bad-socket', `${path} is in the way: ${error.code ?? error.message}`, { cause: error }))
    })
  })
  if (state === 'used')
    throw new AgentError('in-use', `another agent listens on ${path}; use it, or name another with --socket`)
  if (state === 'stale') {
    // A regular file refuses connections as well.
    if (!(await lstat(path)).isSocket()) throw new AgentError('bad-socket', `${path} is in the way: it is no socket`)
    await unlink(path)
  }
}
