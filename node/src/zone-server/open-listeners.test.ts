import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { parsePrefix } from '@cresset/dns-server'
import { buildQuery, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { Resources } from '../resources.ts'
import { openListeners } from './open-listeners.ts'
import { Operating, type OperatingOptions } from './operating.ts'

const loopback = { host: '127.0.0.1', port: 0 }
const from = [parsePrefix('127.0.0.1') ?? assert.fail('a prefix')]
const source = (): Uint8Array => new Uint8Array(12)

/** What is limited, undefined without a limit, and where the server listens. */
async function opened(options: OperatingOptions, isForProxies: boolean, resources = new Resources()) {
  const zones = { nextSigningMs: undefined, status: () => [] }
  const operating = await Operating.open(options, { zones }, resources)
  const proxied = isForProxies ? { listen: [loopback], from } : undefined
  const listeners = await openListeners({ listen: [loopback], proxied }, '--listen', { source }, operating, resources)
  return { rateLimited: operating.statistics.rateLimited, ...listeners, operating }
}

test('responses are limited by default where others than this machine can ask', async (context) => {
  const limits: [OperatingOptions, boolean, boolean][] = [
    [{}, false, false],
    [{}, true, true],
    [{ rateLimit: 0 }, true, false],
    [{ rateLimit: 5 }, false, true],
  ]
  for (const [options, isForProxies, isLimited] of limits) {
    const resources = new Resources()
    const { rateLimited } = await opened(options, isForProxies, resources)
    await resources.close()
    assert.equal(rateLimited !== undefined, isLimited, JSON.stringify([options, isForProxies]))
  }
  const resources = new Resources()
  context.after(() => resources.close())
  const { operating } = await opened({}, false, resources)
  // An address of all networks, without opening a port on them.
  assert.equal(operating.serving({ host: '0.0.0.0', port: 0 }, false).rateLimiter !== undefined, true)
  assert.equal(operating.serving({ host: '::1', port: 0 }, false).rateLimiter, undefined)
})

test('queries at each place are counted together', async (context) => {
  const resources = new Resources()
  context.after(() => resources.close())
  const { operating, endpoints, proxyEndpoints } = await opened({}, true, resources)
  assert.deepEqual([endpoints.length, proxyEndpoints.length], [1, 1])
  const socket = createSocket('udp4')
  const query = buildQuery({ id: 1, name: parseAbsoluteName('a'), type: RecordType.A })
  socket.send(query, Number(endpoints[0]?.split(':')[1]), '127.0.0.1')
  await once(socket, 'message')
  // Without a header it is no query of a proxy.
  socket.send(query, Number(proxyEndpoints[0]?.split(':')[1]), '127.0.0.1')
  while (operating.statistics.report().dropped === 0) await new Promise(setImmediate)
  socket.close()
  assert.deepEqual(operating.statistics.report().queries['udp'], { A: 1 })
})
