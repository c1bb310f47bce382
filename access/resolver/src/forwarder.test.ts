import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listenTcp, listenUdp, serveDns } from '@cresset/dns-server'
import { buildQuery, lowerCaseName, parseAbsoluteName, parseMessage, readUint16 } from '@cresset/dns-wire'
import { ask } from '../../../dns/server/src/testing/ask.ts'
import { storeOf } from '../../../dns/server/src/testing/zone-text.ts'
import { Forwarder } from './forwarder.ts'

const zones = [{ text: 'acme', apex: lowerCaseName(parseAbsoluteName('acme')), isReverse: false }]
const store = storeOf({
  'example.': '@ SOA ns host 1 2 3 4 5\nwww A 192.0.2.1\nbad CNAME www.acme.',
  'acme.': '@ SOA ns host 1 2 3 4 5\nwww A 192.0.2.66',
})
const query = (name: string): Uint8Array =>
  buildQuery({ id: 4711, name: parseAbsoluteName(name), type: 1, recursionDesired: true })

test('a question goes on by UDP and TCP under another id, and comes back under its own', async () => {
  const ids: number[] = []
  const upstream = await serveDns({
    address: '127.0.0.1',
    port: 0,
    source: (bytes) => {
      ids.push(readUint16(bytes, 0))
      const response = ask(store, 'www.example. A').bytes.slice()
      response.set(bytes.subarray(0, 2))
      // AD: the other resolver says that it checked.
      response[3] = (response[3] as number) | 0x20
      return response
    },
  })
  try {
    const forwarder = new Forwarder(upstream, zones)
    for (const transport of ['udp', 'tcp', 'udp', 'tcp'] as const) {
      const message = parseMessage(await forwarder.relay(query('www.example'), transport))
      assert.deepEqual([message.id, message.answers.length, message.flags.authenticData], [4711, 1, false])
    }
    assert.ok(new Set(ids).size > 2, `ids ${ids.join(', ')}`)
  } finally {
    await upstream.close()
  }
})

test("what speaks of the ledger's zones is thrown away", async () => {
  const upstream = await serveDns({ address: '127.0.0.1', port: 0, source: store })
  try {
    const forwarder = new Forwarder(upstream, zones)
    await assert.rejects(forwarder.relay(query('bad.example'), 'udp'), { code: 'forward' })
  } finally {
    await upstream.close()
  }
})

test('nobody there, and too many that wait, are failures with a code', async () => {
  const silent = await listenUdp({ address: '127.0.0.1', port: 0, handler: () => undefined })
  const closed = await listenTcp({ address: '127.0.0.1', port: 0, handler: () => undefined })
  await closed.close()
  try {
    await assert.rejects(new Forwarder(closed, zones).relay(query('www.example'), 'tcp'), { code: 'forward' })
    const forwarder = new Forwarder(silent, zones)
    const waiting = Array.from({ length: 256 }, () =>
      forwarder.relay(query('www.example'), 'udp').catch((error: unknown) => error),
    )
    await assert.rejects(forwarder.relay(query('www.example'), 'udp'), { code: 'busy' })
    const results = (await Promise.all(waiting)) as { code: string }[]
    assert.ok(results.every(({ code }) => code === 'forward'))
  } finally {
    await silent.close()
  }
})
