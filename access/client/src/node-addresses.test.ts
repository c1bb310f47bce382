import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { GenesisNode } from '@cresset/core-chain'
import { HttpConnection } from './http.ts'
import { nodeAddresses } from './node-addresses.ts'

const node = (agreement: string, api: string): GenesisNode =>
  ({ endpoints: { agreement, api, dns: agreement } }) as GenesisNode

test('a name goes to the address of the links of the node; addresses and unknown places stay as they are', () => {
  const addresses = nodeAddresses({
    nodes: [
      node('192.0.2.1:7400', 'https://a.ns.acme:8400'),
      node('[2001:db8::1]:7400', 'https://b.ns.acme:8400'),
      node('192.0.2.3:7400', 'https://192.0.2.3:8400'),
      node('d.example:7400', 'https://d.ns.acme:8400'),
      node('127.0.0.1:7400', 'http://localhost:8400'),
    ],
  })
  assert.deepEqual(
    [...addresses],
    [
      ['a.ns.acme', '192.0.2.1'],
      ['b.ns.acme', '2001:db8::1'],
      ['localhost', '127.0.0.1'],
    ],
  )
})

test('a node is asked by a name that no resolver knows', async (context) => {
  const server = createServer((request, response) => response.end(JSON.stringify({ host: request.headers.host })))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const api = `http://a.ns.acme:${port}`
  const connection = new HttpConnection({ nodes: [api], addresses: new Map([['a.ns.acme', '127.0.0.1']]) })
  assert.deepEqual(await connection.first((one) => one.get('/')), { host: `a.ns.acme:${port}` })
})
