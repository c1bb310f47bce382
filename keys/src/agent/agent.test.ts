import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { utf8 } from '@cresset/core-codec'
import { checkSignature, generateKeyPair, hmacSha256, type KeyPair, signSync } from '@cresset/core-crypto'
import { skipWithout } from '../../../tools/system-tools.ts'
import { openKey, publicKeyOf } from '../open-key.ts'
import { AgentClient } from './agent-client.ts'
import type { AgentError } from './agent-error.ts'
import { findAgentKey, listAgentKeys, openAgentKey } from './agent-key.ts'
import { KeyAgent } from './key-agent.ts'
import { FrameReader, frameOf, MAX_KEYS, requestCodec, requestFrame, responseCodec } from './protocol.ts'
import { type ServedAgent, serveAgent } from './serve-agent.ts'

const message = utf8('message')
const alice = generateKeyPair('ed25519', new Uint8Array(32).fill(1))
const bob = generateKeyPair('p256', new Uint8Array(32).fill(2))
const passphrase = () => utf8('open sesame')
const cheap = { logN: 10, r: 8, p: 1 }
const code = (expected: string) => (error: AgentError) => {
  assert.doesNotMatch(error.message, /\n/)
  return error.code === expected
}

const add = (client: AgentClient, name: string, { type, secret }: KeyPair) =>
  client.request({ kind: 'add', body: { name, type, secret: Uint8Array.from(secret) } }, 'done')

let folder: string
let socketPath: string
let served: ServedAgent
let client: AgentClient

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-agent-'))
  socketPath = join(folder, 'own', 'agent.sock')
})
after(() => rm(folder, { recursive: true }))

async function start(options: { idleMs?: number; onIdle?: () => void } = {}): Promise<void> {
  served = await serveAgent({ socketPath, agent: new KeyAgent({ scryptCost: cheap }), ...options })
  client = await AgentClient.connect(socketPath)
}
afterEach(async () => {
  client?.close()
  await served?.stop()
})

describe('a key in the agent', () => {
  it('signs and derives what the key itself would', async () => {
    await start()
    await add(client, 'alice', alice)
    await add(client, 'bob', bob)
    for (const [name, pair] of [
      ['agent:alice', alice],
      ['agent:bob', bob],
    ] as const) {
      const key = await openKey(name, { agentSocket: socketPath })
      assert.deepEqual(key.publicKey, pair.publicKey)
      assert.deepEqual(await key.sign(message), signSync(pair, message))
      assert.deepEqual(await key.secretFor?.(message), hmacSha256(pair.secret, message))
      await key.close()
    }
  })

  it('is found by name, and by eight digits or more of account or public key', async () => {
    await start()
    await add(client, 'alice', alice)
    const hex = Buffer.from(alice.publicKey).toString('hex')
    for (const name of ['alice', hex, hex.slice(0, 8)]) {
      assert.deepEqual((await findAgentKey(client, name)).publicKey, alice.publicKey)
    }
    for (const name of ['alic', 'Alice', hex.slice(0, 7), ''])
      await assert.rejects(findAgentKey(client, name), code('no-key'))
    await assert.rejects(publicKeyOf('agent:bob', { agentSocket: socketPath }), code('no-key'))
    await assert.rejects(publicKeyOf('agent:alice'), code('no-agent'))
  })

  it('is held once, under a name of its own, and at most 64 are', async () => {
    await start()
    await add(client, 'alice', alice)
    await assert.rejects(add(client, 'other', alice), code('exists'))
    await assert.rejects(add(client, 'alice', bob), code('exists'))
    for (let index = 1; index < MAX_KEYS; index++) {
      await add(client, `key${index}`, generateKeyPair('ed25519', new Uint8Array(32).fill(index + 10)))
    }
    await assert.rejects(add(client, 'bob', bob), code('full'))
    await client.request({ kind: 'remove', body: { publicKey: alice.publicKey } }, 'done')
    await add(client, 'bob', bob)
    await client.request({ kind: 'removeAll', body: {} }, 'done')
    assert.deepEqual(await listAgentKeys(client), [])
  })

  it('answers many clients at once, each in order', async () => {
    await start()
    await add(client, 'alice', alice)
    const keys = await Promise.all(Array.from({ length: 8 }, () => openAgentKey('alice', socketPath)))
    await Promise.all(
      keys.map(async (key, index) => {
        const messages = Array.from({ length: 20 }, (_, count) => Uint8Array.of(index, count))
        const signatures = await Promise.all(messages.map((one) => key.sign(one)))
        for (const [at, one] of messages.entries()) {
          assert.ok(checkSignature(alice.publicKey, one, signatures[at] as Uint8Array))
        }
        await key.close()
      }),
    )
  })
})

