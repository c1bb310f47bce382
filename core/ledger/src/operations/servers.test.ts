import assert from 'node:assert/strict'
import { hostEntry, recordHash } from '../entries/name.ts'
import { readHost, readName } from '../queries.ts'
import { continuesChain } from '../record-chain.ts'
import {
  adding,
  keyPairFor,
  makeCertificate,
  makeServer,
  ownerOf,
  publish,
  publishing,
  register,
  Scenario,
  serverKey,
  textRecords,
  withdrawing,
} from '../testing/index.ts'
import { test } from '../testing/ledger-test.ts'

const name = 'shop.acme'
const services = [{ port: 443, protocol: 'tcp' as const, web: true }]

/** `www` with one server, the first. */
function published(): Scenario {
  const ledger = new Scenario()
  register(ledger, 'alice', name)
  const servers = [makeServer(ledger, name, 'www', { key: serverKey(1), addresses: [[127, 0, 0, 1]] })]
  assert.equal(publish(ledger, 'alice', publishing(name, 'www', { servers, services })), 'ok')
  return ledger
}

const run = (ledger: Scenario, action: Parameters<typeof publish>[2]) => publish(ledger, 'alice', action)
const www = (ledger: Scenario) => readHost(ledger.state, name, 'www')
const keysOf = (list: readonly { publicKey: Uint8Array }[] | undefined) =>
  list?.map(({ publicKey }) =>
    [1, 2, 3, 4, 5].find((number) => serverKey(number).publicKey.join() === publicKey.join()),
  )
const servers = (ledger: Scenario) => keysOf(www(ledger)?.servers)
const retiring = (ledger: Scenario) => keysOf(www(ledger)?.retiringKeys)

test('servers come and go one by one; the rest of the host stays', () => {
  const ledger = published()
  const before = www(ledger)
  assert.equal(run(ledger, adding(ledger, name, 'www', 2)), 'ok')
  assert.deepEqual(ledger.last?.changedNames, ['www.shop.acme'])
  assert.deepEqual(servers(ledger), [1, 2])
  assert.deepEqual(www(ledger)?.services, services)
  assert.deepEqual(www(ledger)?.predecessor, recordHash(hostEntry, before as NonNullable<typeof before>))
  assert.equal(run(ledger, withdrawing(name, 'www', 1)), 'ok')
  assert.deepEqual(servers(ledger), [2])
  assert.equal(readName(ledger.state, name, ledger).entry?.registration?.hosts[0]?.addresses, 1)
})

test('with the last server go its services, and with nothing left the host', () => {
  const ledger = published()
  const copy = ledger.copy()
  assert.equal(run(ledger, withdrawing(name, 'www', 1)), 'ok')
  assert.equal(www(ledger), undefined)
  assert.deepEqual(readName(ledger.state, name, ledger).entry?.registration?.hosts, [])
  assert.deepEqual(
    ledger.last?.receipts[0]?.events.map(({ kind }) => kind),
    ['serverWithdrawn', 'hostWithdrawn'],
  )

  const content = { servers: www(copy)?.servers ?? [], services, recordSets: [textRecords('x')] }
  assert.equal(run(copy, publishing(name, 'www', content)), 'ok')
  assert.equal(run(copy, withdrawing(name, 'www', 1, '1h')), 'ok')
  assert.deepEqual([servers(copy), www(copy)?.services, retiring(copy)], [[], [], []])
})

test('a server replaces itself with a new certificate, and another one by its key', async () => {
  const ledger = published()
  const replaces = serverKey(1).publicKey
  const certificate = await makeCertificate(ledger, 'www.shop.acme', { key: serverKey(1) })
  assert.equal(run(ledger, adding(ledger, name, 'www', 1, { replaces, certificate, keyOverlap: '1h' })), 'ok')
  assert.deepEqual([servers(ledger), retiring(ledger)], [[1], []])
  assert.deepEqual(www(ledger)?.servers[0]?.certificate, certificate)
  assert.equal(run(ledger, adding(ledger, name, 'www', 2, { replaces: serverKey(3).publicKey })), 'server-unknown')
  assert.equal(run(ledger, adding(ledger, name, 'www', 2, { replaces })), 'ok')
  assert.deepEqual(servers(ledger), [2])
})

test('only a published host takes a server, only from the owner of its name, and only beside what leaves it room', () => {
  const ledger = published()
  assert.equal(run(ledger, adding(ledger, name, 'mail', 2)), 'host-unknown')
  assert.equal(ledger.run('alice', adding(ledger, name, 'www', 2)), 'not-primary-key')
  assert.equal(ledger.run('alice', withdrawing(name, 'www', 1)), 'not-primary-key')
  assert.equal(run(ledger, adding(ledger, name, 'www', 2, { owner: ledger.key('bob') })), 'host-key-proof-bad')
  const alias = { type: 5, ttlSeconds: undefined, data: [Uint8Array.of(3, 0x77, 0x77, 0x77, 0)] }
  assert.equal(run(ledger, publishing(name, 'alias', { recordSets: [alias] })), 'ok')
  assert.equal(run(ledger, adding(ledger, name, 'alias', 2)), 'cname-not-alone')
})

