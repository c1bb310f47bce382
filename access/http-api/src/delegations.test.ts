import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Client, delegationAction, domainCertificateAction, encryptionKeyAction } from '@cresset/access-client'
import { buildAuthorityCertificate, readCertificate } from '@cresset/core-certificates'
import { fromBase64Url, toHex } from '@cresset/core-codec'
import { generateKeyPair, keyPairSigner } from '@cresset/core-crypto'
import { type Action, readDelegationAbove, readDomainCertificate } from '@cresset/core-ledger'
import { TestNode } from './testing/test-node.ts'

let node: TestNode
let domain: Uint8Array
before(async () => {
  node = await TestNode.start()
  const { seal, reveal } = node.ledger.registration(0, 0, 'shop.acme')
  await submit(seal)
  await submit(reveal)
  const key = generateKeyPair('p256', new Uint8Array(32).fill(1))
  const life = { nowMs: node.nowMs, random: new Uint8Array(16) }
  const authority = { kind: 'domain' as const, subtree: 'shop.acme', publicKey: key.publicKey, ...life }
  domain = await buildAuthorityCertificate(authority, keyPairSigner(key))
  const below = {
    kind: 'delegated' as const,
    subtree: 't.shop.acme',
    publicKey: key.publicKey,
    issuer: readCertificate(domain),
    ...life,
  }
  const certificate = await buildAuthorityCertificate(below, keyPairSigner(key))
  const servers = [{ name: 'ns.t.shop.acme', addresses: [Uint8Array.of(192, 0, 2, 1)] }]
  const place = { zone: 'acme', name: 'shop.acme', host: 't' }
  await act(2, domainCertificateAction('shop.acme', domain))
  await act(3, delegationAction(place, { servers, certificate }))
  await act(4, encryptionKeyAction('shop.acme', Uint8Array.of(9, ...new Uint8Array(31))))
})
after(() => node.close())

const get = (url: string) => node.app.inject({ method: 'GET', url })
const act = (sequence: number, action: Action) =>
  submit(node.ledger.sign(node.ledger.users[0] as (typeof node.ledger.users)[number], sequence, action))
async function submit(bytes: Uint8Array): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream' }
  const url = '/v1/transactions?wait=final'
  const answer = await node.app.inject({ method: 'POST', url, headers, payload: Buffer.from(bytes) })
  assert.equal(answer.json().code, 'ok', answer.body)
}

test('the domain certificate of a name, and 404 or a proven nothing where there is none', async () => {
  assert.equal((await get('/v1/names/shop.acme/certificate')).json().value.certificate, toHex(domain))
  assert.equal((await get('/v1/names/none.acme/certificate')).statusCode, 404)
  const absent = (await get('/v1/names/none.acme/certificate?proof=true')).json()
  assert.equal(absent.value, null)
  assert.ok(fromBase64Url(absent.proof.finality).length > 100)
})

test('delegations of a name, and the one that answers for a host', async () => {
  const listed = (await get('/v1/names/shop.acme/delegations')).json().value
  assert.deepEqual(
    listed.delegations.map(({ host }: { host: string }) => host),
    ['t'],
  )
  assert.deepEqual((await get('/v1/names/none.acme/delegations')).json().value, { delegations: [] })
  for (const host of ['t.shop.acme', 'a.b.t.shop.acme'])
    assert.equal((await get(`/v1/delegations/${host}`)).json().value.host, 't', host)
  for (const host of ['shop.acme', 'www.shop.acme', 'xt.shop.acme', 'example.org'])
    assert.equal((await get(`/v1/delegations/${host}`)).statusCode, 404, host)
})

test('the client proves them, present and absent', async () => {
  const client = new Client({
    genesis: node.ledger.genesis,
    nodes: ['http://node.test'],
    now: () => node.nowMs,
    fetch: node.fetch,
  })
  const certificate = await client.query(
    (view) => readDomainCertificate(view, 'shop.acme'),
    '/v1/names/shop.acme/certificate',
  )
  assert.deepEqual(certificate.value?.certificate, domain)
  const above = (host: string) =>
    client.query(
      (view, at) => readDelegationAbove(view, { name: 'shop.acme', host }, at),
      `/v1/delegations/${host}.shop.acme`,
    )
  assert.equal((await above('a.t')).value?.servers[0]?.name, 'ns.t.shop.acme')
  assert.equal((await above('www')).value, undefined)
})