describe('a locked agent', () => {
  it('does nothing until its passphrase comes, and then holds the same keys', async () => {
    await start()
    await add(client, 'alice', alice)
    await assert.rejects(
      client.request({ kind: 'unlock', body: { passphrase: passphrase() } }, 'done'),
      code('not-locked'),
    )
    await client.request({ kind: 'lock', body: { passphrase: passphrase() } }, 'done')
    await assert.rejects(listAgentKeys(client), code('locked'))
    await assert.rejects(add(client, 'bob', bob), code('locked'))
    await assert.rejects(
      client.request({ kind: 'sign', body: { publicKey: alice.publicKey, message } }, 'signature'),
      code('locked'),
    )
    await assert.rejects(
      client.request({ kind: 'unlock', body: { passphrase: utf8('other') } }, 'done'),
      code('wrong-passphrase'),
    )
    await client.request({ kind: 'unlock', body: { passphrase: passphrase() } }, 'done')
    const { signature } = await client.request(
      { kind: 'sign', body: { publicKey: alice.publicKey, message } },
      'signature',
    )
    assert.deepEqual(signature, signSync(alice, message))
  })

  it('forgets everything when told to, without passphrase', async () => {
    await start()
    await add(client, 'alice', alice)
    await client.request({ kind: 'lock', body: { passphrase: passphrase() } }, 'done')
    await client.request({ kind: 'removeAll', body: {} }, 'done')
    assert.deepEqual(await listAgentKeys(client), [])
  })
})

describe('idle', () => {
  for (const isLocked of [false, true]) {
    it(`keys that nobody uses are forgotten${isLocked ? ', under lock too' : ''}`, async () => {
      let forgotten: () => void = () => {}
      const idle = new Promise<void>((resolve) => {
        forgotten = resolve
      })
      await start({ idleMs: 150, onIdle: () => forgotten() })
      await add(client, 'alice', alice)
      if (isLocked) await client.request({ kind: 'lock', body: { passphrase: passphrase() } }, 'done')
      await idle
      assert.deepEqual(await listAgentKeys(client), [])
    })
  }
})

