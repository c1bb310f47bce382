import assert from 'node:assert/strict'
import { sha256 } from '@cresset/core-crypto'
import { RecordType } from '@cresset/dns-wire'
import { hostEntry, nameEntry, recordHash } from '../entries/name.ts'
import { readHost, readHosts, readName } from '../queries.ts'
import { stateKeys } from '../state-keys.ts'
import {
  keyPairFor,
  makeCertificate,
  makeServer,
  ownerOf,
  type PublishBody,
  publish,
  publishing,
  register,
  Scenario,
  textRecords,
} from '../testing/index.ts'
import { test } from '../testing/ledger-test.ts'

const nameKey = stateKeys.name('shop.acme')

function owned(): Scenario {
  const ledger = new Scenario()
  register(ledger, 'alice', 'shop.acme')
  return ledger
}

const text = (...texts: string[]) => ({ recordSets: [textRecords(...texts)] })
const web: PublishBody['services'] = [{ port: 8443, protocol: 'tcp', web: true }]
const target = Uint8Array.of(3, 0x6e, 0x73, 0x31, 7, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0)
const records = (type: number, ...data: Uint8Array[]) => ({ type, ttlSeconds: undefined, data })

/** Publishes on `ledger` and returns the code. */
function put(ledger: Scenario, host: string, content: Partial<PublishBody>): string {
  return publish(ledger, 'bob', publishing('shop.acme', host, content))
}

