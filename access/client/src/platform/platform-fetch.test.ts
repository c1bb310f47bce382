import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { after, describe, it } from 'node:test'
import { buildSelfSignedHostCertificate, encodePem } from '@cresset/core-certificates'
import { keyPairSigner } from '@cresset/core-crypto'
import { createTlsKeyPair } from '@cresset/keys'
import { TestLedger } from '@cresset/network-application/testing'
import { Client } from '../client.ts'
import type { ClientError } from '../client-error.ts'
import { HttpConnection, type HttpOptions } from '../http.ts'
import { platformFetch as browserFetch } from './browser.ts'
import { platformFetch as nodeFetch } from './node.ts'

const servers: Server[] = []
const sockets = new Set<Socket>()
after(() => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers) server.close()
})

async function serve(server: Server): Promise<string> {
  servers.push(server)
  server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
const http = async (answer: RequestListener): Promise<string> => `http://${await serve(createServer(answer))}`

const failed = (kind: string, code: string) => (error: ClientError) => {
  assert.deepEqual([error.kind, error.code], [kind, code], error.message)
  return true
}

for (const [name, fetch] of [
  ['node:http', nodeFetch()],
  ['the fetch of browsers', browserFetch()],
] as const) {
  const at = (node: string, options: Partial<HttpOptions> = {}) =>
    new HttpConnection({ nodes: [node], fetch, ...options }).at(node)

  describe(`questions over ${name}`, () => {
    it('go out with their body and come back', async () => {
      const node = await http(async (request, response) => {
        const parts: Uint8Array[] = []
        for await (const part of request) parts.push(part)
        const { method, url, headers } = request
        response.end(JSON.stringify([method, url, headers['content-type'], Buffer.concat(parts).toString()]))
      })
      const connection = at(node)
      assert.deepEqual(await connection.get('/a?b=%C3%A9'), ['GET', '/a?b=%C3%A9', null, ''])
      assert.deepEqual(await connection.postJson('/b', { x: 1 }), ['POST', '/b', 'application/json', '{"x":1}'])
      const bytes = new TextEncoder().encode('bytes')
      assert.deepEqual(await connection.postBytes('/c', bytes), ['POST', '/c', 'application/octet-stream', 'bytes'])
    })

    it('end in time when the node is silent, before the answer and in it', async () => {
      const silent = await http(() => {})
      await assert.rejects(at(silent, { timeoutMs: 60 }).get('/'), failed('unreachable', 'timeout'))
      const halting = await http((_request, response) => response.write('{'))
      await assert.rejects(at(halting, { timeoutMs: 60 }).get('/'), failed('unreachable', 'timeout'))
      const dripping = await http((_request, response) => {
        const drip = setInterval(() => response.write(' '), 10)
        response.on('close', () => clearInterval(drip))
      })
      await assert.rejects(at(dripping, { timeoutMs: 100 }).get('/'), failed('unreachable', 'timeout'))
    })

    it('are not led elsewhere', async () => {
      const asked: string[] = []
      const node = await http((request, response) => {
        asked.push(request.url ?? '')
        response.writeHead(302, { location: '/elsewhere' }).end('{}')
      })
      await assert.rejects(at(node).get('/here'), failed('unreachable', 'no-connection'))
      assert.deepEqual(asked, ['/here'])
    })

    it('take no more than an answer may have, whatever its length says', async () => {
      let sent = 0
      let closed: Promise<unknown> | undefined
      const endless = await http((_request, response) => {
        closed = once(response, 'close')
        const part = Buffer.alloc(65_536, 32)
        const more = (): void => {
          do {
            if (response.destroyed) return
            sent += part.length
          } while (response.write(part))
          response.once('drain', more)
        }
        more()
      })
      await assert.rejects(at(endless).get('/'), failed('unreachable', 'answer-too-large'))
      assert.ok(sent > 0)
      await closed
    })

    it('fail as unreachable when the connection is refused, cut, or no HTTP', async () => {
      const closed = createServer()
      const address = await serve(closed)
      closed.close()
      await assert.rejects(at(`http://${address}`).get('/'), failed('unreachable', 'no-connection'))
      const cut = await http((_request, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"a":')
        setTimeout(() => response.destroy(), 10)
      })
      await assert.rejects(at(cut).get('/'), failed('unreachable', 'no-connection'))
      const other = `http://${await serve(createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n')))}`
      await assert.rejects(at(other).get('/'), failed('unreachable', 'no-connection'))
      await assert.rejects(at('ftp://127.0.0.1').get('/'), failed('unreachable', 'no-connection'))
    })

    it('are asked again on a new connection when the kept one was closed meanwhile', async () => {
      const node = createServer({ keepAlive: true, keepAliveTimeout: 60_000 }, (_request, response) =>
        response.end('[1]'),
      )
      const connection = at(`http://${await serve(node)}`)
      for (let round = 0; round < 3; round++) {
        assert.deepEqual(await connection.get('/'), [1])
        for (const socket of sockets) socket.destroy()
      }
    })

    it('a stream ends when it is aborted', async () => {
      const node = await http((_request, response) => response.writeHead(200).write('data: 1\n\n'))
      const ending = new AbortController()
      const { body } = await new HttpConnection({ nodes: [node], fetch }).open(`${node}/v1/events`, ending.signal)
      const reader = body?.getReader()
      assert.equal(new TextDecoder().decode((await reader?.read())?.value), 'data: 1\n\n')
      const next = reader?.read()
      ending.abort()
      await assert.rejects(async () => next, { name: 'AbortError' })
      const unread = new AbortController()
      await new HttpConnection({ nodes: [node], fetch }).open(`${node}/v1/events`, unread.signal)
      unread.abort()
      await new Promise((resolve) => setTimeout(resolve, 20))
    })
  })
}

describe('https over node:https', () => {
  it('trusts the root that it is given, and no other', async () => {
    const { pair, privateKeyPem } = createTlsKeyPair()
    const life = { nowMs: Date.now(), random: new Uint8Array(16) }
    const root = await buildSelfSignedHostCertificate({ hosts: ['localhost'], ...life }, keyPairSigner(pair))
    const tls = { key: privateKeyPem, cert: encodePem('CERTIFICATE', root) }
    const server = createTlsServer(tls, (request, response) => response.end(JSON.stringify([request.url])))
    const node = `https://localhost:${(await serve(server)).split(':')[1]}`
    const trusting = new HttpConnection({ nodes: [node], rootCertificate: root })
    assert.deepEqual(await trusting.at(node).get('/a'), ['/a'])
    const { genesis } = new TestLedger(1)
    const client = new Client({ genesis: { ...genesis, rootCertificate: root }, nodes: [node] })
    assert.deepEqual(await client.connection.at(node).get('/b'), ['/b'], 'the root that stands in genesis')
    const stranger = new HttpConnection({ nodes: [node] })
    await assert.rejects(stranger.at(node).get('/a'), failed('unreachable', 'no-connection'))
    const elsewhere = node.replace('localhost', '127.0.0.1')
    await assert.rejects(trusting.at(elsewhere).get('/a'), failed('unreachable', 'no-connection'))
  })
})
