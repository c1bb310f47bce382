import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { buildQuery, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { type PreparedAnswer, prepareAnswer } from '../answer/answer.ts'
import { ServerCookies } from '../cookies/server-cookies.ts'
import { signZone } from '../sign/sign-zone.ts'
import { zoneKeyOf } from '../sign/zone-key.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { ZoneStore } from '../store/zone-store.ts'
import { readReply } from '../testing/ask.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import type { CompactDenial, SignatureRequest } from '../zone-source.ts'
import { completeAnswer } from './complete-answer.ts'
import { keyDenial } from './key-denial.ts'
import { SignatureQueue } from './signature-queue.ts'

const key = zoneKeyOf(generateKeyPairSync('ed25519').privateKey, 257)

/** A signer that signs when it is told to, and remembers how much was asked for at once. */
class SlowSigner implements CompactDenial {
  readonly keys = [key]
  readonly batches: number[] = []
  readonly #inner = keyDenial([key], () => 1_800_000_000)
  #go: (() => void) | undefined
  fails = false

  times() {
    return this.#inner.times()
  }

  async sign(requests: readonly SignatureRequest[]): Promise<readonly Uint8Array[]> {
    this.batches.push(requests.length)
    await new Promise<void>((resolve) => {
      this.#go = resolve
    })
    if (this.fails) throw new Error('another node does not answer')
    return this.#inner.sign(requests)
  }

  async go(): Promise<void> {
    while (this.#go === undefined) await new Promise(setImmediate)
    const go = this.#go
    this.#go = undefined
    go()
  }
}

function setUp() {
  const signer = new SlowSigner()
  const zone = zoneOf('example', '$TTL 60\n@ SOA a a 1 2 3 4 5\n@ NS a\n')
  for (const _owner of signZone(zone, { keys: [key], nowSeconds: 1_800_000_000, dnskeyTtl: 60, denial: 'compact' }));
  zone.compact = signer
  const store = new ZoneStore()
  store.replace(zone, 1)
  return { signer, store }
}

const queryFor = (name: string): Uint8Array =>
  buildQuery({ id: 1, name: parseAbsoluteName(name), type: RecordType.A, dnssecOk: true })
const prepare = (store: ZoneStore, name: string): PreparedAnswer =>
  prepareAnswer(queryFor(name), store, { transport: 'udp' }) as PreparedAnswer

test('a batch at a time, both lanes in turn, and no more wait than may', async () => {
  const { signer, store } = setUp()
  const queue = new SignatureQueue({ maxAnswers: 6, maxBatch: 4 })
  const order: string[] = []
  const waiting: Promise<unknown>[] = []
  for (const client of [undefined, '192.0.2.1'])
    for (let index = 0; index < 6; index++) {
      const lane = client === undefined ? 'unknown' : 'known'
      const later = queue.complete(prepare(store, `${lane}${index}.example`), client)
      assert.ok(later)
      waiting.push(later.then((bytes) => order.push(`${lane}${bytes === undefined ? ' not' : ''}`)))
    }
  assert.equal(queue.complete(prepare(store, 'more.example'), undefined), undefined)
  assert.equal(queue.complete(prepare(store, 'more.example'), '192.0.2.2'), undefined)
  for (let batch = 0; batch < 3; batch++) await signer.go()
  await Promise.all(waiting)
  assert.deepEqual(signer.batches, [4, 4, 4])
  assert.deepEqual(order.slice(0, 4), ['known', 'unknown', 'known', 'unknown'])
  assert.deepEqual({ ...queue.counters }, { completed: 12, refused: 2, late: 0, failed: 0 })
  assert.equal(queue.length, 0)
})

test('a client that is known has a share of its lane, again when its answers are out', async () => {
  const { store } = setUp()
  const zone = store.zone(parseAbsoluteName('example')) as MemoryZone
  zone.compact = keyDenial([key], () => 1_800_000_000)
  const queue = new SignatureQueue({ maxAnswers: 8, maxAnswersPerClient: 3 })
  const take = (client: string | undefined) => queue.complete(prepare(store, 'x.example'), client)
  for (let round = 0; round < 2; round++) {
    const ofOne = Array.from({ length: 5 }, () => take('192.0.2.1'))
    assert.deepEqual(
      ofOne.map((later) => later !== undefined),
      [true, true, true, false, false],
    )
    const others = [take('192.0.2.2'), take(undefined), take(undefined), take(undefined), take(undefined)]
    assert.ok(others.every((later) => later !== undefined))
    await Promise.all([...ofOne, ...others])
  }
})

test('bytes are bounded too', () => {
  const { store } = setUp()
  const { length } = prepare(store, 'x.example').bytes
  const queue = new SignatureQueue({ maxBytes: 2 * length + 1 })
  const taken = ['x', 'y', 'z'].map(
    (name) => queue.complete(prepare(store, `${name}.example`), undefined) !== undefined,
  )
  assert.deepEqual(taken, [true, true, false])
})

test('what waited too long, and what could not be signed, is given up and counted', async () => {
  const { signer, store } = setUp()
  let nowMs = 0
  const queue = new SignatureQueue({ maxBatch: 1, maxWaitMs: 100, nowMs: () => nowMs })
  const [first, second] = ['a', 'b'].map((name) => queue.complete(prepare(store, `${name}.example`), undefined))
  signer.fails = true
  nowMs = 101
  // The first was given up before, the second too: nothing was asked of the signer.
  assert.deepEqual(await Promise.all([first, second]), [undefined, undefined])
  assert.deepEqual(signer.batches, [])
  const third = queue.complete(prepare(store, 'c.example'), '192.0.2.1')
  await signer.go()
  assert.equal(await third, undefined)
  signer.fails = false
  const fourth = queue.complete(prepare(store, 'd.example'), '192.0.2.1')
  await signer.go()
  assert.equal(readReply((await fourth) as Uint8Array).rcode, 'NOERROR')
  assert.deepEqual({ ...queue.counters }, { completed: 1, refused: 0, late: 2, failed: 1 })
})

test('a signer that never answers, or answers with something else, does not hold up the others for long', async () => {
  const { store } = setUp()
  const zone = store.zone(parseAbsoluteName('example')) as MemoryZone
  const good = keyDenial([key], () => 1_800_000_000)
  const queue = new SignatureQueue({ maxBatch: 2, maxWaitMs: 300 })
  for (const sign of [
    () => new Promise<never>(() => undefined),
    async () => [],
    async () => [new Uint8Array(63)],
    async () => [new Uint8Array(65)],
  ]) {
    zone.compact = { ...good, sign }
    const later = queue.complete(prepare(store, 'x.example'), undefined)
    assert.equal(await later, undefined)
  }
  zone.compact = good
  assert.ok(await queue.complete(prepare(store, 'x.example'), undefined))
  assert.deepEqual({ ...queue.counters }, { completed: 1, refused: 0, late: 0, failed: 4 })
})

test('when too many wait, an unknown client by UDP is sent to TCP, where it has a place', async () => {
  const { signer, store } = setUp()
  const queue = new SignatureQueue({ maxAnswers: 1 })
  const complete = (name: string, limits: Parameters<typeof completeAnswer>[3]) => {
    const query = queryFor(name)
    return completeAnswer(queue, query, prepareAnswer(query, store, limits) as PreparedAnswer, limits)
  }
  const waiting = complete('a.example', { transport: 'udp' })
  const truncated = complete('b.example', { transport: 'udp' })
  assert.ok(truncated instanceof Uint8Array)
  assert.deepEqual([readReply(truncated).flags, readReply(truncated).rcode], ['tc', 'NOERROR'])
  const byTcp = complete('b.example', { transport: 'tcp' })
  assert.ok(byTcp instanceof Promise)
  const refused = complete('c.example', { transport: 'tcp' })
  assert.equal(readReply(refused as Uint8Array).rcode, 'SERVFAIL')
  await signer.go()
  assert.equal(readReply((await waiting) as Uint8Array).authority.length, 4)
  assert.equal(readReply((await byTcp) as Uint8Array).authority.length, 4)
})

test('a good cookie is as good as a connection', async () => {
  const { signer, store } = setUp()
  const queue = new SignatureQueue({ maxAnswers: 1 })
  const cookies = new ServerCookies()
  const client = { address: '192.0.2.1', nowSeconds: 1_800_000_000 }
  const own = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  const cookie = cookies.answer(own, client.address, client.nowSeconds) as Uint8Array
  const limits = { transport: 'udp', cookies, client } as const
  const ask = (ednsOptions: { code: number; data: Uint8Array }[]) => {
    const query = buildQuery({ id: 1, name: parseAbsoluteName('x.example'), type: 1, dnssecOk: true, ednsOptions })
    return completeAnswer(queue, query, prepareAnswer(query, store, limits) as PreparedAnswer, limits)
  }
  const waiting = [ask([]), ask([{ code: 10, data: cookie }])]
  assert.ok(waiting.every((later) => later instanceof Promise))
  assert.ok(ask([]) instanceof Uint8Array)
  await signer.go()
  for (const later of waiting) assert.equal(readReply((await later) as Uint8Array).rcode, 'NOERROR')
})
