import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  buildQuery,
  formatName,
  formatRecordType,
  MAX_MESSAGE_BYTES,
  type Message,
  parseAbsoluteName,
  parseMessage,
  RecordType,
} from '@cresset/dns-wire'
import type { MessageStream } from '../listen/listener.ts'
import { MAX_RRSET_BYTES, type MemoryZone } from '../store/memory-zone.ts'
import { signQuery } from '../testing/sign-query.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { TsigKey } from '../tsig/tsig-key.ts'
import { checkTsig } from '../tsig/tsig-session.ts'
import { answerTransfer } from './transfers.ts'

const NOW = 1_800_000_000
const head = `$TTL 60
@ SOA ns host 1 3600 600 604800 300
@ NS ns
ns A 192.0.2.53
`
const longLabels = (last: number): string =>
  [63, 63, 63, last].map((length, index) => `${index}`.repeat(length)).join('.')
/** Name and hash that take most room in a message. */
const key = new TsigKey(parseAbsoluteName(longLabels(61)), 'hmac-sha512', new Uint8Array(64).fill(7))

function transfer(zone: MemoryZone): Message[] {
  const query = buildQuery({ id: 4711, name: zone.apex, type: RecordType.AXFR, udpPayloadBytes: 1232 })
  const verdict = checkTsig(signQuery(query, key, NOW), [key], NOW)
  assert.ok(verdict.kind === 'good')
  const rules = { keys: [key], prefixes: [] }
  const asker = { limits: { transport: 'tcp' }, client: '192.0.2.1', session: verdict.session } as const
  const answer = answerTransfer(verdict.message, { zone: () => zone }, rules, asker)
  const stream = (answer as MessageStream).messages
  const messages: Uint8Array[] = []
  for (let next = stream.next(); next.done !== true; next = stream.next()) messages.push(next.value)
  for (const message of messages) assert.ok(message.length <= MAX_MESSAGE_BYTES)
  return messages.map((message) => parseMessage(message))
}

test('2.2: SOA first and last, each record once between them, and nothing of the order of the file lost', () => {
  const hosts = Array.from({ length: 2_000 }, (_, index) => `host${index} A 192.0.2.${index % 256}\n`).join('')
  const zone = zoneOf('example', head + hosts)
  const messages = transfer(zone)
  assert.ok(messages.length > 1)
  const records = messages.flatMap(({ answers }) => answers)
  const types = records.map(({ type }) => type)
  assert.deepEqual([types[0], types.at(-1)], [RecordType.SOA, RecordType.SOA])
  assert.equal(records.length, 4 + 2_000)
  const names = new Set(records.map(({ name, type }) => `${formatName(name)} ${formatRecordType(type)}`))
  assert.equal(names.size, 3 + 2_000)
  assert.deepEqual(messages.map(({ questions }) => questions.length).slice(0, 2), [1, 0])
})

test('2.2: the greatest record fits the first message and any other, with the longest names and a signature', () => {
  const apex = longLabels(40)
  for (const owner of ['@', 'x'.repeat(20)]) {
    const zone = zoneOf(apex, head)
    const name = owner === '@' ? zone.apex : parseAbsoluteName(`${owner}.${apex}`)
    const greatest = MAX_RRSET_BYTES - 12
    assert.equal(zone.add(name, 65_280, 60, new Uint8Array(greatest + 1)), 'rrset-too-large')
    assert.equal(zone.add(name, 65_280, 60, new Uint8Array(greatest)), 'added')
    const records = transfer(zone).flatMap(({ answers }) => answers)
    assert.deepEqual(
      records.filter(({ type }) => type === 65_280).map(({ rdata }) => rdata.length),
      [greatest],
    )
  }
})
