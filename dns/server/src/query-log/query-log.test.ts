import assert from 'node:assert/strict'
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildQuery, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { answer } from '../answer/answer.ts'
import { updateMessage } from '../testing/update-text.ts'
import { storeOf } from '../testing/zone-text.ts'
import { LineBatches } from './line-batches.ts'
import { LogFile } from './log-file.ts'
import { queryLine } from './query-line.ts'
import { QueryLog } from './query-log.ts'

const store = storeOf({ 'a.': '@ SOA ns host 7 2 3 4 5\nwww A 192.0.2.1' })
const nowMs = Date.UTC(2026, 10, 21, 18, 0, 0, 123)
const client = '2001:db8::1'
const ask = (name: string, options: Partial<Parameters<typeof buildQuery>[0]> = {}): Uint8Array =>
  buildQuery({ id: 1, name: parseAbsoluteName(name), type: RecordType.A, ...options })

function lineOf(query: Uint8Array, isAnswered = true): Record<string, unknown> {
  const response = isAnswered ? answer(query, store, { transport: 'udp' }) : undefined
  const line = queryLine({
    query,
    response,
    transport: 'udp',
    client,
    durationMs: 0.0427,
    sentBytes: response?.length ?? 0,
    nowMs,
  })
  assert.match(line, /^[\x20-\x7e]+\n$/)
  return JSON.parse(line) as Record<string, unknown>
}

test('a line tells time, client, question, flags, code, bytes and microseconds', () => {
  const { bytes, ...rest } = lineOf(ask('wWw.a', { dnssecOk: true, recursionDesired: true }))
  assert.deepEqual(rest, {
    time: '2026-11-21T18:00:00.123Z',
    client,
    transport: 'udp',
    name: 'wWw.a.',
    type: 'A',
    flags: 'rd do aa',
    rcode: 'NOERROR',
    us: 43,
  })
  assert.ok((bytes as number) > 30)
  const refused = lineOf(ask('elsewhere', { type: 65_000, udpPayloadBytes: 0 }))
  assert.deepEqual([refused['type'], refused['flags'], refused['rcode']], ['TYPE65000', '', 'REFUSED'])
  const update = lineOf(updateMessage({ zone: 'a', updates: ['x.a 60 IN A 192.0.2.1'] }))
  assert.deepEqual([update['name'], update['type'], update['flags']], ['a.', 'SOA', 'update'])
})

test('names and packets of any bytes make one line of ASCII', () => {
  const hostile = Uint8Array.of(7, 0x22, 0x5c, 0x0a, 0x00, 0xff, 0x7f, 0x2e, 0)
  const told = lineOf(buildQuery({ id: 1, name: hostile, type: 1 }))
  assert.equal(told['name'], '\\"\\\\\\010\\000\\255\\127\\..')
  const whole = ask('www.a', { dnssecOk: true })
  for (let length = 0; length <= whole.length; length++) {
    const { name, type, rcode } = lineOf(whole.subarray(0, length), false)
    assert.deepEqual(
      [name, type, rcode],
      [length >= 23 ? 'www.a.' : null, length >= 23 ? 'A' : null, null],
      `${length}`,
    )
  }
  for (let byte = 0; byte < whole.length; byte++) {
    const changed = whole.slice()
    changed[byte] = 0xc0
    lineOf(changed, false)
  }
})

/** A sink that writes when it is let. */
function slowSink() {
  const written: string[] = []
  const waiting: { done(): void; fail(error: Error): void }[] = []
  const write = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({
        done() {
          written.push(text)
          resolve()
        },
        fail: reject,
      })
    })
  const turn = () => new Promise(setImmediate)
  return { written, waiting, write, turn }
}

test('lines go out in batches, one at a time; when the sink is slow they are dropped, counted and told of', async () => {
  const sink = slowSink()
  const lines = new LineBatches(sink, {
    maxWaitingBytes: 1_000,
    batchMs: 1,
    droppedLine: (count) => `dropped ${count}\n`,
  })
  const line = `${'x'.repeat(99)}\n`
  for (let count = 0; count < 5; count++) lines.add(line)
  while (sink.waiting.length === 0) await sleep(1)
  for (let count = 0; count < 10_000; count++) lines.add(line)
  assert.equal(lines.isFull, true)
  await sleep(5)
  assert.equal(sink.waiting.length, 1)
  assert.equal(lines.counters.dropped, 9_990)
  sink.waiting.shift()?.done()
  await sink.turn()
  assert.equal(sink.written[0], line.repeat(5))
  const flushed = lines.flush()
  sink.waiting.shift()?.done()
  await flushed
  assert.equal(sink.written[1], `${line.repeat(10)}dropped 9990\n`)
  lines.add(line)
  const last = lines.flush()
  sink.waiting.shift()?.fail(new Error('no space'))
  await last
  assert.deepEqual(lines.counters, { written: 16, dropped: 9_991 })
})

test('a batch that is large enough does not wait for more', async () => {
  const sink = slowSink()
  const lines = new LineBatches(sink, { batchMs: 3_600_000, droppedLine: String })
  for (let count = 0; count < 656; count++) lines.add(`${'x'.repeat(99)}\n`)
  assert.equal(sink.waiting.length, 1)
  sink.waiting.shift()?.done()
  await lines.flush()
})

test('a sample takes each n-th query', async () => {
  const sink = slowSink()
  const log = new QueryLog(sink, { sampleEvery: 7, nowMs: () => nowMs, batchMs: 1 })
  const query = ask('www.a')
  for (let count = 0; count < 7_000; count++) log.observe(query, undefined, 'udp', client, 1, 0)
  while (sink.waiting.length === 0) await sleep(1)
  while (sink.waiting.length > 0) {
    sink.waiting.shift()?.done()
    await sink.turn()
  }
  await log.flush()
  assert.equal(sink.written.join('').split('\n').length - 1, 1_000)
  assert.deepEqual(log.counters, { written: 1_000, dropped: 0 })
})

test('a file that was moved away goes on until it is opened again, and no line is lost', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-query-log-'))
  try {
    const path = join(folder, 'queries')
    const file = await LogFile.open(path)
    await file.write('one\n')
    await rename(path, `${path}.1`)
    const order = [file.write('two\n'), file.reopen(), file.write('three\n')]
    await Promise.all(order)
    assert.equal(await readFile(`${path}.1`, 'utf8'), 'one\ntwo\n')
    assert.equal(await readFile(path, 'utf8'), 'three\n')
    await rename(folder, `${folder}.gone`)
    await assert.rejects(file.reopen(), { code: 'ENOENT' })
    await file.write('four\n')
    await file.close()
    assert.equal(await readFile(join(`${folder}.gone`, 'queries'), 'utf8'), 'three\nfour\n')
  } finally {
    await rm(folder, { recursive: true, force: true })
    await rm(`${folder}.gone`, { recursive: true, force: true })
  }
})
