import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, lstat, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, test } from 'node:test'
import { askControl, ControlError } from './ask-control.ts'
import { boundedLines } from './bounded-lines.ts'
import { type ControlReply, type ControlRequest, MAX_REQUEST_BYTES, readRequest } from './protocol.ts'
import { type Control, serveControl } from './serve-control.ts'

const folder = await mkdtemp(join(tmpdir(), 'cresset-control-'))
after(() => rm(folder, { recursive: true, force: true }))
const path = join(folder, 'own', 'dns.sock')
const open: Control[] = []
afterEach(async () => {
  for (const control of open.splice(0)) await control.close()
})

const echo = async (request: ControlRequest): Promise<ControlReply> => ({
  error: { code: 'no-such-zone', message: JSON.stringify(request) },
})

async function serve(handle: (request: ControlRequest) => Promise<ControlReply> = echo) {
  const failures: Error[] = []
  const control = await serveControl({ path, handle, onFailure: (error) => failures.push(error) })
  open.push(control)
  return { control, failures }
}

async function connected(): Promise<Socket> {
  const socket = connect(path)
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Everything that comes until the connection ends, in whichever way. */
async function allOf(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  if (!socket.closed) await once(socket, 'close')
  return text
}

const code = (expected: string) => (error: ControlError) => {
  assert.ok(error instanceof ControlError)
  assert.doesNotMatch(error.message, /\n/)
  return error.code === expected
}

test('a connection that could not be taken is told of, and the next one is answered', async (context) => {
  const servers: Server[] = []
  const { listen } = Server.prototype
  context.mock.method(Server.prototype, 'listen', function (this: Server, ...given: Parameters<typeof listen>) {
    servers.push(this)
    return listen.apply(this, given)
  })
  const { failures } = await serve()
  for (const _time of [1, 2]) servers[0]?.emit('error', new Error('accept EMFILE'))
  assert.equal(failures.length, 2)
  await assert.rejects(askControl(path, 'stats', undefined, 5_000), code('no-such-zone'))
})

test('requests of one connection are answered in order, in any pieces', async () => {
  await serve()
  const socket = await connected()
  const lines = ['{"command":"stats"}\n{"command":"zone-list","zone":"ä.example"}\n', '{"command":"zo', 'ne-reload"}\n']
  for (const line of lines) {
    for (const byte of Buffer.from(line)) socket.write(Uint8Array.of(byte))
    await new Promise(setImmediate)
  }
  socket.end()
  const replies = (await allOf(socket)).split('\n').filter((line) => line !== '')
  assert.deepEqual(
    replies.map((reply) => JSON.parse(JSON.parse(reply).error.message)),
    [{ command: 'stats' }, { command: 'zone-list', zone: 'ä.example' }, { command: 'zone-reload' }],
  )
})

test('what is no request is told so once, and ends the connection', async () => {
  await serve()
  for (const line of ['', 'x', '[]', 'null', '7', '{}', '{"command":"halt"}', '{"command":"stats","zone":7}']) {
    const socket = await connected()
    socket.write(`${line}\n{"command":"stats"}\n`)
    assert.match(await allOf(socket), /^\{"error":\{"code":"bad-request","message":"[^"]+"\}\}\n$/, line)
  }
  assert.equal(readRequest(`${'['.repeat(2_000)}${']'.repeat(2_000)}`), undefined)
  assert.equal(readRequest('{"command":"__proto__"}'), undefined)
})

test('a line that is too long ends the connection before it is kept', async () => {
  await serve()
  const socket = await connected()
  const chunk = Buffer.alloc(65_536, 0x20)
  for (let count = 0; count < 200 && socket.writable; count++) if (!socket.write(chunk)) await new Promise(setImmediate)
  assert.equal(await allOf(socket), '')
  const longest = await connected()
  const request = '{"command":"stats"}'
  longest.end(`${request.padEnd(MAX_REQUEST_BYTES)}\n`)
  assert.match(await allOf(longest), /no-such-zone/)
  const longer = await connected()
  longer.end(`${request.padEnd(MAX_REQUEST_BYTES + 1)}\n`)
  assert.equal(await allOf(longer), '')
})

test('lines are cut where they end, and no longer ones are read', async () => {
  const read = async (maxBytes: number, ...chunks: string[]): Promise<string[]> => {
    const lines: string[] = []
    async function* source() {
      for (const chunk of chunks) yield Buffer.from(chunk)
    }
    for await (const line of boundedLines(source(), maxBytes)) lines.push(line)
    return lines
  }
  assert.deepEqual(await read(3, 'a', 'b\n\ncde\nf', 'gh', '\ni'), ['ab', '', 'cde', 'fgh'])
  for (const chunks of [['abcd'], ['a', 'b', 'c', 'd'], ['abcd\n'], ['ab', 'cd\n']])
    await assert.rejects(read(3, ...chunks), RangeError)
})

test('a defect is told to the operator and not to the client, and the next request is answered', async () => {
  let isFirst = true
  const { failures } = await serve(async (request) => {
    if (!isFirst) return echo(request)
    isFirst = false
    throw new Error('secret detail')
  })
  await assert.rejects(askControl(path, 'stats', undefined, 5_000), (error: ControlError) => {
    assert.doesNotMatch(error.message, /secret/)
    return error.code === 'failed'
  })
  assert.deepEqual(
    failures.map(({ message }) => message),
    ['secret detail'],
  )
  await assert.rejects(askControl(path, 'stats', undefined, 5_000), code('no-such-zone'))
})

test('connections are bounded, and free again when they end', async () => {
  await serve()
  const sockets: Socket[] = []
  for (let count = 0; count < 16; count++) sockets.push(await connected())
  // As it took the first of them, the server has taken them all.
  const [first] = sockets as [Socket]
  first.write('{"command":"stats"}\n')
  await once(first, 'data')
  const more = await connected()
  assert.equal(await allOf(more), '')
  for (const socket of sockets) socket.destroy()
  for (;;) {
    const socket = await connected()
    socket.end('{"command":"stats"}\n')
    if ((await allOf(socket)) !== '') break
  }
})

test('only this user reaches it: folder 0700, socket 0600; it goes when the server ends', async () => {
  const { control } = await serve()
  assert.equal((await lstat(join(folder, 'own'))).mode & 0o777, 0o700)
  assert.equal((await lstat(path)).mode & 0o777, 0o600)
  await assert.rejects(serveControl({ path, handle: echo, onFailure: () => undefined }), /another server listens there/)
  await control.close()
  await assert.rejects(lstat(path), { code: 'ENOENT' })
})

test('a place that others can reach, or that is taken, is refused in one line', async () => {
  const refuses = async (place: string, text: RegExp) =>
    assert.rejects(serveControl({ path: place, handle: echo, onFailure: () => undefined }), (error: Error) => {
      assert.doesNotMatch(error.message, /\n/)
      assert.match(error.message, text)
      return true
    })
  const shared = join(folder, 'shared')
  await mkdir(shared)
  await chmod(shared, 0o755)
  await refuses(join(shared, 'dns.sock'), /must be a folder of this user alone/)
  await mkdir(join(folder, 'full'), { mode: 0o700 })
  await writeFile(join(folder, 'full', 'dns.sock'), 'a file')
  await refuses(join(folder, 'full', 'dns.sock'), /in the way, and no socket/)
  await refuses(join(folder, 'x'.repeat(120)), /too long for a socket/)
  await refuses('/proc/nowhere/dns.sock', /cannot make the folder/)
})

test('a socket that a killed server left is taken over', async () => {
  await mkdir(join(folder, 'own'), { recursive: true, mode: 0o700 })
  const left = createServer()
  left.listen(`${path}.left`)
  await once(left, 'listening')
  // Under another name its file stays when it ends, as after a kill.
  await rename(`${path}.left`, path)
  left.close()
  await once(left, 'close')
  assert.ok((await lstat(path)).isSocket())
  await serve()
  await assert.rejects(askControl(path, 'stats', undefined, 5_000), code('no-such-zone'))
})

test('who asks hears that nobody is there, or gave no answer', async () => {
  await assert.rejects(askControl(join(folder, 'none'), 'stats', undefined, 1_000), code('no-server'))
  await serve(() => new Promise(() => undefined))
  await assert.rejects(askControl(path, 'stats', undefined, 50), code('no-answer'))
  await open.pop()?.close()
  const rude = createServer((socket) => socket.end('no JSON\n'))
  rude.listen(path)
  await once(rude, 'listening')
  await assert.rejects(askControl(path, 'stats', undefined, 1_000), code('no-answer'))
  rude.close()
})