test('an old key stays beside the new one for the stated time, then the sweep ends it and tells DNS', () => {
  const ledger = published()
  const replaces = serverKey(1).publicKey
  assert.equal(run(ledger, adding(ledger, name, 'www', 2, { replaces, keyOverlap: '1m' })), 'ok')
  assert.deepEqual([servers(ledger), retiring(ledger)], [[2], [1]])
  const endsAtMs = ledger.timeMs + 60_000
  while (ledger.timeMs < endsAtMs - 10_000) {
    const { changes, changedNames } = ledger.block([], 10_000)
    assert.deepEqual([changes.length, changedNames], [0, []], 'an idle block leaves the root alone')
  }
  const before = www(ledger)
  const { events, changedNames } = ledger.block([], 10_000)
  assert.deepEqual(events, [{ kind: 'hostKeysEnded', body: { name, host: 'www' } }])
  assert.deepEqual(changedNames, ['www.shop.acme'])
  assert.deepEqual([servers(ledger), retiring(ledger), www(ledger)?.revision], [[2], [], (before?.revision ?? 0) + 1])
  assert.deepEqual(ledger.scan().all('retirement'), [])
})

test('publish overlaps too; a stolen key ends at once, and with it those of earlier changes', () => {
  const ledger = published()
  const put = (number: number, keyOverlap: '1h' | '10m' | 'none') =>
    run(
      ledger,
      publishing(name, 'www', {
        servers: [makeServer(ledger, name, 'www', { key: serverKey(number) })],
        services,
        keyOverlap,
      }),
    )
  assert.equal(put(2, '1h'), 'ok')
  assert.equal(put(3, '10m'), 'ok')
  assert.deepEqual(retiring(ledger), [1, 2])
  for (let blocks = 0; blocks < 61; blocks++) ledger.block([], 10_000)
  assert.deepEqual(retiring(ledger), [1], 'each ends at its own time')
  assert.equal(put(1, '10m'), 'ok')
  assert.deepEqual([servers(ledger), retiring(ledger)], [[1], [3]], 'a key that is back retires no more')
  assert.equal(put(4, 'none'), 'ok')
  assert.deepEqual([servers(ledger), retiring(ledger)], [[4], []])
  for (let blocks = 0; blocks < 400; blocks++) ledger.block([], 10_000)
  assert.deepEqual(ledger.scan().all('retirement'), [], 'nothing waits for a host that has no old keys')
})

test('a host that ended while its old keys waited, and a name that ended', () => {
  const ledger = published()
  run(ledger, adding(ledger, name, 'www', 2, { replaces: serverKey(1).publicKey, keyOverlap: '1m' }))
  const copy = ledger.copy()
  assert.equal(run(ledger, publishing(name, 'www', {})), 'ok')
  assert.equal(copy.run('bob', { kind: 'cancel', body: { name } }, { cosigners: [ownerOf(name)] }), 'ok')
  for (const each of [ledger, copy]) {
    for (let blocks = 0; blocks < 7; blocks++) each.block([], 10_000)
    assert.deepEqual(each.scan().all('retirement'), [])
    assert.equal(www(each), undefined)
  }
})

test('many old keys that end at once end over several blocks, in the order in which they began', () => {
  const ledger = new Scenario({ funds: 10_000_000_000n })
  for (const index of [0, 1, 2, 3]) register(ledger, 'alice', `n${index}.acme`)
  const each = (of: (name: string, host: string) => Parameters<typeof publish>[2]) => {
    for (const index of [0, 1, 2, 3]) {
      const actions = Array.from({ length: 60 }, (_, host) => of(`n${index}.acme`, `h${host}`))
      const cosigners = [ownerOf(`n${index}.acme`)]
      const { receipts } = ledger.block(
        actions.map((action) => ledger.transaction('alice', action, { cosigners })),
        1,
      )
      assert(receipts.every(({ code }) => code === 'ok'))
    }
  }
  // 480 proofs: Ed25519 signs them in a tenth of the time.
  const put = (number: number) => (of: string, host: string) =>
    publishing(of, host, {
      servers: [makeServer(ledger, of, host, { key: keyPairFor(`retiring ${number}`) })],
      keyOverlap: '1m',
    })
  each(put(1))
  each(put(2))
  const ended = () => ledger.block([], 10_000).events.length
  for (let blocks = 0; blocks < 5; blocks++) assert.equal(ended(), 0)
  assert.deepEqual([ended(), ended(), ended()], [200, 40, 0])
})

test('records that were replaced are handed out, and prove each other from the newest back', () => {
  const ledger = new Scenario()
  register(ledger, 'alice', name)
  const replaced: Uint8Array[] = []
  const put = (...texts: string[]) => {
    const actions = texts.map((text) => publishing(name, 'www', { recordSets: [textRecords(text)] }))
    const cosigners = [ownerOf(name)]
    replaced.push(
      ...ledger.block(actions.map((action) => ledger.transaction('alice', action, { cosigners }))).replacedRecords,
    )
  }
  put('one')
  // Also a record that lived within one block.
  put('two', 'three')
  put('four')
  const hosts = replaced.filter((bytes) => bytes[2] === 16).reverse()
  assert.equal(hosts.length, 3)
  const history = continuesChain(www(ledger)?.predecessor, hosts)
  assert.deepEqual(
    history?.map(({ value }) => value.revision),
    [3, 2, 1],
  )
  assert.equal(continuesChain(www(ledger)?.predecessor, hosts.slice(1)), undefined, 'a record left out')
  assert.equal(continuesChain(www(ledger)?.predecessor, [...hosts].reverse()), undefined)
  const forged = hosts.map((bytes, index) => (index === 1 ? bytes.with(-1, 0x81) : bytes))
  assert.equal(continuesChain(www(ledger)?.predecessor, forged), undefined)
})
