import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export interface ServedZone {
  /** With its final dot. */
  readonly apex: string
  readonly file: string
}

/** Another name server, asked by TCP. */
export interface Peer {
  readonly name: string
  ask(query: Uint8Array): Promise<Uint8Array>
  stop(): Promise<void>
}

const START_MS = 30_000

export async function startKnot(folder: string, zones: readonly ServedZone[]): Promise<Peer> {
  const port = await freePort()
  const configuration = [
    'server:',
    `  rundir: "${folder}"`,
    `  listen: 127.0.0.1@${port}`,
    '  udp-workers: 1',
    '  tcp-workers: 1',
    '  background-workers: 1',
    '  tcp-max-clients: 16',
    'database:',
    `  storage: "${folder}/db"`,
    'template:',
    '  - id: default',
    '    semantic-checks: off',
    '    journal-content: none',
    '    zonefile-load: whole',
    '    zonefile-sync: -1',
    'zone:',
    ...zones.flatMap(({ apex, file }) => [`  - domain: "${apex}"`, `    file: "${file}"`]),
  ]
  return await start('knotd', folder, configuration, (path) => ['-c', path], port)
}

export async function startNsd(folder: string, zones: readonly ServedZone[]): Promise<Peer> {
  const port = await freePort()
  const configuration = [
    'server:',
    `  ip-address: 127.0.0.1@${port}`,
    '  username: ""',
    '  chroot: ""',
    `  zonesdir: "${folder}"`,
    `  xfrdir: "${folder}"`,
    `  xfrdfile: "${folder}/xfrd.state"`,
    `  zonelistfile: "${folder}/zone.list"`,
    `  pidfile: "${folder}/nsd.pid"`,
    '  database: ""',
    '  server-count: 1',
    '  tcp-count: 16',
    '  rrl-ratelimit: 0',
    '  minimal-responses: yes',
    'remote-control:',
    '  control-enable: no',
    ...zones.flatMap(({ apex, file }) => ['zone:', `  name: "${apex}"`, `  zonefile: "${file}"`]),
  ]
  return await start('nsd', folder, configuration, (path) => ['-d', '-c', path], port)
}

async function start(
  name: string,
  folder: string,
  configuration: readonly string[],
  argumentsFor: (path: string) => string[],
  port: number,
): Promise<Peer> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, `${name}.conf`)
  await writeFile(path, `${configuration.join('\n')}\n`)
  const child = spawn(name, argumentsFor(path), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said = (said + text).slice(-4_000)))
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}: ${said}`)))
  })
  ended.catch(() => undefined)
  const exchange = new Exchange(port)
  await Promise.race([exchange.open(), ended])
  return {
    name,
    ask: (query) => Promise.race([exchange.ask(query), ended]),
    async stop() {
      exchange.close()
      await end(child)
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await ended
  clearTimeout(late)
}

/** There is no event for a port that opens. */
async function connected(port: number): Promise<Socket> {
  const untilMs = Date.now() + START_MS
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      socket.setNoDelay(true)
      return socket
    } catch (error) {
      if (Date.now() > untilMs) throw error
      await pause(50)
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

interface Waiting {
  readonly framed: Buffer
  resolve(response: Uint8Array): void
}

/** Queries and answers on one connection (RFC 1035 section 4.2.2), matched by id. A server closes one that was idle: what waits is asked again. */
class Exchange {
  readonly #port: number
  readonly #waiting = new Map<number, Waiting>()
  #socket: Socket | undefined
  #received = Buffer.alloc(0)
  #nextId = 0
  #isClosed = false

  constructor(port: number) {
    this.#port = port
  }

  async open(): Promise<void> {
    const socket = await connected(this.#port)
    this.#socket = socket
    this.#received = Buffer.alloc(0)
    socket.on('data', (data: Buffer) => this.#take(data))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#socket = undefined
      if (!this.#isClosed) void this.open().catch(() => undefined)
    })
    for (const { framed } of this.#waiting.values()) socket.write(framed)
  }

  close(): void {
    this.#isClosed = true
    this.#socket?.destroy()
  }

  ask(query: Uint8Array): Promise<Uint8Array> {
    this.#nextId = (this.#nextId + 1) & 0xffff
    const id = this.#nextId
    const framed = Buffer.alloc(2 + query.length)
    framed.writeUInt16BE(query.length)
    framed.set(query, 2)
    framed.writeUInt16BE(id, 2)
    const answered = new Promise<Uint8Array>((resolve) => this.#waiting.set(id, { framed, resolve }))
    this.#socket?.write(framed)
    return answered
  }

  #take(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data])
    while (this.#received.length >= 2) {
      const length = this.#received.readUInt16BE(0)
      if (this.#received.length < 2 + length) return
      const response = this.#received.subarray(2, 2 + length)
      this.#received = this.#received.subarray(2 + length)
      const id = response.readUInt16BE(0)
      this.#waiting.get(id)?.resolve(Uint8Array.from(response))
      this.#waiting.delete(id)
    }
  }
}
