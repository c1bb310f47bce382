import assert from 'node:assert/strict'
import { test } from 'node:test'
import { validatorsOf } from '@cresset/core-chain'
import { equalBytes, toHex } from '@cresset/core-codec'
import { accountOf, signSync } from '@cresset/core-crypto'
import {
  type Action,
  changeDigest,
  hostKeyBytes,
  type LedgerChange,
  parametersEntry,
  readNodes,
  stateKeys,
} from '@cresset/core-ledger'
import { formatName, formatRecordType, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { LedgerApplication } from '@cresset/network-application'
import { genesisTimeMs, TestLedger, testKey } from '@cresset/network-application/testing'
import { openMemoryStore } from '@cresset/network-storage'
import { DnsPlane } from './dns-plane.ts'

const apex = parseAbsoluteName('acme')

function planeOf(ledger: TestLedger, application: LedgerApplication, nowMs = genesisTimeMs): DnsPlane {
  const { height, timeMs } = application.head
  return new DnsPlane({ genesis: ledger.genesis, queries: application.queries, height, timeMs, nowMs })
}

/** Every RRset of the zone as text, sorted. */
function dump(plane: DnsPlane): string[] {
  return [...plane.source.zone(apex)!.rrsets()]
    .map(({ owner, type, ttl, rdatas }) => `${toHex(owner)} ${type} ${ttl} ${rdatas.map(toHex).sort().join(' ')}`)
    .sort()
}

function publishing(
  ledger: TestLedger,
  user: number,
  sequence: number,
  name: string,
  host: string,
  last: number,
): Uint8Array {
  const pair = ledger.users[user]!
  const key = testKey(`host ${host}.${name}`)
  const action: Action = {
    kind: 'publish',
    body: {
      name,
      host,
      ttlSeconds: 60,
      servers:
        last === 0
          ? []
          : [
              {
                addresses: [Uint8Array.of(192, 0, 2, last)],
                publicKey: key.publicKey,
                keyProof: signSync(key, hostKeyBytes(ledger.chainId, name, host, pair.publicKey)),
                certificate: undefined,
                weight: 1,
              },
            ],
      services: last === 0 ? [] : [{ port: 443, protocol: 'tcp', web: true }],
      recordSets: [],
      keyOverlap: '10m',
    },
  }
  return ledger.sign(pair, sequence, action)
}

test('each commit changes what it names, and the zone is always that of a start from the state', async () => {
  const ledger = new TestLedger()
  const application = await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis })
  const plane = planeOf(ledger, application)
  application.feed.onCommit((event) => plane.commit(event, event.timeMs))
  const names = [ledger.registration(0, 0, 'shop.acme'), ledger.registration(1, 0, 'art.acme')]
  const commit = async (...transactions: Uint8Array[]): Promise<void> => {
    const codes = await ledger.commit(application, transactions)
    assert.ok(
      codes.every((code) => code === 'ok'),
      codes.join(),
    )
    assert.deepEqual(dump(plane), dump(planeOf(ledger, application)), `after block ${application.head.height}`)
  }
  const types = (owner: string): number[] =>
    [...plane.source.zone(apex)!.rrsets()]
      .filter((rrset) => toHex(rrset.owner) === toHex(parseAbsoluteName(owner)))
      .map(({ type }) => type)

  await commit(...names.map(({ seal }) => seal))
  await commit(...names.map(({ reveal }) => reveal))
  await commit(publishing(ledger, 0, 2, 'shop.acme', 'www', 1), publishing(ledger, 1, 2, 'art.acme', '', 2))
  assert.equal(plane.serial('acme'), 3)
  assert.deepEqual(types('www.shop.acme').sort(), [RecordType.A, RecordType.HTTPS].sort())
  assert.deepEqual(types('_443._tcp.www.shop.acme'), [RecordType.TLSA])
  assert.deepEqual(types('art.acme').sort(), [RecordType.A, RecordType.HTTPS].sort())

  const { generation } = plane.source
  await commit()
  await commit(ledger.transfer(5, 0, 6, 1n))
  assert.equal(plane.source.generation, generation, 'blocks that publish nothing change nothing')
  assert.equal(plane.serial('acme'), 3)

  await commit(publishing(ledger, 0, 3, 'shop.acme', 'www', 9))
  assert.equal(plane.serial('acme'), 6)
  await commit(publishing(ledger, 0, 4, 'shop.acme', 'www', 0))
  assert.deepEqual(types('www.shop.acme'), [])
  await commit(ledger.sign(ledger.users[1]!, 3, { kind: 'cancel', body: { name: 'art.acme' } }))
  assert.deepEqual(types('art.acme'), [])
  assert.equal(plane.serial('acme'), 8)
})

