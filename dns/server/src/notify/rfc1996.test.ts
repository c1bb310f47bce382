import assert from 'node:assert/strict'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { formatName, parseAbsoluteName, parseMessage, RecordType, writeUint16 } from '@cresset/dns-wire'
import { soaSerial } from '../records.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { TsigKey } from '../tsig/tsig-key.ts'
import { checkTsig } from '../tsig/tsig-session.ts'
import { Notifier, type NotifyFailure } from './notifier.ts'
import type { NotifyTarget } from './notify-target.ts'

const apex = parseAbsoluteName('example')
const key = new TsigKey(parseAbsoluteName('transfer'), 'hmac-sha256', new Uint8Array(32).fill(7))
const fast = { firstWaitMs: 20, attempts: 3 }
/** For what must be answered before it is sent again, on a busy machine too. */
const slow = { firstWaitMs: 5_000, attempts: 2 }

function soa(serial: number): Uint8Array {
  const zone = zoneOf('example', `@ 60 SOA ns host ${serial} 3600 600 604800 300\n`)
  return zone.rrset(zone.apexOwner, RecordType.SOA) as Uint8Array
}

interface Secondary extends NotifyTarget {
  readonly heard: Uint8Array[]
  answer: (query: Uint8Array, socket: Socket, from: RemoteInfo) => void
}

/** A response to the message as it came, with this code. */
function responseTo(query: Uint8Array, rcode = 0): Uint8Array {
  const { questions } = parseMessage(query)
  const response = query.slice(0, 12 + (questions[0]?.name.length ?? 0) + 4)
  writeUint16(response, 2, 0xa400 | rcode)
  for (const offset of [6, 8, 10]) writeUint16(response, offset, 0)
  return response
}

async function secondary(context: TestContext, answer: Secondary['answer']): Promise<Secondary> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  context.after(() => socket.close())
  const own: Secondary = { address: '127.0.0.1', port: socket.address().port, heard: [], answer }
  socket.on('message', (query, from) => {
    own.heard.push(Uint8Array.from(query))
    own.answer(Uint8Array.from(query), socket, from)
  })
  return own
}

/** Tells once; resolves when it is over. */
async function tell(target: NotifyTarget, failures: NotifyFailure[] = [], timing = fast): Promise<Notifier> {
  const notifier = new Notifier({ targets: [target], timing, onGivenUp: (failure) => failures.push(failure) })
  notifier.notify(apex, soa(7))
  for (let turns = 0; notifier.counters.told + notifier.counters.givenUp === 0 && turns < 2_000; turns++)
    await pause(10)
  await notifier.close()
  return notifier
}

test('3.7: operation NOTIFY, authoritative, the SOA asked for and told; the answer ends it', async (context) => {
  const other = await secondary(context, (query, socket, { port }) => socket.send(responseTo(query), port))
  const notifier = await tell(other, [], slow)
  assert.deepEqual(notifier.counters, { told: 1, givenUp: 0 })
  assert.equal(other.heard.length, 1)
  const message = parseMessage(other.heard[0] as Uint8Array)
  assert.deepEqual([message.opcode, message.flags.isResponse, message.flags.authoritative], [4, false, true])
  assert.deepEqual(
    message.questions.map(({ name, type }) => [formatName(name), type]),
    [['example.', RecordType.SOA]],
  )
  assert.deepEqual(
    message.answers.map(({ name, rdata }) => [formatName(name), soaSerial(rdata)]),
    [['example.', 7]],
  )
})

test('3.6: sent again, and given up with one reason', async (context) => {
  const failures: NotifyFailure[] = []
  const other = await secondary(context, () => undefined)
  const notifier = await tell(other, failures)
  assert.deepEqual(notifier.counters, { told: 0, givenUp: 1 })
  assert.equal(other.heard.length, 3)
  assert.deepEqual(new Set(other.heard.map((query) => Buffer.from(query).toString('hex'))).size, 1)
  assert.deepEqual(
    failures.map(({ serial, reason }) => [serial, reason]),
    [[7, 'no answer']],
  )
})

test('a lost message is sent again; a port where nobody listens is given up with the reason', async (context) => {
  let count = 0
  const other = await secondary(context, (query, socket, { port }) => {
    count += 1
    if (count === 2) socket.send(responseTo(query), port)
  })
  assert.deepEqual((await tell(other)).counters, { told: 1, givenUp: 0 })
  const failures: NotifyFailure[] = []
  await tell({ address: '127.0.0.1', port: 1 }, failures)
  assert.match(failures[0]?.reason ?? '', /no answer|REFUSED/)
})

