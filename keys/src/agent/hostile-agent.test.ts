import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { generateKeyPair, signSync } from '@cresset/core-crypto'
import { AgentClient } from './agent-client.ts'
import { AgentKey, openAgentKey } from './agent-key.ts'
import { type AgentRequest, type AgentResponse, FrameReader, requestCodec, responseFrame } from './protocol.ts'
import { SyncLink } from './sync-link.ts'

/** What these tests give an agent to answer in. */
const timeoutMs = 300
const own = generateKeyPair('ed25519', new Uint8Array(32).fill(1))
const other = generateKeyPair('ed25519', new Uint8Array(32).fill(2))
const message = Uint8Array.of(1, 2, 3)

let folder: string
let socketPath: string
let server: Server | undefined
const sockets = new Set<Socket>()

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-agent-'))
  socketPath = join(folder, 'agent.sock')
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
  server = undefined
  await rm(folder, { recursive: true })
})

/** An agent that does with each request what a test says. */
async function agentThat(answers: (socket: Socket, request: AgentRequest) => void): Promise<void> {
  server = createServer((socket) => {
    sockets.add(socket)
    const reader = new FrameReader(requestCodec.maxBytes)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      for (const body of reader.push(chunk)) answers(socket, requestCodec.decode(body).request)
    })
  })
  await new Promise<void>((resolve) => server?.listen(socketPath, resolve))
  await chmod(socketPath, 0o600)
}

const signatureBy = (pair: typeof own): AgentResponse => ({
  kind: 'signature',
  body: { signature: signSync(pair, message) },
})

async function keyOf(): Promise<AgentKey> {
  const client = await AgentClient.connect(socketPath, timeoutMs)
  return new AgentKey({ name: 'own', type: 'ed25519', publicKey: own.publicKey }, socketPath, client)
}

const refused = (code: string) => (error: Error & { code?: string }) => {
  assert.equal(error.code, code, error.message)
  assert.doesNotMatch(error.message, /\n/)
  return true
}

async function withinMs(limitMs: number, run: () => Promise<void>): Promise<void> {
  const startMs = performance.now()
  await run()
  const tookMs = performance.now() - startMs
  assert.ok(tookMs < limitMs, `it took ${tookMs} ms`)
}

/** A server in a thread of its own, because `SyncLink` stops this one; it gets `socket` for each connection. */
async function inThread(body: string): Promise<Worker> {
  const worker = new Worker(
    `const { createServer } = require('node:net')
     const { parentPort } = require('node:worker_threads')
     const server = createServer((socket) => { socket.on('error', () => {}); ${body} })
     server.listen(${JSON.stringify(socketPath)}, () => parentPort.postMessage('ready'))`,
    { eval: true },
  )
  await new Promise((resolve) => worker.once('message', resolve))
  await chmod(socketPath, 0o600)
  return worker
}

test('an agent that is silent, or answers byte by byte, is given up after the time for an answer', async () => {
  for (const answer of [
    () => {},
    (socket: Socket) => {
      const frame = responseFrame(signatureBy(own))
      let sent = 0
      const drip = setInterval(() => {
        if (sent < frame.length) socket.write(frame.subarray(sent, ++sent))
      }, timeoutMs / 10)
      socket.on('close', () => clearInterval(drip))
    },
  ]) {
    await agentThat(answer)
    const key = await keyOf()
    await withinMs(timeoutMs * 4, () => assert.rejects(key.sign(message), refused('no-answer')))
    await withinMs(timeoutMs, () => assert.rejects(key.sign(message), refused('no-answer')))
    await key.close()
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server?.close(resolve))
  }
})

test('an agent that dies before, in, or after half of its answer', async () => {
  const frame = responseFrame(signatureBy(own))
  for (const bytes of [0, 1, 4, frame.length - 1]) {
    await agentThat((socket) => socket.end(frame.subarray(0, bytes)))
    const key = await keyOf()
    await withinMs(timeoutMs, () => assert.rejects(key.sign(message), refused('no-answer')))
    await key.close()
    await new Promise((resolve) => server?.close(resolve))
  }
})

test('an answer that is too long, empty, or none of the protocol ends the connection', async () => {
  const answers = [
    Uint8Array.of(255, 255, 255, 255, 1),
    new Uint8Array(4),
    Uint8Array.of(0, 0, 0, 3, 1, 2, 3),
    new TextEncoder().encode('SSH-2.0-OpenSSH\r\n'),
  ]
  for (const answer of answers) {
    await agentThat((socket) => socket.write(answer))
    const key = await keyOf()
    await withinMs(timeoutMs, () => assert.rejects(key.sign(message), refused('no-answer')))
    await key.close()
    await new Promise((resolve) => server?.close(resolve))
  }
})

test('a flood of answers that nobody asked for gives no signature of another question', async () => {
  const frame = responseFrame(signatureBy(other))
  const flood = Buffer.concat(Array.from({ length: 500 }, () => frame))
  await agentThat((socket) => {
    for (let count = 0; count < 50; count++) socket.write(flood)
  })
  const key = await keyOf()
  await assert.rejects(key.sign(message), refused('bad-request'))
  await key.close()
})

test('a signature by another key, over something else, or an answer of another kind is refused', async () => {
  const answers: AgentResponse[] = [
    signatureBy(other),
    { kind: 'signature', body: { signature: signSync(own, Uint8Array.of(9)) } },
    { kind: 'done', body: {} },
    { kind: 'secret', body: { secret: new Uint8Array(32) } },
  ]
  for (const answer of answers) {
    await agentThat((socket) => socket.write(responseFrame(answer)))
    const key = await keyOf()
    await assert.rejects(key.sign(message), refused('bad-request'))
    await key.close()
    await new Promise((resolve) => server?.close(resolve))
  }
})

test('what an agent calls a key by a name that none has never gets through', async () => {
  await agentThat((socket) => socket.write(Buffer.from([0, 0, 0, 9, 0x82, 1, 0x82, 2, 0x81, 0x81, 0x82, 0x61, 0x1b])))
  await assert.rejects(openAgentKey('own', socketPath), refused('no-answer'))
})

test('a vote waits for a silent, slow or dying agent no longer than its time', async () => {
  const bodies = [
    '',
    `socket.on('data', () => setInterval(() => socket.write(Buffer.from([0])), ${timeoutMs / 10}))`,
    `socket.on('data', () => socket.destroy())`,
    `socket.on('data', () => socket.write(Buffer.alloc(1 << 20, 255)))`,
  ]
  for (const body of bodies) {
    const agent = await inThread(body)
    const link = new SyncLink(socketPath, timeoutMs * 4)
    const startMs = performance.now()
    const request = { kind: 'sign' as const, body: { publicKey: own.publicKey, message } }
    assert.throws(() => link.request(request, 'signature'), refused('no-answer'), body)
    assert.ok(performance.now() - startMs < timeoutMs * 6, body)
    await link.close()
    await agent.terminate()
    await rm(socketPath, { force: true })
  }
})