test('an address is called what its holder confirmed, until the host leaves it', async () => {
  const holder = accountOf(new TestLedger().users[2]!.publicKey)
  const range = { prefix: Uint8Array.of(192, 0, 2, 0), prefixBits: 24, organization: 'Acme', holder }
  const ledger = new TestLedger(8, {}, [range])
  const application = await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis })
  const plane = planeOf(ledger, application)
  application.feed.onCommit((event) => plane.commit(event, event.timeMs))
  const zone = parseAbsoluteName('2.0.192.in-addr.arpa')
  const pointers = (of: DnsPlane): string[] =>
    [...of.source.zone(zone)!.rrsets()]
      .filter(({ type }) => type === RecordType.PTR)
      .flatMap(({ owner, rdatas }) => rdatas.map((rdata) => `${formatName(owner)} ${formatName(rdata)}`))
  const commit = async (...transactions: Uint8Array[]): Promise<void> => {
    const codes = await ledger.commit(application, transactions)
    assert.ok(
      codes.every((code) => code === 'ok'),
      codes.join(),
    )
    const again = planeOf(ledger, application)
    assert.deepEqual(pointers(again), pointers(plane), 'as at a start from the state')
    assert.equal(again.serial('2.0.192.in-addr.arpa'), plane.serial('2.0.192.in-addr.arpa'))
  }
  const { seal, reveal } = ledger.registration(0, 0, 'shop.acme')
  await commit(seal)
  await commit(reveal)
  await commit(publishing(ledger, 0, 2, 'shop.acme', 'www', 7))
  assert.deepEqual(pointers(plane), [], 'a claim is not enough')
  const body = { address: Uint8Array.of(192, 0, 2, 7), name: 'shop.acme', host: 'www', isConfirmed: true }
  await commit(ledger.sign(ledger.users[2]!, 0, { kind: 'confirmAddress', body }))
  assert.deepEqual(pointers(plane), ['7.2.0.192.in-addr.arpa. www.shop.acme.'])
  assert.deepEqual([plane.serial('2.0.192.in-addr.arpa'), plane.serial('acme')], [4, 3])
  await commit(publishing(ledger, 0, 3, 'shop.acme', 'www', 8))
  assert.deepEqual(pointers(plane), [])
})

test('a delegation is shown as NS and glue, and nothing of the name stays below it', async () => {
  const ledger = new TestLedger()
  const application = await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis })
  const plane = planeOf(ledger, application)
  application.feed.onCommit((event) => plane.commit(event, event.timeMs))
  const { seal, reveal } = ledger.registration(0, 0, 'shop.acme')
  await ledger.commit(application, [seal])
  await ledger.commit(application, [reveal])
  const place = { name: 'shop.acme', host: 't' }
  const servers = [
    { name: 'ns.t.shop.acme', addresses: [Uint8Array.of(192, 0, 2, 1)] },
    { name: 'ns.example', addresses: [] },
  ]
  const content = { servers, ttlSeconds: undefined, signers: [], updateKey: undefined, certificate: undefined }
  const set = (sequence: number, delegation: typeof content | undefined) =>
    ledger.sign(ledger.users[0]!, sequence, { kind: 'setDelegation', body: { ...place, delegation } })
  const below = (): string[] =>
    [...plane.source.zone(apex)!.rrsets()]
      .filter(({ owner }) => formatName(owner).endsWith('t.shop.acme.'))
      .map(({ owner, type, rdatas }) => `${formatName(owner)} ${formatRecordType(type)} ${rdatas.length}`)
      .sort()
  await ledger.commit(application, [set(2, content)])
  assert.deepEqual(below(), ['ns.t.shop.acme. A 1', 't.shop.acme. NS 2'])
  assert.deepEqual(dump(plane), dump(planeOf(ledger, application)), 'as after a restart')
  assert.deepEqual(await ledger.commit(application, [publishing(ledger, 0, 3, 'shop.acme', 'www.t', 1)]), [
    'below-delegation',
  ])
  await ledger.commit(application, [set(4, undefined)])
  assert.deepEqual(below(), [])
})