test('a host with a server, its certificate, services and record sets is published whole', async () => {
  const ledger = owned()
  const key = keyPairFor('host www.shop.acme', 'p256')
  const certificate = await makeCertificate(ledger, 'www.shop.acme', { key })
  const addresses = [
    [192, 0, 2, 1],
    [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ]
  const server = makeServer(ledger, 'shop.acme', 'www', { key, certificate, addresses })
  const content = { ttlSeconds: 60, servers: [server], services: web, ...text('hello') }
  assert.equal(put(ledger, 'www', content), 'ok')
  assert.deepEqual(ledger.last?.changedNames, ['www.shop.acme'])
  const host = readHost(ledger.state, 'shop.acme', 'www')
  const record = { name: 'shop.acme', host: 'www', revision: 1, predecessor: undefined, height: ledger.height }
  assert.deepEqual(host, { ...record, ...content, retiringKeys: [] })
})

test('publish replaces all of a host, and its record holds the hash of the one before', () => {
  const ledger = owned()
  put(ledger, 'www', text('one'))
  const first = readHost(ledger.state, 'shop.acme', 'www')
  const name = ledger.read(nameEntry, nameKey)
  assert.equal(put(ledger, 'www', text('two')), 'ok')
  const second = readHost(ledger.state, 'shop.acme', 'www')
  assert.deepEqual(second?.recordSets, text('two').recordSets)
  assert.equal(second?.revision, 2)
  assert.deepEqual(second?.predecessor, recordHash(hostEntry, first as NonNullable<typeof first>))
  assert.deepEqual(ledger.read(nameEntry, nameKey), name, 'the name lists the same hosts')
})

test('the record of a name holds the hash of its predecessor over all its owners', () => {
  const ledger = new Scenario({ parameters: { releaseDelayMs: 0 } })
  register(ledger, 'alice', 'shop.acme')
  const history = [ledger.read(nameEntry, nameKey)]
  const step = (change: () => void) => {
    change()
    history.push(ledger.read(nameEntry, nameKey))
  }
  step(() => put(ledger, 'www', text('one')))
  step(() => put(ledger, 'mail', text('two')))
  step(() => put(ledger, 'mail', {}))
  step(() => ledger.run('bob', { kind: 'cancel', body: { name: 'shop.acme' } }, { cosigners: [ownerOf('shop.acme')] }))
  step(() => register(ledger, 'carol', 'shop.acme', { owner: ledger.key('carol') }))
  for (const [index, entry] of history.entries()) {
    const before = history[index - 1]
    assert.equal(entry?.revision, index + 1)
    assert.deepEqual(entry?.predecessor, before === undefined ? undefined : recordHash(nameEntry, before))
  }
})

test('hosts are listed sorted, withdrawn by an empty publish, and gone with the name', () => {
  const ledger = owned()
  for (const host of ['www', '', '*', 'a.b', '_dmarc', '_sip._tcp'])
    assert.equal(put(ledger, host, text('x')), 'ok', host)
  const hosts = () => readName(ledger.state, 'shop.acme', ledger).entry?.registration?.hosts.map(({ host }) => host)
  assert.deepEqual(hosts(), ['', '*', '_dmarc', '_sip._tcp', 'a.b', 'www'])
  assert.equal(put(ledger, 'a.b', {}), 'ok')
  assert.deepEqual(ledger.last?.changedNames, ['a.b.shop.acme'])
  assert.deepEqual(hosts(), ['', '*', '_dmarc', '_sip._tcp', 'www'])
  const entry = readName(ledger.state, 'shop.acme', ledger).entry
  assert(entry !== undefined)
  assert.equal(readHosts(ledger.state, entry).length, 5)
  ledger.run('bob', { kind: 'cancel', body: { name: 'shop.acme' } }, { cosigners: [ownerOf('shop.acme')] })
  assert.deepEqual(ledger.scan().all('host'), [])
  assert.equal(ledger.last?.changedNames.length, 5)
})

test('only the primary key publishes; who pays does not matter', () => {
  const ledger = owned()
  const action = publishing('shop.acme', 'www', text('x'))
  assert.equal(ledger.run('alice', action), 'not-primary-key')
  assert.equal(ledger.run('alice', action, { cosigners: [ledger.key('bob')] }), 'not-primary-key')
  assert.equal(ledger.run('alice', action, { cosigners: [ownerOf('shop.acme')] }), 'ok')
})

test('a host key proof is for one host, one name, one owner and one chain', () => {
  const ledger = owned()
  register(ledger, 'alice', 'other.acme', { owner: ownerOf('shop.acme') })
  const proofOf = (server: ReturnType<typeof makeServer>) => put(ledger, 'www', { servers: [server] })
  assert.equal(proofOf(makeServer(ledger, 'shop.acme', 'www')), 'ok')
  assert.equal(proofOf(makeServer(ledger, 'shop.acme', 'mail')), 'host-key-proof-bad')
  assert.equal(proofOf(makeServer(ledger, 'other.acme', 'www', { owner: ownerOf('shop.acme') })), 'host-key-proof-bad')
  assert.equal(proofOf(makeServer(ledger, 'shop.acme', 'www', { owner: ledger.key('bob') })), 'host-key-proof-bad')
  const other = new Scenario({ chainId: 'other-0000000000000000' })
  assert.equal(proofOf(makeServer(other, 'shop.acme', 'www')), 'host-key-proof-bad')
})

test('the first publish must show the certificate of the registration, later ones need not', async () => {
  const ledger = new Scenario()
  const key = keyPairFor('host www.shop.acme', 'p256')
  const certificate = await makeCertificate(ledger, 'www.shop.acme', { key })
  const right = { issuerKey: key.publicKey, digest: sha256(certificate) }
  const server = makeServer(ledger, 'shop.acme', 'www', { key, certificate })
  register(ledger, 'alice', 'shop.acme', { certificateInformation: right })
  assert.equal(put(ledger, 'www', text('x')), 'certificate-not-as-registered')
  assert.equal(
    put(ledger, 'www', { servers: [makeServer(ledger, 'shop.acme', 'www', { key })] }),
    'certificate-not-as-registered',
  )
  assert.equal(put(ledger, 'www', { servers: [server] }), 'ok')
  assert.equal(readName(ledger.state, 'shop.acme', ledger).entry?.registration?.certificateInformation, undefined)
  assert.equal(put(ledger, 'mail', text('x')), 'ok')

  const other = new Scenario()
  const wrongIssuer = { ...right, issuerKey: keyPairFor('another', 'p256').publicKey }
  register(other, 'alice', 'shop.acme', { certificateInformation: wrongIssuer })
  assert.equal(put(other, 'www', { servers: [server] }), 'certificate-not-as-registered')
})

test('CNAME stands alone, and NS is no record set', () => {
  const ledger = owned()
  const cname = records(RecordType.CNAME, target)
  for (const host of ['', '*', 'sub', '_tcp.www']) {
    assert.equal(put(ledger, host, { recordSets: [records(RecordType.NS, target)] }), 'record-type-refused', host)
  }
  assert.equal(put(ledger, 'alias', { recordSets: [cname] }), 'ok')
  const server = makeServer(ledger, 'shop.acme', 'alias')
  assert.equal(put(ledger, 'alias', { servers: [server], recordSets: [cname] }), 'cname-not-alone')
  const two = records(RecordType.CNAME, target, Uint8Array.of(1, 0x61, 0))
  assert.equal(put(ledger, 'alias', { recordSets: [two] }), 'cname-not-alone')
})

test('addresses: what no client can connect to is refused', () => {
  const ledger = owned()
  const six = (...end: number[]) => [...new Array(16 - end.length).fill(0), ...end]
  const verdict = (address: number[]) =>
    put(ledger, 'www', { servers: [makeServer(ledger, 'shop.acme', 'www', { addresses: [address] })] })
  for (const address of [[127, 0, 0, 1], [10, 0, 0, 1], [240, 0, 0, 1], six(1), [0xfe, 0x80, ...six(1).slice(2)]]) {
    assert.equal(verdict(address), 'ok', `${address}`)
  }
  const refused = [[0, 1, 2, 3], [224, 0, 0, 1], [239, 1, 1, 1], [255, 255, 255, 255], [1, 2, 3, 4, 5], six(0), six(2)]
  refused.push(six(0xff, 0xff, 192, 0, 2, 1), [0xff, 2, ...six(1).slice(2)])
  for (const address of refused) assert.equal(verdict(address), 'address-bad', `${address}`)
})

test('services need a server, a port, and no wildcard', () => {
  const ledger = owned()
  const at = (host: string, services: PublishBody['services'], hasServer = true) =>
    put(ledger, host, { services, ...(hasServer ? { servers: [makeServer(ledger, 'shop.acme', host)] } : text('x')) })
  assert.equal(at('www', web), 'ok')
  assert.equal(at('www', [...web, { port: 8443, protocol: 'udp', web: false }]), 'ok')
  assert.equal(at('www', web, false), 'service-bad')
  assert.equal(at('*', web), 'service-bad')
  assert.equal(at('*', []), 'ok')
  assert.equal(at('www', [{ port: 0, protocol: 'tcp', web: false }]), 'service-bad')
})

test('the longest host is one whose service records still fit DNS', () => {
  const ledger = owned()
  const hostOf = (bytes: number) => `${'a'.repeat(bytes % 2 === 0 ? 2 : 1)}${'.a'.repeat(Math.ceil(bytes / 2) - 1)}`
  const spare = 253 - '.shop.acme'.length
  const withServices = (host: string) =>
    put(ledger, host, { services: web, servers: [makeServer(ledger, 'shop.acme', host)] })
  assert.equal(put(ledger, hostOf(spare), text('x')), 'ok')
  assert.equal(put(ledger, hostOf(spare + 1), text('x')), 'host-too-long')
  assert.equal(withServices(hostOf(spare - 12)), 'ok')
  assert.equal(withServices(hostOf(spare - 11)), 'host-too-long')
})

test('labels of hosts', () => {
  const ledger = owned()
  for (const host of ['_a._b.www', '*.www', 'xn--bcher-kva', '_acme-challenge', 'a'.repeat(63), `_${'a'.repeat(62)}`]) {
    assert.equal(put(ledger, host, text('x')), 'ok', host)
  }
  for (const host of [
    'WWW',
    'a..b',
    '.a',
    'a.',
    'w*',
    'a.*',
    '_',
    '__a',
    '_8443._tcp',
    '_1',
    'a_b',
    'a'.repeat(64),
    `_${'a'.repeat(63)}`,
    'xn--0',
  ]) {
    assert.equal(put(ledger, host, text('x')), 'host-label', host)
  }
})
