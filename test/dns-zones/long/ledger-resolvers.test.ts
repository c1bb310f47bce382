import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { keyPairSigner } from '@cresset/core-crypto'
import { readZoneKeys, zoneDnskeyRdata } from '@cresset/core-ledger'
import { type DnsServer, dsRdata, serveDns } from '@cresset/dns-server'
import { formatRdata, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { testKey } from '@cresset/network-application/testing'
import { DnsPlane, dnsKeyOf, SignedNetwork, zoneKeyOfSigner } from '@cresset/node/testing'
import { skipWithout } from '../../../tools/system-tools.ts'
import { Asking } from '../asking.ts'
import { Unbound } from '../unbound.ts'

const apex = parseAbsoluteName('acme')
const anchor = testKey('first anchor')
const ttlSeconds = 2
const NEGATIVE_TTL_SECONDS = 4
const HOUR_SECONDS = 3_600
const DAY_SECONDS = 86_400
const options = { skip: skipWithout('unbound'), timeout: 110_000 }
const trusted = `acme. IN DS ${formatRdata(RecordType.DS, dsRdata(apex, zoneDnskeyRdata(anchor.publicKey, 257)))}`

let folder = ''
let count = 0
const open: { close(): Promise<void> }[] = []

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-ledger-resolvers-'))
})
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})
after(() => rm(folder, { recursive: true }))

async function served({ source }: DnsPlane): Promise<DnsServer> {
  const server = await serveDns({ address: '127.0.0.1', port: 0, source })
  open.push(server)
  return server
}

async function resolver(ports: number | readonly number[], ...more: string[]): Promise<Unbound> {
  const unbound = await Unbound.start({
    folder: join(folder, `unbound${count++}`),
    anchor: trusted,
    stubs: { 'acme.': ports },
    more,
  })
  open.push({ close: () => unbound.stop() })
  return unbound
}

/** A ledger whose zone is signed by the keys of these nodes; its blocks are of a minute ago and later. */
async function signedBy(...nodes: string[]): Promise<SignedNetwork> {
  const settings = { minTtlSeconds: '0', soaMinimumSeconds: String(NEGATIVE_TTL_SECONDS) }
  const network = await SignedNetwork.open({ settings, timeMs: Date.now() - 60_000 })
  await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [anchor.publicKey] } })
  await network.publishKeys({ anchors: [anchor], nodeKeys: nodes.map(dnsKeyOf), ttlSeconds })
  return network
}

const keyOf = (node: string) => zoneKeyOfSigner(keyPairSigner(dnsKeyOf(node)))

/** The zones as a node shows them that hears of no later block, and has a clock of its own. */
function planeApart(network: SignedNetwork, node: string, nowSeconds: () => number): DnsPlane {
  const { height, timeMs } = network.application.head
  const { genesis } = network.ledger
  const { queries } = network.application
  return new DnsPlane({ genesis, queries, height, timeMs, nowMs: timeMs, zoneKeys: [keyOf(node)], nowSeconds })
}

const queriesTo = (server: DnsServer): number => server.udp.counters.queries + server.tcp.counters.queries

/** Its clock stands there; it makes no allowance of its own. */
function clockAt(seconds: number): string[] {
  const digits = new Date(seconds * 1_000).toISOString().replace(/\D/g, '').slice(0, 14)
  return [`val-override-date: "${digits}"`, 'val-sig-skew-min: 0', 'val-sig-skew-max: 0']
}

const nowSeconds = (): number => Math.floor(Date.now() / 1_000)

test('RFC 8198: a resolver denies from one proof whatever it covers, without asking', options, async () => {
  const network = await signedBy('ada')
  const server = await served(network.plane([dnsKeyOf('ada')]))
  const unbound = await resolver(server.port)
  assert.equal((await unbound.ask('b.acme A')).rcode, 'NXDOMAIN')
  const before = queriesTo(server)
  for (const name of ['a', 'c', 'x.y.m']) {
    const { rcode, isSecure } = await unbound.ask(`${name}.acme A`)
    assert.deepEqual([name, rcode, isSecure], [name, 'NXDOMAIN', true])
  }
  assert.equal(queriesTo(server), before)
})

