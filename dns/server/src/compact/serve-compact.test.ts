import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { buildQuery, type Message, parseAbsoluteName, parseMessage, RecordType } from '@cresset/dns-wire'
import { queryServer } from '../query.ts'
import { RateLimiter } from '../rate-limit/rate-limiter.ts'
import { type DnsServerOptions, serveDns } from '../serve.ts'
import { signZone } from '../sign/sign-zone.ts'
import { zoneKeyOf } from '../sign/zone-key.ts'
import { ZoneStore } from '../store/zone-store.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { TsigKey } from '../tsig/tsig-key.ts'
import { TsigRequest } from '../tsig/tsig-request.ts'
import { keyDenial } from './key-denial.ts'
import { SignatureQueue } from './signature-queue.ts'

const FLOOD = 400
/** Questions in one turn of the event loop: more than wait, and no more than the server's socket holds. */
const BURST = 25
const key = zoneKeyOf(generateKeyPairSync('ed25519').privateKey, 257)
const nowSeconds = () => Math.floor(Date.now() / 1_000)
const zone = zoneOf('example', '$TTL 60\n@ SOA a a 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n')
for (const _owner of signZone(zone, { keys: [key], nowSeconds: nowSeconds(), dnskeyTtl: 60, denial: 'compact' }));
zone.compact = keyDenial([key], nowSeconds)
const store = new ZoneStore()
store.replace(zone, 1)

const queryFor = (name: string): Uint8Array =>
  buildQuery({ id: 1, name: parseAbsoluteName(name), type: RecordType.A, dnssecOk: true })

/** What comes back of many questions at once. */
async function flood(options: Partial<DnsServerOptions> & { signatures: SignatureQueue }): Promise<Message[]> {
  const server = await serveDns({ address: '127.0.0.1', port: 0, source: store, ...options })
  const socket = createSocket({ type: 'udp4', recvBufferSize: 2 ** 21 })
  const answers: Message[] = []
  try {
    socket.on('message', (bytes) => answers.push(parseMessage(bytes)))
    socket.connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    for (let index = 0; index < FLOOD; index++) {
      socket.send(queryFor(`none${index}.example`))
      if (index % BURST === BURST - 1) await turn()
    }
    // Behind them all: what needs no signature is not held up, and what comes by TCP has a place.
    const asked = { name: parseAbsoluteName('ns.example'), type: RecordType.A, dnssecOk: true }
    assert.equal((await queryServer(server, { ...asked, transport: 'udp' })).answers.length, 2)
    const denied = await queryServer(server, { ...asked, name: parseAbsoluteName('x.example'), transport: 'tcp' })
    assert.equal(denied.authorities.length, 4)
    const { counters } = server.udp
    while (counters.queries <= FLOOD || options.signatures.length > 0 || answers.length < counters.responses - 1)
      await turn()
    return answers
  } finally {
    socket.close()
    await server.close()
  }
}

test('a flood of names that are not there has as many signatures as wait, and truncated answers besides', {
  timeout: 90_000,
}, async () => {
  const signatures = new SignatureQueue({ maxAnswers: 16 })
  const answers = await flood({ signatures })
  const truncated = answers.filter(({ flags }) => flags.truncated)
  const whole = answers.filter(({ authorities }) => authorities.length === 4)
  assert.equal(truncated.length + whole.length, answers.length)
  assert.ok(truncated.length > 0 && whole.length > 0)
  assert.ok(truncated.every(({ authorities }) => authorities.length === 0))
  assert.equal(signatures.counters.refused, truncated.length)
  assert.equal(signatures.counters.completed, whole.length + 1)
})

test('what is over the limit of its network is not signed', { timeout: 90_000 }, async () => {
  const signatures = new SignatureQueue()
  const rateLimiter = new RateLimiter({ responsesPerSecond: 5, slip: 0, nowMs: () => 1_000 })
  const answers = await flood({ signatures, rateLimiter })
  assert.equal(answers.length, 5)
  assert.deepEqual({ ...signatures.counters }, { completed: 6, refused: 0, late: 0, failed: 0 })
})

test('an answer that waits for its signature is signed by TSIG when it is whole', async () => {
  const tsig = new TsigKey(parseAbsoluteName('key'), 'hmac-sha256', new Uint8Array(32).fill(7))
  const transfers = { source: { zone: () => undefined }, rules: { keys: [tsig], prefixes: [] } }
  const server = await serveDns({ address: '127.0.0.1', port: 0, source: store, transfers })
  const socket = createSocket('udp4')
  try {
    const request = new TsigRequest(queryFor('none.example'), tsig, nowSeconds())
    socket.send(request.bytes, server.port, '127.0.0.1')
    const [bytes] = (await once(socket, 'message')) as [Uint8Array]
    // A copy: sockets give Buffers, whose slice() is none.
    assert.equal(request.faultOf(Uint8Array.from(bytes), nowSeconds()), undefined)
    assert.equal(parseMessage(bytes).authorities.length, 4)
  } finally {
    socket.close()
    await server.close()
  }
})
