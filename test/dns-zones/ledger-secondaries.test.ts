import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { lowerCaseName, parseAbsoluteName } from '@cresset/dns-wire'
import { dnsKeyOf, SignedNetwork } from '@cresset/node/testing'
import { skipWithout } from '../../tools/system-tools.ts'
import { runLedgerDay } from './ledger-day.ts'
import { apex, LedgerPrimary, secret, serialAt, transferKey, until, withFolder } from './ledger-primary.ts'
import { goToOtherNode } from './other-node.ts'
import { freePort, startKnotSecondary, startNsdSecondary } from './secondary-servers.ts'

test(
  'Knot and NSD follow a signed ledger zone for a day and a half of block time, and have at the end what its primary has',
  {
    skip: skipWithout('knotd', 'nsd', 'dig', 'ldns-verify-zone', 'kzonecheck'),
    timeout: 100_000,
  },
  () =>
    withFolder(async (folder) => {
      const size = { hours: 36, names: 6, blocksPerHour: 2, changesPerBlock: 3, followEveryHours: 6 }
      const { faults, changes, transfers, records } = await runLedgerDay({ folder, seed: 7, ...size })
      assert.deepEqual(faults, [])
      assert.ok(changes > 60 && records > 100, `${changes} changes, ${records} records`)
      assert.ok(transfers.changes >= 4, JSON.stringify(transfers))
    }),
)

test(
  'NSD goes to another node and back, whose signatures differ under the same serials',
  {
    skip: skipWithout('nsd', 'dig'),
    timeout: 100_000,
  },
  (context) => goToOtherNode(context, startNsdSecondary),
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
      const key = transferKey
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
