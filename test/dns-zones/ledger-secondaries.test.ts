import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { TsigKey } from '@cresset/dns-server'
import { lowerCaseName, parseAbsoluteName } from '@cresset/dns-wire'
import { testKey } from '@cresset/network-application/testing'
import { dnsKeyOf, SignedNetwork } from '@cresset/node/testing'
import { skipWithout } from '../../tools/system-tools.ts'
import { runLedgerDay } from './ledger-day.ts'
import { apex, LedgerPrimary, serialAt, transferred } from './ledger-primary.ts'
import { freePort, startKnotSecondary, startNsdSecondary } from './secondary-servers.ts'

const WAIT_MS = 30_000
const secretBytes = new Uint8Array(32).fill(3)
const secret = Buffer.from(secretBytes).toString('base64')
const keyOf = (name: string): TsigKey => new TsigKey(parseAbsoluteName(name), 'hmac-sha256', secretBytes)
const digKey = (name: string): string => `hmac-sha256:${name}:${secret}`

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-ledger-secondaries-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function until(what: string, isThere: () => Promise<boolean>, log: () => string): Promise<void> {
  const deadlineMs = Date.now() + WAIT_MS
  while (!(await isThere())) {
    if (Date.now() > deadlineMs) assert.fail(`${what} did not come\n${log().slice(-6_000)}`)
    await pause(20)
  }
}

/** A ledger whose zone is signed by two nodes, with a name that changes. */
async function openNetwork(): Promise<{ network: SignedNetwork; change: (last: number) => Promise<void> }> {
  const network = await SignedNetwork.open({ timeMs: Date.now() - 3_600_000 })
  const anchor = testKey('anchor')
  await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [anchor.publicKey] } })
  await network.publishKeys({ anchors: [anchor], nodeKeys: [dnsKeyOf('ada'), dnsKeyOf('bob')] })
  await network.register(0, ['shop.acme', 'art.acme'])
  const hosts = Array.from({ length: 12 }, (_, index) => `host${index}`)
  await network.commitAll(hosts.map((host) => network.publishing(0, 'art.acme', host, Uint8Array.of(192, 0, 2, 1))))
  const change = (last: number) =>
    network.commitAll([network.publishing(0, 'shop.acme', 'www', Uint8Array.of(192, 0, 2, last))])
  return { network, change }
}

test(
  'Knot and NSD follow a signed ledger zone for two days of block time, and have at the end what its primary has',
  {
    skip: skipWithout('knotd', 'nsd', 'dig', 'ldns-verify-zone', 'kzonecheck'),
    timeout: 100_000,
  },
  () =>
    withFolder(async (folder) => {
      const size = { hours: 48, names: 6, blocksPerHour: 2, changesPerBlock: 3, followEveryHours: 6 }
      const { faults, changes, transfers, records } = await runLedgerDay({ folder, seed: 7, ...size })
      assert.deepEqual(faults, [])
      assert.ok(changes > 80 && records > 100, `${changes} changes, ${records} records`)
      assert.ok(transfers.changes > 4, JSON.stringify(transfers))
    }),
)

for (const [program, start] of [
  ['knotd', startKnotSecondary],
  ['nsd', startNsdSecondary],
] as const)
  test(
    `${program} goes to another node and back, whose signatures differ under the same serials`,
    {
      skip: skipWithout(program, 'dig'),
      timeout: 100_000,
    },
    async (context) =>
      await withFolder(async (folder) => {
        const { network, change } = await openNetwork()
        const [port, adaPort, bobPort] = [await freePort(), await freePort(), await freePort()]
        const key = keyOf('transfer')
        const open = (node: string, at: number): Promise<LedgerPrimary> =>
          LedgerPrimary.open({
            ...{ network, folder, keys: [key], port: at, nodeKey: dnsKeyOf(node) },
            notify: [{ address: '127.0.0.1', port, key }],
          })
        const [ada, bob] = [await open('ada', adaPort), await open('bob', bobPort)]
        context.after(() => Promise.all([ada.close(), bob.close()]))
        const settings = { folder, port, secret, zones: ['acme.'], hasDigest: false }
        const secondary = await start({ ...settings, primaryPort: adaPort, otherPrimaryPort: bobPort })
        context.after(() => secondary.stop())
        const follows = async (primary: LedgerPrimary, at: number): Promise<void> => {
          await primary.transfers.update()
          const serial = primary.plane.serial('acme')
          await until(`serial ${serial}`, async () => (await serialAt(port)) === serial, secondary.log)
          assert.deepEqual(
            await transferred(port, 'acme', digKey('transfer')),
            await transferred(at, 'acme', digKey('transfer')),
          )
        }
        // Only ada: which of two that say the same it asks is the secondary's choice.
        await bob.disconnect()
        await change(1)
        await follows(ada, adaPort)
        for (const [last, from, other, at] of [
          [2, bob, ada, bobPort],
          [3, ada, bob, adaPort],
        ] as const) {
          await other.disconnect()
          await from.connect()
          const before = { ...from.transfers.counters }
          await change(last)
          await follows(from, at)
          const { whole, changes } = from.transfers.counters
          // One of them is for the comparison.
          assert.deepEqual([whole - before.whole, changes - before.changes], [2, 0], secondary.log())
          await change(last + 10)
          await follows(from, at)
          assert.equal(from.transfers.counters.changes - before.changes, 1, secondary.log())
        }
      }),
  )

test(
  'Knot takes the zones that the catalog of a node lists, signed or not, and drops those that it lists no more',
  {
    skip: skipWithout('knotd', 'dig'),
    timeout: 100_000,
  },
  async (context) =>
    await withFolder(async (folder) => {
      const holder = new Uint8Array(32).fill(1)
      const prefix = { prefix: Uint8Array.of(192, 0, 2, 0), prefixBits: 24, organization: 'Acme', holder }
      const network = await SignedNetwork.open({ addressRanges: [prefix] })
      const [port, primaryPort] = [await freePort(), await freePort()]
      const key = keyOf('transfer')
      const reverse = lowerCaseName(parseAbsoluteName('2.0.192.in-addr.arpa'))
      const catalog = parseAbsoluteName('catalog.example')
      const open = (zones?: Uint8Array[]): Promise<LedgerPrimary> =>
        LedgerPrimary.open({
          ...{ network, folder, catalog, keys: [key], port: primaryPort, nodeKey: dnsKeyOf('ada') },
          notify: [{ address: '127.0.0.1', port, key }],
          ...(zones && { zones }),
        })
      let primary = await open([apex])
      context.after(() => primary.close())
      const settings = { folder: join(folder, 'knot'), port, primaryPort, secret, zones: [] }
      const knot = await startKnotSecondary({ ...settings, catalog: 'catalog.example.' })
      context.after(() => knot.stop())
      const has = async (zone: Uint8Array): Promise<boolean> => (await serialAt(port, zone)) !== undefined
      await until('acme', () => has(apex), knot.log)
      assert.equal(await has(reverse), false)
      for (const zones of [undefined, [reverse]]) {
        await primary.close()
        primary = await open(zones)
        await until('the zone of addresses', () => has(reverse), knot.log)
        await until('acme, or its end', async () => (await has(apex)) === (zones === undefined), knot.log)
      }
    }),
)