test('the first block of an hour of block time gives a new serial', async () => {
  const ledger = new TestLedger()
  const application = await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis })
  const plane = planeOf(ledger, application)
  application.feed.onCommit((event) => plane.commit(event, event.timeMs))
  const hourMs = 3_600_000
  const nextHourMs = Math.ceil((genesisTimeMs + 1) / hourMs) * hourMs
  await ledger.commit(application, [], nextHourMs - 2)
  assert.equal(plane.serial('acme'), 0)
  await ledger.commit(application, [], nextHourMs + 5)
  assert.equal(plane.serial('acme'), 2)
  await ledger.commit(application, [], nextHourMs + 6)
  assert.equal(plane.serial('acme'), 2)
  assert.equal(planeOf(ledger, application).serial('acme'), 2, 'also after a restart')
})

test('data without a certified block for SOA EXPIRE is stale, until one comes that is not as old itself', async () => {
  const ledger = new TestLedger()
  const application = await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis })
  const expireMs = ledger.genesis.parameters.soaExpireSeconds * 1_000
  const plane = planeOf(ledger, application, genesisTimeMs + expireMs)
  assert.equal(plane.source.isStale, false)
  plane.checkFreshness(genesisTimeMs + expireMs + 1)
  assert.equal(plane.source.isStale, true)
  let nowMs = genesisTimeMs + 3 * expireMs
  application.feed.onCommit((event) => plane.commit(event, nowMs))
  await ledger.commit(application, [], genesisTimeMs + expireMs)
  assert.equal(plane.source.isStale, true, 'caught up to a block that is too old')
  await ledger.commit(application, [], genesisTimeMs + 2 * expireMs)
  assert.equal(plane.source.isStale, false)
  nowMs += expireMs + 1
  plane.checkFreshness(nowMs)
  assert.equal(plane.source.isStale, true)
})

test('a name that cannot be shown is left out and told; the others stay', async () => {
  const ledger = new TestLedger()
  const application = await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis })
  const names = [ledger.registration(0, 0, 'shop.acme'), ledger.registration(1, 0, 'art.acme')]
  await ledger.commit(
    application,
    names.map(({ seal }) => seal),
  )
  await ledger.commit(
    application,
    names.map(({ reveal }) => reveal),
  )
  await ledger.commit(application, [
    publishing(ledger, 0, 2, 'shop.acme', 'www', 1),
    publishing(ledger, 1, 2, 'art.acme', 'www', 2),
  ])
  const { queries, head } = application
  // A state that lacks what it lists: a broken invariant of one name.
  const lacking = toHex(stateKeys.host('shop.acme', 'www'))
  const broken = new Proxy(queries, {
    get: (target, property) =>
      property === 'view'
        ? () => {
            const view = target.view()
            return { get: (key: Uint8Array) => (toHex(key) === lacking ? undefined : view.get(key)) }
          }
        : Reflect.get(target, property).bind(target),
  })
  const told: string[] = []
  const plane = new DnsPlane({
    genesis: ledger.genesis,
    queries: broken,
    height: head.height,
    timeMs: head.timeMs,
    nowMs: head.timeMs,
    onProblem: (name) => told.push(name),
  })
  assert.deepEqual(told, ['shop.acme'])
  const owners = [...plane.source.zone(apex)!.rrsets()].map(({ owner }) => toHex(owner))
  assert.ok(owners.includes(toHex(parseAbsoluteName('www.art.acme'))))
  assert.ok(!owners.includes(toHex(parseAbsoluteName('www.shop.acme'))))
})

