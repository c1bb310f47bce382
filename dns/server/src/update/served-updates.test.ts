import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { buildQuery, parseAbsoluteName, parseMessage, RecordType, readUint16, writeUint16 } from '@cresset/dns-wire'
import { type DnsServer, serveDns } from '../serve.ts'
import { ask } from '../testing/ask.ts'
import { updateMessage } from '../testing/update-text.ts'
import { TsigKey } from '../tsig/tsig-key.ts'
import { readTsig } from '../tsig/tsig-record.ts'
import { TsigRequest } from '../tsig/tsig-request.ts'
import { ZoneFiles } from '../zone-file/zone-files.ts'
import { parseUpdateGrant } from './update-grant.ts'
import { UpdateServer } from './update-server.ts'

const apex = parseAbsoluteName('example')
const keyOf = (name: string, byte: number): TsigKey =>
  new TsigKey(parseAbsoluteName(name), 'hmac-sha256', new Uint8Array(32).fill(byte))
const [editor, secondary, stranger] = [keyOf('editor', 1), keyOf('secondary', 2), keyOf('stranger', 3)]
let folder = ''
let zones: ZoneFiles
let server: DnsServer
let updates: UpdateServer

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-served-updates-'))
  const path = join(folder, 'zone')
  await writeFile(path, '$TTL 60\n@ SOA ns host 7 3600 600 604800 60\n@ NS ns\nns A 192.0.2.1\n')
  const storage = { pathOf: () => join(folder, 'journal'), mayBeUpdated: () => true }
  zones = new ZoneFiles([{ apex, path }], undefined, storage)
  assert.equal((await zones.load())[0]?.outcome, 'loaded')
  const grants = [parseUpdateGrant('editor@example') ?? assert.fail()]
  let last: Promise<unknown> = Promise.resolve()
  const target = {
    source: zones.source,
    update: (name: Uint8Array, plan: Parameters<ZoneFiles['update']>[1]) => {
      const done = last.then(() => zones.update(name, plan))
      last = done
      return done
    },
  }
  updates = new UpdateServer({ keys: [editor], grants, updatesPerSecond: 1_000 }, target, () => performance.now())
  server = await serveDns({
    address: '127.0.0.1',
    port: 0,
    source: zones.source,
    transfers: { source: zones.zones, rules: { keys: [secondary], prefixes: [] } },
    updates,
  })
})
after(async () => {
  await server.close()
  await zones.close()
  await rm(folder, { recursive: true, force: true })
})

const now = (): number => Math.floor(Date.now() / 1_000)
const add = (label: string, id = 4711): Uint8Array =>
  updateMessage({ zone: 'example', id, updates: [`${label}.example 60 IN TXT "${label}"`] })

async function byUdp(message: Uint8Array, port = server.port): Promise<Uint8Array> {
  const socket = createSocket('udp4')
  socket.send(message, port, '127.0.0.1')
  const [answer] = (await once(socket, 'message')) as [Buffer]
  socket.close()
  return Uint8Array.from(answer)
}

/** Sends all in one piece, and gives as many answers. */
async function byTcp(messages: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const socket = connect(server.port, '127.0.0.1')
  const frames = messages.map((message) => {
    const frame = new Uint8Array(2 + message.length)
    writeUint16(frame, 0, message.length)
    frame.set(message, 2)
    return frame
  })
  socket.write(Buffer.concat(frames))
  const answers: Uint8Array[] = []
  let unread = Buffer.alloc(0)
  for await (const chunk of socket) {
    unread = Buffer.concat([unread, chunk as Buffer])
    while (unread.length >= 2 && unread.length >= 2 + readUint16(unread, 0)) {
      answers.push(Uint8Array.from(unread.subarray(2, 2 + readUint16(unread, 0))))
      unread = unread.subarray(2 + readUint16(unread, 0))
    }
    if (answers.length === messages.length) break
  }
  socket.destroy()
  return answers
}

