import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handleQuery, type MessageStream, newCounters, type QueryHandler } from './listener.ts'

const query = Uint8Array.of(1, 2, 3)

/** Runs a handler; gives what it gave, what was counted, and what the observer heard. */
function handled(handler: QueryHandler) {
  const heard: unknown[][] = []
  const failures: unknown[] = []
  const counters = newCounters()
  const given = handleQuery(
    {
      address: '',
      port: 0,
      handler,
      onFailure: (error) => failures.push(error),
      onAnswered: (asked, response, transport, client, durationMs, bytes) => {
        assert.deepEqual(asked, query)
        assert.ok(durationMs >= 0)
        heard.push([response, transport, client, bytes])
      },
    },
    counters,
    query,
    'tcp',
    '192.0.2.1',
  )
  return { given, heard, failures, counters }
}

test('an observer hears of answers at once and later, of none, and of failures', async () => {
  const response = Uint8Array.of(1, 2)
  const told = [response, 'tcp', '192.0.2.1', 2]
  assert.deepEqual(handled(() => response).heard, [told])
  const later = handled(() => Promise.resolve(response))
  assert.deepEqual(later.heard, [])
  assert.equal(await later.given, response)
  assert.deepEqual(later.heard, [told])
  const nothing = [undefined, 'tcp', '192.0.2.1', 0]
  assert.deepEqual(handled(() => undefined).heard, [nothing])
  const thrown = handled(() => {
    throw new Error('a defect')
  })
  assert.deepEqual(
    [thrown.given, thrown.heard, thrown.counters.failures, thrown.failures.length],
    [undefined, [nothing], 1, 1],
  )
  const rejected = handled(() => Promise.reject(new Error('a defect')))
  assert.equal(await rejected.given, undefined)
  assert.deepEqual([rejected.heard, rejected.counters.failures], [[nothing], 1])
})

test('of several messages it hears once, with the bytes of all that were taken', () => {
  const parts = [Uint8Array.of(1), Uint8Array.of(2, 2), Uint8Array.of(3, 3, 3)]
  const all = handled(() => ({ messages: parts.values() }))
  const { messages } = all.given as MessageStream
  assert.deepEqual([messages.next().value, messages.next().value, messages.next().value], parts)
  assert.deepEqual(all.heard, [])
  assert.equal(messages.next().done, true)
  assert.deepEqual(all.heard, [[parts[0], 'tcp', '192.0.2.1', 6]])
  const left = handled(() => ({ messages: parts.values() }))
  const { messages: some } = left.given as MessageStream
  some.next()
  some.next()
  some.return?.()
  assert.deepEqual(left.heard, [[parts[0], 'tcp', '192.0.2.1', 3]])
})

test('what a handler slices off the query is a copy, also where the socket gave a Buffer', () => {
  const received = Buffer.from([7, 8, 9])
  const options = {
    address: '',
    port: 0,
    handler: (asked: Uint8Array) => {
      const copy = asked.slice()
      copy.fill(0)
      return asked
    },
  }
  assert.deepEqual(handleQuery(options, newCounters(), received, 'udp', '192.0.2.1'), Uint8Array.of(7, 8, 9))
})