describe('the socket', () => {
  it('is of mode 0600 in a folder of mode 0700, and gone at the end', async () => {
    await start()
    assert.equal((await lstat(socketPath)).mode & 0o777, 0o600)
    assert.equal((await lstat(join(folder, 'own'))).mode & 0o777, 0o700)
    await served.stop()
    await assert.rejects(lstat(socketPath), { code: 'ENOENT' })
  })

  it('is taken over from a process that was killed, never from one that lives', async () => {
    await start()
    await assert.rejects(serveAgent({ socketPath, agent: new KeyAgent() }), code('in-use'))
    await served.stop()
    const program = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => console.log('up'))`
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.ok((await lstat(socketPath)).isSocket())
    await start()
    assert.deepEqual(await listAgentKeys(client), [])
  })

  it('is refused in a folder or with a mode that lets others in, behind a link, and under too long a path', async () => {
    const open = join(folder, 'open')
    await mkdir(open)
    await chmod(open, 0o755)
    const agent = new KeyAgent()
    await assert.rejects(serveAgent({ socketPath: join(open, 'a.sock'), agent }), code('permissions'))
    await symlink(join(folder, 'own'), join(folder, 'link'))
    await assert.rejects(serveAgent({ socketPath: join(folder, 'link', 'a.sock'), agent }), code('bad-socket'))
    await assert.rejects(serveAgent({ socketPath: join(folder, 'x'.repeat(120)), agent }), code('bad-socket'))
    await writeFile(join(folder, 'own', 'file'), '')
    await assert.rejects(serveAgent({ socketPath: join(folder, 'own', 'file'), agent }), code('bad-socket'))
    assert.equal(await readFile(join(folder, 'own', 'file'), 'utf8'), '')
    await start()
    await chmod(socketPath, 0o666)
    await assert.rejects(AgentClient.connect(socketPath), code('permissions'))
  })

  it('does not serve another user, even where the modes would let them in', {
    skip: process.getuid?.() === 0 && process.platform === 'linux' ? skipWithout('setpriv') : 'needs root on Linux',
  }, async () => {
    await start()
    await add(client, 'alice', alice)
    await chmod(folder, 0o755)
    await chmod(join(folder, 'own'), 0o755)
    await chmod(socketPath, 0o666)
    const program = `
      const socket = require('net').connect(${JSON.stringify(socketPath)})
      socket.on('data', () => console.log('answered')).on('close', () => console.log('closed')).on('error', () => {})
      socket.write(Buffer.from(${JSON.stringify(Buffer.from(requestFrame({ kind: 'list', body: {} })).toString('hex'))}, 'hex'))`
    const args = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, '-e', program]
    const { stdout } = await promisify(execFile)('setpriv', args, { timeout: 20_000 })
    assert.equal(stdout, 'closed\n')
    assert.equal((await listAgentKeys(client)).length, 1)
    await chmod(join(folder, 'own'), 0o700)
    await chmod(folder, 0o700)
  })
})

describe('the protocol', () => {
  const raw = async (...chunks: Uint8Array[]): Promise<Uint8Array[]> => {
    const socket = connect(socketPath)
    const reader = new FrameReader(responseCodec.maxBytes)
    const bodies: Uint8Array[] = []
    socket.on('data', (chunk) => bodies.push(...reader.push(chunk)))
    for (const chunk of chunks) socket.write(chunk)
    await once(socket, 'close')
    return bodies
  }

  it('ends a connection at the first byte that is none of it', async () => {
    await start()
    const huge = Uint8Array.of(0xff, 0xff, 0xff, 0xff)
    const bad = frameOf(Uint8Array.of(0x80))
    const trailing = frameOf(Uint8Array.of(...requestCodec.encode({ request: { kind: 'list', body: {} } }), 0))
    for (const chunk of [huge, bad, trailing, Uint8Array.of(0, 0, 0, 0)]) {
      const [answer] = await raw(chunk)
      assert.deepEqual(responseCodec.decode(answer as Uint8Array).response, {
        kind: 'failed',
        body: { code: 'bad-request' },
      })
    }
    assert.deepEqual(await listAgentKeys(client), [])
  })

  it('a frame may come byte by byte, and several at once', () => {
    const frames = [requestFrame({ kind: 'list', body: {} }), requestFrame({ kind: 'removeAll', body: {} })]
    const stream = Buffer.concat(frames)
    const reader = new FrameReader(requestCodec.maxBytes)
    const found = [...stream].flatMap((byte) => reader.push(Uint8Array.of(byte)))
    assert.deepEqual(found, new FrameReader(requestCodec.maxBytes).push(stream))
    assert.deepEqual(
      found.map((body) => requestCodec.decode(body).request.kind),
      ['list', 'removeAll'],
    )
  })

  it('a client says so when the agent goes away, answers nonsense, or lies', async () => {
    const place = join(folder, 'own', 'liar.sock')
    const answers = [
      Buffer.alloc(0),
      Buffer.from(frameOf(Uint8Array.of(0))),
      Buffer.from(
        frameOf(responseCodec.encode({ response: { kind: 'signature', body: { signature: new Uint8Array(64) } } })),
      ),
    ]
    let next = 0
    const server = createServer((socket) => {
      socket.on('data', () => {
        const answer = answers[next++] as Buffer
        if (answer.length === 0) socket.destroy()
        else socket.write(answer)
      })
    })
    await new Promise<void>((resolve) => server.listen(place, resolve))
    await chmod(place, 0o600)
    for (const expected of ['no-answer', 'no-answer', 'bad-request']) {
      await assert.rejects(publicKeyOf('agent:alice', { agentSocket: place }), code(expected))
    }
    await new Promise((resolve) => server.close(resolve))
  })
})

/** An agent in a process of its own: a caller that blocks could not be answered by its own process. */
async function startApart(context: TestContext): Promise<() => Promise<void>> {
  const program = `
    import { KeyAgent, serveAgent } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)}
    await serveAgent({ socketPath: ${JSON.stringify(socketPath)}, agent: new KeyAgent() })
    console.log('up')`
  const conditions = process.execArgv.filter((flag) => flag.startsWith('--conditions'))
  const child = spawn(process.execPath, [...conditions, '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  context.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}

it('a caller that blocks is answered, told when the agent is gone, and served again once it is back', async (context) => {
  const addAlice = async () => {
    const apart = await AgentClient.connect(socketPath)
    await add(apart, 'alice', alice)
    apart.close()
  }
  const stopFirst = await startApart(context)
  await addAlice()
  const key = await openAgentKey('alice', socketPath)
  context.after(() => key.close())
  for (let count = 0; count < 100; count++) {
    const one = Uint8Array.of(count)
    assert.deepEqual(key.signSync(one), signSync(alice, one))
  }
  await stopFirst()
  assert.throws(() => key.signSync(message), code('no-answer'))
  const stopSecond = await startApart(context)
  await addAlice()
  assert.deepEqual(key.signSync(message), signSync(alice, message))
  await key.close()
  await stopSecond()
})
