import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concatBytes } from '@cresset/core-codec'
import { keyPairSigner } from '@cresset/core-crypto'
import { formatName } from '@cresset/dns-wire'
import { testKey } from '@cresset/network-application/testing'
import { anchorsEnd, LedgerZones } from './ledger-zones.ts'
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
    return new LedgerZones({ plane, queries: network.application.queries, zoneKeys, nowSeconds })
  }
  const plain = zonesOf('ada')
    .status()
    .find(({ apex }) => formatName(apex) === 'acme.')
  const { rrsets, serial, ...rest } = plain ?? assert.fail('no zone')
  assert.ok((rrsets ?? 0) > 2)
  assert.equal(rest.loadedAtMs, network.application.queries.header(serial)?.timeMs)
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

  // Nothing is known before a round was made.
  const plane = network.plane([dnsKeyOf('ada')])
  assert.equal(plane.shownZones()[0]?.zone.signing?.earliestExpiration, undefined)
  for (const _signature of plane.signAll()) {
    // One after the other.
  }
  const end = plane.shownZones()[0]?.zone.signing?.earliestExpiration ?? 0
  assert.ok(end - nowSeconds > 2 * DAY && end - nowSeconds <= 3 * DAY, `${end - nowSeconds}`)

  // A key that is listed later waits until resolvers have seen it.
  await network.publishKeys({ anchors: [anchor], nodeKeys: [dnsKeyOf('ada'), dnsKeyOf('bob')], ttlSeconds: 600 })
  const late = zonesOf('bob')
  const waits = acme(late).keys.find(({ holder }) => holder === 'bob')
  assert.deepEqual([waits?.signsHere, waits?.waitsUntilMs], [false, network.timeMs + 660_000])
})

test('anchors have signed ahead until the first gap, and until the first of several ends', () => {
  const signature = (tag: number, from: number, until: number): Uint8Array => {
    const fixed = new DataView(new ArrayBuffer(18))
    fixed.setUint16(0, 48)
    fixed.setUint32(8, until)
    fixed.setUint32(12, from)
    fixed.setUint16(16, tag)
    return concatBytes(new Uint8Array(fixed.buffer), Uint8Array.of(0), new Uint8Array(64))
  }
  const now = 1_000_000
  assert.equal(anchorsEnd([], now), undefined)
  const adjoining = [
    signature(1, now + 10, now + 20),
    signature(1, now - 5, now + 10),
    signature(1, now + 21, now + 90),
  ]
  assert.equal(anchorsEnd(adjoining, now), now + 20)
  assert.equal(anchorsEnd([...adjoining, signature(2, now - 5, now + 15)], now), now + 15)
  assert.equal(anchorsEnd([signature(1, now - 9, now - 1)], now), now)
  // RFC 4034 section 3.1.5: times count in a circle.
  const late = 2 ** 32 - 5
  assert.equal(anchorsEnd([signature(1, late - 10, 20)], late), late + 25)
})