test('a vote on the time to live changes every record, under a new serial', async () => {
  const ledger = new TestLedger()
  const application = await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis })
  const { seal, reveal } = ledger.registration(0, 0, 'shop.acme')
  await ledger.commit(application, [seal])
  await ledger.commit(application, [reveal, publishing(ledger, 0, 2, 'shop.acme', '', 1)])
  let ttlSeconds: number | undefined
  const view = (height?: number) => {
    const before = application.queries.view(height)
    const get = (key: Uint8Array): Uint8Array | undefined => {
      const value = before.get(key)
      if (ttlSeconds === undefined || value === undefined || !equalBytes(key, stateKeys.parameters)) return value
      return parametersEntry.codec.encode({ ...parametersEntry.codec.decode(value), defaultTtlSeconds: ttlSeconds })
    }
    return { get }
  }
  const queries = new Proxy(application.queries, {
    get(target, property) {
      if (property === 'view') return view
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const { height, timeMs } = application.head
  const plane = new DnsPlane({ genesis: ledger.genesis, queries, height, timeMs, nowMs: timeMs })
  const ttls = () => [...plane.source.zone(apex)!.rrsets()].map(({ ttl }) => ttl)
  assert.ok(ttls().includes(300) && !ttls().includes(77))
  ttlSeconds = 77
  await ledger.commit(application, [])
  const event = application.feed.event(height + 1)!
  const changed = { kind: 'parametersChanged' as const, body: { names: ['defaultTtlSeconds'] } }
  plane.commit({ ...event, blockEvents: [changed] }, event.timeMs)
  assert.ok(ttls().includes(77) && !ttls().includes(300))
  assert.equal(plane.serial('acme'), height + 1)
})

test('what is gone in the block of a vote on parameters is shown no more', async () => {
  const holder = accountOf(new TestLedger().users[2]!.publicKey)
  const range = { prefix: Uint8Array.of(192, 0, 2, 0), prefixBits: 24, organization: 'Acme', holder }
  const ledger = new TestLedger(8, {}, [range])
  const application = await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis })
  const [shop, art] = [ledger.registration(0, 0, 'shop.acme'), ledger.registration(1, 0, 'art.acme')]
  await ledger.commit(application, [shop.seal, art.seal])
  await ledger.commit(application, [shop.reveal, art.reveal])
  await ledger.commit(application, [
    publishing(ledger, 0, 2, 'shop.acme', 'www', 7),
    publishing(ledger, 1, 2, 'art.acme', 'www', 8),
  ])
  const body = { address: Uint8Array.of(192, 0, 2, 7), name: 'shop.acme', host: 'www', isConfirmed: true }
  await ledger.commit(application, [ledger.sign(ledger.users[2]!, 0, { kind: 'confirmAddress', body })])
  const plane = planeOf(ledger, application)
  const cancel = ledger.sign(ledger.users[0]!, 3, { kind: 'cancel', body: { name: 'shop.acme' } })
  assert.deepEqual(await ledger.commit(application, [cancel]), ['ok'])
  const event = application.feed.event(application.head.height)!
  const changed = { kind: 'parametersChanged' as const, body: { names: ['fees'] } }
  plane.commit({ ...event, blockEvents: [changed] }, event.timeMs)
  const again = planeOf(ledger, application)
  assert.deepEqual(dump(plane), dump(again))
  const reverse = parseAbsoluteName('2.0.192.in-addr.arpa')
  const count = (of: DnsPlane): number | undefined => of.source.zone(reverse)?.rrsetCount
  assert.deepEqual(count(plane), count(again))
})

