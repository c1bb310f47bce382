import assert from 'node:assert/strict'
import { buildQuery, formatName, formatRdata, isName, parseMessage, parseName, parseRdata, WireError } from './index.ts'

export const name = 'dns-message'

const www = Uint8Array.from([3, 0x77, 0x77, 0x77, 4, 0x61, 0x63, 0x6d, 0x65, 0])
/** A response with compressed names in SOA, MX and SRV, and an OPT record. */
const response = Uint8Array.from([
  ...[0, 1, 0x84, 0, 0, 1, 0, 2, 0, 1, 0, 1, ...www, 0, 15, 0, 1],
  ...[0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 9, 0, 10, 4, 0x6d, 0x61, 0x69, 0x6c, 0xc0, 16],
  ...[0xc0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, 8, 0, 0, 0, 0, 0, 22, 0xc0, 12],
  ...[0xc0, 16, 0, 6, 0, 1, 0, 0, 0, 60, 0, 24, 0xc0, 12, 0xc0, 16, ...new Array<number>(20).fill(1)],
  ...[0, 0, 41, 4, 0xd0, 0, 0, 0x80, 0, 0, 6, 0, 15, 0, 2, 0, 24],
])
export const seeds: readonly Uint8Array[] = [response, buildQuery({ id: 9, name: www, type: 257, dnssecOk: true })]

/** A message parses into well-formed parts that survive text, or is refused with a code. */
export function run(bytes: Uint8Array): void {
  let message: ReturnType<typeof parseMessage>
  try {
    message = parseMessage(bytes)
  } catch (error) {
    if (error instanceof WireError) return
    throw error
  }
  for (const question of message.questions) assert(isName(question.name))
  for (const record of [...message.answers, ...message.authorities, ...message.additionals]) {
    assert(isName(record.name))
    assert.deepEqual(parseName(formatName(record.name)), record.name)
    const text = formatRdata(record.type, record.rdata)
    if (text.startsWith('\\#')) continue
    // Names in text become lower-case; nothing else may change.
    const again = parseRdata(record.type, text)
    assert.equal(again.length, record.rdata.length)
    assert(again.every((byte, index) => byte === record.rdata[index] || byte === (record.rdata[index] as number) + 32))
  }
}