test('a signed update is carried out, and answered under the same signature; by UDP and by TCP', async () => {
  const first = new TsigRequest(add('udp'), editor, now())
  const answer = await byUdp(first.bytes)
  assert.equal(first.faultOf(answer, now()), undefined)
  assert.deepEqual([parseMessage(answer).rcode, parseMessage(answer).opcode], [0, 5])
  assert.deepEqual(ask(zones.source, 'udp.example. TXT').answer, ['udp.example. 60 TXT "udp"'])
  // What is sent again because its answer was lost, under another id as a forwarder may do.
  const again = first.bytes.slice()
  writeUint16(again, 0, 99)
  assert.deepEqual([parseMessage(await byUdp(again)).rcode, parseMessage(await byUdp(again)).id], [0, 99])
  const requests = ['a', 'b', 'c'].map((label, index) => new TsigRequest(add(label, 100 + index), editor, now()))
  const answers = await byTcp(requests.map(({ bytes }) => bytes))
  assert.deepEqual(answers.map((bytes) => parseMessage(bytes).id).sort(), [100, 101, 102])
  for (const bytes of answers) assert.equal(requests[parseMessage(bytes).id - 100]?.faultOf(bytes, now()), undefined)
  for (const label of ['a', 'b', 'c']) assert.equal(ask(zones.source, `${label}.example. TXT`).answer.length, 1)
  assert.deepEqual(updates.counters, { changed: 4, unchanged: 0, refused: 0, failed: 0 })
})

test('others change nothing: without a signature, with another key, with a bad one, and with one for transfers', async () => {
  const { serial } = zones.status()[0] ?? assert.fail()
  const codeOf = async (message: Uint8Array): Promise<[rcode: number, tsigError: number | undefined]> => {
    const answer = await byUdp(message)
    const record = readTsig(answer)
    assert.equal(parseMessage(answer).opcode, 5)
    return [parseMessage(answer).rcode, record === undefined || record === 'malformed' ? undefined : record.error]
  }
  assert.deepEqual(await codeOf(add('x')), [5, undefined])
  assert.deepEqual(await codeOf(new TsigRequest(add('x'), stranger, now()).bytes), [9, 17])
  assert.deepEqual(await codeOf(new TsigRequest(add('x'), keyOf('editor', 9), now()).bytes), [9, 16])
  assert.deepEqual(await codeOf(new TsigRequest(add('x'), editor, now() - 1_000).bytes), [9, 18])
  assert.deepEqual(await codeOf(new TsigRequest(add('x'), secondary, now()).bytes), [5, 0])
  assert.deepEqual([zones.status()[0]?.serial, ask(zones.source, 'x.example. TXT').rcode], [serial, 'NXDOMAIN'])
})

test('a key for updates takes no zone', async () => {
  const query = buildQuery({ id: 1, name: apex, type: RecordType.AXFR, udpPayloadBytes: 0 })
  const answerTo = async (key: TsigKey): Promise<number> => {
    const [answer] = await byTcp([new TsigRequest(query, key, now()).bytes])
    return parseMessage(answer ?? assert.fail()).rcode
  }
  assert.deepEqual([await answerTo(editor), await answerTo(secondary)], [5, 0])
})

test('a key for transfers that has the name of one for updates changes nothing', async (context) => {
  const namesake = keyOf('editor', 4)
  const other = await serveDns({
    address: '127.0.0.1',
    port: 0,
    source: zones.source,
    transfers: { source: zones.zones, rules: { keys: [namesake], prefixes: [] } },
    updates,
  })
  context.after(() => other.close())
  const answer = await byUdp(new TsigRequest(add('namesake'), namesake, now()).bytes, other.port)
  assert.equal(parseMessage(answer).rcode, 5)
  assert.equal(ask(zones.source, 'namesake.example. TXT').rcode, 'NXDOMAIN')
})

test('a server that knows no updates says so', async (context) => {
  const other = await serveDns({ address: '127.0.0.1', port: 0, source: zones.source })
  context.after(() => other.close())
  assert.equal(parseMessage(await byUdp(add('x'), other.port)).rcode, 4)
})
