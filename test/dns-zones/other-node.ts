import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { testKey } from '@cresset/network-application/testing'
import { dnsKeyOf, SignedNetwork } from '@cresset/node/testing'
import {
  digKey,
  LedgerPrimary,
  secret,
  serialAt,
  transferKey,
  transferred,
  until,
  withFolder,
} from './ledger-primary.ts'
import { freePort, type Secondary, type SecondarySettings } from './secondary-servers.ts'

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

/** A secondary has two nodes as primaries. One goes, the other one has the next version; then the other way round. */
export async function goToOtherNode(
  context: TestContext,
  start: (settings: SecondarySettings) => Promise<Secondary>,
): Promise<void> {
  await withFolder(async (folder) => {
    const { network, change } = await openNetwork()
    const [port, adaPort, bobPort] = [await freePort(), await freePort(), await freePort()]
    const open = (node: string, at: number): Promise<LedgerPrimary> =>
      LedgerPrimary.open({
        ...{ network, folder, keys: [transferKey], port: at, nodeKey: dnsKeyOf(node) },
        notify: [{ address: '127.0.0.1', port, key: transferKey }],
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
      assert.deepEqual(await transferred(port, 'acme', digKey), await transferred(at, 'acme', digKey))
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
  })
}
