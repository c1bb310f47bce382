import assert from 'node:assert/strict'
import { buildQuery, parseAbsoluteName, parseMessage, WireError } from '@cresset/dns-wire'
import { answer } from '../answer/answer.ts'
import { QueryStatistics } from '../statistics/query-statistics.ts'
import { codeName } from '../statistics/response-code.ts'
import { storeOf } from '../testing/zone-text.ts'
import { queryLine } from './query-line.ts'

export const name = 'dns-query-line'

const store = storeOf({ 'a.': '@ SOA ns host 1 2 3 4 5\nwww A 192.0.2.1\nwww TXT "x"' })
const statistics = new QueryStatistics()

export const seeds: readonly Uint8Array[] = ['www.a', 'n.a', 'b'].flatMap((text, id) =>
  [1, 16, 252, 65_280].map((type) =>
    buildQuery({ id, name: parseAbsoluteName(text), type, dnssecOk: type > 1, recursionDesired: type > 16 }),
  ),
)

/** Any packet is one line of ASCII that is JSON, says what the response says, and is counted once. */
export function run(bytes: Uint8Array): void {
  const response = answer(bytes, store, { transport: 'udp' })
  const before = total()
  statistics.count(bytes, response, 'udp', 0.01)
  assert.deepEqual(total(), [before[0] + 1, before[1] + (response === undefined ? 0 : 1)])
  const line = queryLine({
    query: bytes,
    response,
    transport: 'udp',
    client: '192.0.2.1',
    durationMs: 0.01,
    sentBytes: response?.length ?? 0,
    nowMs: 0,
  })
  assert.match(line, /^[\x20-\x7e]+\n$/)
  const { name: asked, rcode, flags } = JSON.parse(line)
  if (response === undefined) assert.equal(rcode, null)
  else assert.equal(rcode, codeName(parseMessage(response).rcode))
  const query = parsed(bytes)
  // Records in front of OPT, and questions with pointers, are in no query that is answered.
  const others = query === undefined ? 1 : query.answers.length + query.authorities.length + query.additionals.length
  if (asked !== null && query?.questions.length === 1 && others === 0)
    assert.equal(flags.includes('do'), query.edns?.dnssecOk === true)
}

function total(): [number, number] {
  const sum = (counts: readonly { readonly count: number }[]): number =>
    counts.reduce((all, { count }) => all + count, 0)
  return [sum(statistics.queries()), sum(statistics.responses())]
}

function parsed(bytes: Uint8Array) {
  try {
    return parseMessage(bytes)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
