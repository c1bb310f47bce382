import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyPairSigner } from '@cresset/core-crypto'
import { formatName, RecordType } from '@cresset/dns-wire'
import { genesisTimeMs, testKey } from '@cresset/network-application/testing'
import { LedgerZones } from './ledger-zones.ts'
import { dnsKeyOf, SignedNetwork } from './testing/signed-network.ts'
import { zoneKeyOfSigner } from './zone-signers.ts'

const anchor = testKey('anchor')
const DAY = 86_400

test('zones of the ledger are told of as those of files are, with their keys and what comes next', async () => {
  const network = await SignedNetwork.open()
  const zonesOf = (node: string): LedgerZones => {
    const plane = network.plane([dnsKeyOf(node)])
    const zoneKeys = [zoneKeyOfSigner(keyPairSigner(dnsKeyOf(node)))]
    const nowSeconds = (): number => Math.floor(network.timeMs / 1_000)
    return new LedgerZones({ plane, queries: network.application.queries, genesisTimeMs, zoneKeys, nowSeconds })
  }
  const plain = zonesOf('ada')
    .status()
    .find(({ apex }) => formatName(apex) === 'acme.')
  const { rrsets, serial, ...rest } = plain ?? assert.fail('no zone')
  assert.ok((rrsets ?? 0) > 2)
  assert.deepEqual([serial, rest.loadedAtMs], [0, genesisTimeMs], 'nothing has changed the zone since genesis')
  assert.deepEqual(
    [rest.keys, rest.problem, rest.earliestExpiration, rest.anchorExpiration],
    [[], undefined, undefined, undefined],
  )

  await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [anchor.publicKey] } })
  await network.publishKeys({ anchors: [anchor], nodeKeys: [dnsKeyOf('ada')] })
  const [ada, bob] = [zonesOf('ada'), zonesOf('bob')]
  const acme = (zones: LedgerZones) =>
    zones.status().find(({ apex }) => formatName(apex) === 'acme.') ?? assert.fail('no zone')
  const holders = (zones: LedgerZones) =>
    acme(zones).keys.map(({ holder, signsHere, waitsUntilMs }) => [holder, signsHere, waitsUntilMs])
  assert.deepEqual(holders(ada), [
    ['anchor', false, undefined],
    ['ada', true, undefined],
  ])
  assert.match(acme(bob).problem ?? '', /signed, and not by a key of this node/)
  const nowSeconds = Math.floor(network.timeMs / 1_000)
  const anchored = (acme(ada).anchorExpiration ?? 0) - nowSeconds
  assert.ok(anchored > 50 * DAY && anchored < 60 * DAY, `${anchored}`)

  // Nothing is known before something is signed.
  const plane = network.plane([dnsKeyOf('ada')])
  assert.equal(plane.shownZones()[0]?.zone.signing?.earliestExpiration, undefined)
  assert.equal(acme(ada).earliestExpiration, undefined)
  const { zone } = plane.shownZones()[0] ?? assert.fail('no zone')
  zone.signatures(zone.apexOwner, RecordType.SOA)
  const first = zone.signing?.earliestExpiration ?? 0
  assert.ok(first > nowSeconds + 2 * DAY)
  for (const _signature of plane.signAll()) {
    // One after the other.
  }
  const end = plane.shownZones()[0]?.zone.signing?.earliestExpiration ?? 0
  assert.ok(end <= first && end - nowSeconds > 2 * DAY && end - nowSeconds <= 3 * DAY, `${end - nowSeconds}`)

  // A key that is listed later waits until resolvers have seen it.
  await network.publishKeys({ anchors: [anchor], nodeKeys: [dnsKeyOf('ada'), dnsKeyOf('bob')], ttlSeconds: 600 })
  const late = zonesOf('bob')
  const waits = acme(late).keys.find(({ holder }) => holder === 'bob')
  assert.deepEqual([waits?.signsHere, waits?.waitsUntilMs], [false, network.timeMs + 660_000])

  // And one that is listed still later waits longer, whatever the first one does.
  const bobFromMs = network.timeMs + 660_000
  await network.publishKeys({ anchors: [anchor], nodeKeys: ['ada', 'bob', 'cyd'].map(dnsKeyOf), ttlSeconds: 600 })
  const waiting = acme(zonesOf('bob')).keys.flatMap(({ holder, waitsUntilMs }) =>
    waitsUntilMs === undefined ? [] : [[holder, waitsUntilMs]],
  )
  assert.ok(network.timeMs + 660_000 > bobFromMs)
  assert.deepEqual(waiting, [
    ['bob', bobFromMs],
    ['cyd', network.timeMs + 660_000],
  ])
})