test('name servers follow the nodes of the ledger: one moves, one is removed, and a restored state is shown', async () => {
  const ledger = new TestLedger()
  const application = await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis })
  const plane = planeOf(ledger, application)
  application.feed.onCommit((event) => plane.commit(event, event.timeMs))
  const nodes = ['ada', 'bob', 'cyd', 'dan'].map((name) => testKey(`identity ${name}`))
  const idOf = (index: number): Uint8Array => accountOf(nodes[index]!.publicKey)
  const paying = nodes.map(({ publicKey }, index) => {
    const body = { to: accountOf(publicKey), amount: 1_000_000n, memo: new Uint8Array(0) }
    return ledger.sign(ledger.users[0]!, index, { kind: 'transfer', body })
  })
  assert.deepEqual(await ledger.commit(application, paying), ['ok', 'ok', 'ok', 'ok'])
  let number = 0
  const decide = async (change: LedgerChange): Promise<void> => {
    number++
    const propose: Action = { kind: 'propose', body: { node: idOf(0), change } }
    const votes = [1, 2].map((index): Uint8Array => {
      const body = { node: idOf(index), proposal: number, change: changeDigest(change), isYes: true }
      return ledger.sign(nodes[index]!, number - 1, { kind: 'vote', body })
    })
    assert.deepEqual(await ledger.commit(application, [ledger.sign(nodes[0]!, number - 1, propose)]), ['ok'])
    assert.deepEqual(await ledger.commit(application, votes), ['ok', 'ok'])
  }
  const lines = (): string[] =>
    [...plane.source.zone(apex)!.rrsets()]
      .flatMap(({ owner, type, rdatas }) => rdatas.map((rdata) => `${formatName(owner)} ${type} ${toHex(rdata)}`))
      .filter((line) => /^(\S+\.ns\.acme\. 1 |acme\. 2 )/.test(line))
  assert.equal(lines().length, 8)
  const { roleBits, securityLevel, endpoints } = readNodes(application.queries.view())[0]!
  const moved = { ...endpoints, dns: '192.0.2.9:53' }
  await decide({ kind: 'setNodeProperties', body: { node: idOf(0), roleBits, securityLevel, endpoints: moved } })
  assert.deepEqual(
    lines().filter((line) => line.startsWith('ada')),
    ['ada.ns.acme. 1 c0000209'],
  )
  await decide({ kind: 'removeNode', body: { node: idOf(3) } })
  assert.deepEqual(
    lines().filter((line) => /dan|64616e/.test(line)),
    [],
  )
  assert.equal(lines().length, 6)
  assert.deepEqual(dump(plane), dump(planeOf(ledger, application)))

  // A node that had nothing fetches this state: no commit tells its zones of it.
  const other = await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis })
  let isIncomplete = true
  const { height, timeMs } = other.head
  const late = new DnsPlane({
    genesis: ledger.genesis,
    queries: other.queries,
    height,
    timeMs,
    nowMs: genesisTimeMs,
    isIncomplete: () => isIncomplete,
  })
  other.feed.onJump((at) => late.rebuild(at, other.head.timeMs, other.head.timeMs))
  const [snapshot] = await application.listSnapshots()
  const trust = { validators: validatorsOf(ledger.genesis), changes: [] }
  assert.equal((await other.offerSnapshot(snapshot!, trust)).code, 'accept')
  for (let index = 0; index < snapshot!.chunks; index++) {
    const chunk = await application.loadSnapshotChunk(snapshot!.height, index)
    const { code } = await other.applySnapshotChunk(index, chunk!)
    assert.equal(code, index + 1 === snapshot!.chunks ? 'done' : 'accept')
  }
  assert.deepEqual(owners(late), owners(plane))
  assert.equal(late.source.isStale, true)
  isIncomplete = false
  late.checkFreshness(other.head.timeMs)
  assert.equal(late.source.isStale, false)
})

const owners = (plane: DnsPlane): string[] =>
  [...plane.source.zone(apex)!.rrsets()].map(({ owner, type }) => `${formatName(owner)} ${type}`).sort()
