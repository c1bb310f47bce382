import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { afterEach, describe, it } from 'node:test'
import { encodePem, privateKeyInfoOf } from '@cresset/core-certificates'
import { nodeIdOf } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { generateKeyPair, keyPairSigner } from '@cresset/core-crypto'
import { TlsTransport } from '@cresset/network-transport'
import { createConsortium } from './consortium.ts'
import type { KnownNode } from './known-node.ts'
import { PeerBook } from './peer-book.ts'
import { announcementOf, random, rootKey } from './testing/announcements.ts'

const open: TlsTransport[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.stop()))
})

describe('a consortium', () => {
  for (const type of ['p256', 'ed25519'] as const) {
    it(`links by what the permission service issued, with ${type} keys`, async () => {
      const keys = new Map(
        ['north', 'south'].map((name, index) => [name, generateKeyPair(type, new Uint8Array(32).fill(90 + index))]),
      )
      const ports = await freePorts(2)
      const nodes = Array.from(keys, ([name, { publicKey }], index) => {
        const announced = announcementOf(name, index + 1)
        return {
          ...announced,
          tlsKey: publicKey,
          endpoints: { ...announced.endpoints, agreement: `127.0.0.1:${ports[index]}` },
        }
      })
      const order = {
        name: 'acme',
        zones: ['acme'],
        nodes,
        nowMs: Date.now(),
        random,
        rootSigner: keyPairSigner(rootKey),
      }
      const consortium = await createConsortium(order)
      const known = consortium.nodes.map(({ name, entry }): KnownNode => {
        const { agreement, api } = entry.endpoints
        return { id: toHex(nodeIdOf(entry)), name, agreement, api, tlsFingerprint: toHex(entry.tlsFingerprint) }
      })
      for (const [index, issued] of consortium.nodes.entries()) {
        const self = known[index]?.id ?? assert.fail()
        const book = new PeerBook({ self, ownAgreement: issued.entry.endpoints.agreement })
        book.update(0, known, new Set(), 0)
        const key = keys.get(issued.name) ?? assert.fail()
        open.push(
          new TlsTransport({
            self,
            listen: { host: '127.0.0.1', port: ports[index] ?? 0 },
            tls: {
              keyPem: encodePem('PRIVATE KEY', privateKeyInfoOf(key)),
              certificatePem: encodePem('CERTIFICATE', issued.certificate),
              rootPem: encodePem('CERTIFICATE', consortium.rootCertificate),
            },
            peers: book.addresses(0),
          }),
        )
      }
      const linked = open.map((transport) => new Promise<string>((resolve) => transport.onPeer(resolve)))
      await Promise.all(open.map((transport) => transport.start()))
      assert.deepEqual(await Promise.all(linked), open.map((transport) => transport.self).reverse())
    })
  }
})

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