test('4.7: only an answer to this message counts', async (context) => {
  const failures: NotifyFailure[] = []
  const other = await secondary(context, (query, socket, { port }) => {
    const good = responseTo(query)
    const wrongId = good.slice()
    writeUint16(wrongId, 0, ~((good[0] as number) * 256 + (good[1] as number)) & 0xffff)
    const wrongOperation = good.slice()
    writeUint16(wrongOperation, 2, 0x8400)
    const noResponse = good.slice()
    writeUint16(noResponse, 2, 0x2400)
    const otherZone = good.slice()
    otherZone[13] = 0x66
    const otherType = good.slice()
    writeUint16(otherType, good.length - 4, RecordType.NS)
    const garbage = [Uint8Array.of(1, 2, 3), good.subarray(0, 14), new Uint8Array(600).fill(255)]
    for (const bad of [wrongId, wrongOperation, noResponse, otherZone, otherType, ...garbage]) socket.send(bad, port)
  })
  const notifier = await tell(other, failures)
  assert.deepEqual(notifier.counters, { told: 0, givenUp: 1 })
  assert.equal(failures[0]?.reason, 'no answer')
})

test('an error is the end; NOTAUTH is not at once, for a zone that the secondary may just be setting up', async (context) => {
  for (const [rcode, sent, reason] of [
    [5, 1, 'it answers REFUSED'],
    [4, 1, 'it answers NOTIMP'],
    [9, 3, 'it answers NOTAUTH: it does not serve the zone'],
  ] as const) {
    const failures: NotifyFailure[] = []
    const other = await secondary(context, (query, socket, { port }) => socket.send(responseTo(query, rcode), port))
    await tell(other, failures, sent === 1 ? slow : fast)
    assert.deepEqual([other.heard.length, failures[0]?.reason], [sent, reason])
  }
})

test('RFC 8945: signed, and the answer must be signed over this message', async (context) => {
  const now = Math.floor(Date.now() / 1_000)
  const signing = (own: TsigKey, change = (bytes: Uint8Array) => bytes): Secondary['answer'] => {
    return (query, socket, { port }) => {
      const verdict = checkTsig(query, [own], now)
      if (verdict.kind === 'good' || verdict.kind === 'refused')
        socket.send(change(verdict.session.sign(responseTo(verdict.message, verdict.kind === 'good' ? 0 : 9))), port)
    }
  }
  const good = await secondary(context, signing(key))
  assert.deepEqual((await tell({ ...good, key })).counters, { told: 1, givenUp: 0 })
  const other = new TsigKey(parseAbsoluteName('other'), 'hmac-sha256', new Uint8Array(32))
  const secret = new TsigKey(key.name, 'hmac-sha256', new Uint8Array(32))
  for (const [answer, reason] of [
    [signing(other), /NOTAUTH is not signed as it must be: refused key/],
    [signing(secret), /NOTAUTH is not signed as it must be: refused key/],
    [signing(key, (bytes) => bytes.with(bytes.length - 8, (bytes.at(-8) as number) ^ 1)), /bad signature/],
    [
      (query: Uint8Array, socket: Socket, { port }: RemoteInfo) => socket.send(responseTo(query), port),
      /NOERROR is not signed as it must be: unsigned/,
    ],
  ] as const) {
    const failures: NotifyFailure[] = []
    const target = await secondary(context, answer)
    await tell({ ...target, key }, failures)
    assert.match(failures[0]?.reason ?? '', reason)
    assert.equal(target.heard.length, 3)
  }
})

test('a newer serial takes the place of the older; many zones wait for one another; closing stops all', async (context) => {
  const serials: number[] = []
  let isAwake = false
  const other = await secondary(context, (query, socket, { port }) => {
    serials.push(soaSerial(parseMessage(query).answers[0]?.rdata as Uint8Array))
    if (isAwake) socket.send(responseTo(query), port)
  })
  const notifier = new Notifier({ targets: [other], timing: { firstWaitMs: 20, attempts: 100 } })
  notifier.notify(apex, soa(1))
  while (serials.length === 0) await pause(5)
  notifier.notify(apex, soa(2))
  isAwake = true
  while (notifier.counters.told === 0) await pause(5)
  assert.equal(serials.at(-1), 2)
  await pause(60)
  assert.equal(serials.at(-1), 2)
  isAwake = false
  const zones = Array.from({ length: 100 }, (_, index) => parseAbsoluteName(`zone${index}.example`))
  for (const zone of zones) notifier.notify(zone, soa(3))
  await pause(50)
  const names = new Set(other.heard.map((query) => formatName(parseMessage(query).questions[0]?.name as Uint8Array)))
  assert.equal(names.size, 1 + 32)
  isAwake = true
  while (notifier.counters.told < 101) await pause(5)
  notifier.notify(apex, soa(4))
  await notifier.close()
  assert.equal(notifier.counters.givenUp, 0)
})