test('a name that is published after it was denied is found within the time to live of denials', options, async () => {
  const network = await signedBy('ada')
  await network.register(0, ['shop.acme'])
  const server = await served(network.plane([dnsKeyOf('ada')]))
  const unbound = await resolver(server.port)
  assert.equal((await unbound.ask('www.shop.acme A')).rcode, 'NXDOMAIN')
  const deniedMs = performance.now()
  await network.commitAll([network.publishing(0, 'shop.acme', 'www', Uint8Array.of(192, 0, 2, 80))])
  let seen: { rcode: string; isSecure: boolean } = { rcode: '', isSecure: false }
  while (seen.rcode !== 'NOERROR') {
    // Denied or there, but never broken.
    seen = await unbound.ask('www.shop.acme A')
    assert.ok(seen.isSecure && ['NXDOMAIN', 'NOERROR'].includes(seen.rcode), `${seen.rcode}\n${unbound.log()}`)
    // A resolver counts whole seconds.
    assert.ok(performance.now() - deniedMs < (NEGATIVE_TTL_SECONDS + 1.5) * 1_000, 'denied for too long')
    await pause(50)
  }
  // Another resolver, that has heard of no denial, finds it at once.
  assert.equal((await (await resolver(server.port)).ask('www.shop.acme A')).rcode, 'NOERROR')
})

test('a node whose key was taken out is believed no more, and no query fails because of it', options, async () => {
  const network = await signedBy('ada', 'dan')
  const ada = await served(network.plane([dnsKeyOf('ada')]))
  const plane = planeApart(network, 'dan', nowSeconds)
  const dan = await served(plane)
  const both = await resolver([ada.port, dan.port])
  const asking = new Asking(both, (round) => ({ 'acme NS': 'NOERROR', [`absent${round}.acme A`]: 'NXDOMAIN' }))
  const alone = await resolver(dan.port)
  assert.equal((await alone.ask('acme NS')).isSecure, true)
  await pause(1_000)
  await network.publishKeys({ anchors: [anchor], nodeKeys: [dnsKeyOf('ada')], ttlSeconds })
  const set = readZoneKeys(network.application.queries.view(), 'acme')?.set
  assert.ok(set)
  // It goes on with its own key, under the list of now that any of the others would show.
  const dnskeys = { ttl: set.ttlSeconds, rdatas: set.keys.map(({ dnskey }) => dnskey) }
  plane.source.zone(apex)?.signLive({ keys: [keyOf('dan')], dnskeys, dnskeySignatures: set.signatures, nowSeconds })
  const asked = queriesTo(dan)
  // Until nobody remembers the old list, and then for as long again.
  await pause((4 * ttlSeconds + NEGATIVE_TTL_SECONDS) * 1_000)
  assert.equal((await alone.ask('acme SOA')).rcode, 'SERVFAIL')
  assert.match(alone.log(), /validation failure/)
  await asking.end()
  assert.ok(queriesTo(dan) > asked, 'it was asked as well')
  assert.deepEqual(asking.failures, [], both.log())
  assert.ok(asking.answered > 20, `${asking.answered} answers`)
})

test(
  'a node that was taken out and shows the old list is believed no longer than signatures over lists may hold',
  options,
  async () => {
    const network = await signedBy('ada', 'dan')
    let laterSeconds = 0
    const dan = await served(planeApart(network, 'dan', () => nowSeconds() + laterSeconds))
    await network.publishKeys({ anchors: [anchor], nodeKeys: [dnsKeyOf('ada')], ttlSeconds })
    assert.deepEqual((await (await resolver(dan.port)).ask('acme NS')).rcode, 'NOERROR')
    laterSeconds = 61 * DAY_SECONDS
    const later = await resolver(dan.port, ...clockAt(nowSeconds() + laterSeconds))
    assert.equal((await later.ask('acme NS')).rcode, 'SERVFAIL')
    assert.match(later.log(), /expired|no signatures|missing/i)
  },
)

test('the clock of the signing node, or that of the resolver, may be off by an hour either way', options, async () => {
  const network = await signedBy('ada')
  // The last second of the hour is for the time that the test takes.
  for (const offSeconds of [-HOUR_SECONDS, HOUR_SECONDS - 1]) {
    const server = await served(planeApart(network, 'ada', () => nowSeconds() + offSeconds))
    // A resolver without allowance, whose clock is right.
    const strict = await resolver(server.port, 'val-sig-skew-min: 0', 'val-sig-skew-max: 0')
    for (const question of ['acme NS', 'absent.acme A']) {
      const { isSecure } = await strict.ask(question)
      assert.ok(isSecure, `${question}, the node ${offSeconds} s off\n${strict.log()}`)
    }
    // And both, the other way round, with the allowance that unbound makes by default.
    const [usual] = clockAt(nowSeconds() - offSeconds)
    const other = await resolver(server.port, usual as string)
    assert.ok((await other.ask('acme NS')).isSecure, `${offSeconds} s and back\n${other.log()}`)
  }
  const right = await served(network.plane([dnsKeyOf('ada')]))
  for (const offSeconds of [-HOUR_SECONDS + 65, HOUR_SECONDS]) {
    const off = await resolver(right.port, ...clockAt(nowSeconds() + offSeconds))
    assert.ok((await off.ask('acme NS')).isSecure, `the resolver ${offSeconds} s off\n${off.log()}`)
  }
})
