import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { accountOf } from '@cresset/core-crypto'
import { serveDns, TsigKey } from '@cresset/dns-server'
import { formatName, parseAbsoluteName, RecordType, readRrsig } from '@cresset/dns-wire'
import { testKey } from '@cresset/network-application/testing'
import { dnsKeyOf, SignedNetwork } from '../testing/signed-network.ts'
import { type ZoneTransferOptions, ZoneTransfers } from './zone-transfers.ts'

const apex = parseAbsoluteName('acme')
const anchor = testKey('anchor')
const key = new TsigKey(parseAbsoluteName('transfer'), 'hmac-sha256', new Uint8Array(32).fill(5))
const hourMs = 3_600_000
let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-zone-transfers-'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function openTransfers(
  plane: ZoneTransferOptions['plane'],
  change: Partial<ZoneTransferOptions> = {},
): Promise<ZoneTransfers> {
  const rules = { keys: [key], prefixes: [] }
  const options = { plane, rules, notify: [], catalog: undefined, zones: undefined, folder, intervalMs: 0 }
  return await ZoneTransfers.open({ ...options, ...change })
}

/** Of what secondaries have now: when the first of its signatures ends, in seconds since 1970. */
function firstEnd(transfers: ZoneTransfers): number {
  const zone = transfers.serving.source.zone(apex)
  assert.ok(zone !== undefined && zone !== 'not-ready')
  const ends = [...zone.entries()]
    .filter(({ type }) => type === RecordType.RRSIG)
    .map(({ records }) => readRrsig(records.subarray(10))?.expiration ?? 0)
  return Math.min(...ends)
}

test('while nothing happens for a week, secondaries get new signatures long before the old ones end', async () => {
  const network = await SignedNetwork.open()
  await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [anchor.publicKey] } })
  await network.publishKeys({ anchors: [anchor], nodeKeys: [dnsKeyOf('ada')] })
  await network.register(0, ['shop.acme', 'art.acme'])
  await network.commitAll([network.publishing(0, 'shop.acme', 'www', Uint8Array.of(192, 0, 2, 1))])
  const plane = network.plane([dnsKeyOf('ada')])
  const transfers = await openTransfers(plane)
  try {
    let last = 0
    for (let hour = 0; hour < 7 * 24; hour++) {
      await network.commit(0, undefined, hourMs)
      // As the background does.
      for (const _signature of plane.signAll());
      await transfers.update()
      const leftHours = firstEnd(transfers) - network.timeMs / 1_000
      assert.ok(leftHours > 34 * 3_600, `hour ${hour}: the first one ends in ${leftHours / 3_600} hours`)
      const serial = plane.serial('acme') ?? 0
      assert.ok(serial > last)
      last = serial
    }
  } finally {
    await transfers.close()
  }
})

test('a zone whose key is not that of this node cannot be taken; its catalog lists it all the same', async () => {
  const network = await SignedNetwork.open()
  const plane = network.plane([dnsKeyOf('cyd')])
  const catalog = parseAbsoluteName('catalog.example')
  const transfers = await openTransfers(plane, { catalog })
  try {
    await transfers.update()
    const { source } = transfers.serving
    assert.equal(typeof source.zone(apex), 'object')
    await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [anchor.publicKey] } })
    await network.publishKeys({ anchors: [anchor], nodeKeys: [dnsKeyOf('ada')] })
    assert.equal(source.zone(apex), 'not-ready')
    await transfers.update()
    assert.equal(source.zone(apex), 'not-ready')
    const listed = source.zone(catalog)
    assert.ok(listed !== undefined && listed !== 'not-ready')
    const members = [...listed.entries()].filter(({ type }) => type === RecordType.PTR)
    assert.deepEqual(
      members.map(({ records }) => formatName(records.subarray(10))),
      ['acme.'],
    )
  } finally {
    await transfers.close()
  }
})

test('zones of addresses can be taken too; what is not there is refused with one line', async () => {
  const holder = accountOf(testKey('user 2').publicKey)
  const range = { prefix: Uint8Array.of(192, 0, 2, 0), prefixBits: 24, organization: 'Acme', holder }
  const network = await SignedNetwork.open({ addressRanges: [range] })
  const plane = network.plane([])
  await network.register(0, ['shop.acme'])
  await network.commitAll([network.publishing(0, 'shop.acme', 'www', Uint8Array.of(192, 0, 2, 7))])
  const body = { address: Uint8Array.of(192, 0, 2, 7), name: 'shop.acme', host: 'www', isConfirmed: true }
  await network.commitAll([{ user: 2, action: { kind: 'confirmAddress', body } }])
  const reverse = parseAbsoluteName('2.0.192.in-addr.arpa')
  const transfers = await openTransfers(plane, { zones: [reverse] })
  try {
    await transfers.update()
    const zone = transfers.serving.source.zone(reverse)
    assert.ok(zone !== undefined && zone !== 'not-ready')
    const pointers = [...zone.entries()].filter(({ type }) => type === RecordType.PTR)
    assert.deepEqual(
      pointers.map(({ name }) => formatName(name)),
      ['7.2.0.192.in-addr.arpa.'],
    )
    assert.equal(transfers.serving.source.zone(apex), undefined)
  } finally {
    await transfers.close()
  }
  await assert.rejects(
    openTransfers(plane, { zones: [parseAbsoluteName('other')] }),
    /has no zone other\. to give away/,
  )
  await assert.rejects(
    openTransfers(plane, { catalog: apex }),
    /acme\. is a zone of the ledger, and cannot be the catalog/,
  )
  const long = parseAbsoluteName(`${`${'x'.repeat(60)}.`.repeat(4)}`)
  await assert.rejects(openTransfers(plane, { catalog: long }), /too long for a catalog/)
})

test('how far a secondary is behind is what it answers itself', async () => {
  const network = await SignedNetwork.open()
  await network.register(0, ['shop.acme'])
  const [plane, behind] = [network.plane([]), network.plane([])]
  const secondary = await serveDns({ address: '127.0.0.1', port: 0, source: behind.source })
  let isOpen = true
  const target = { address: '127.0.0.1', port: secondary.port }
  const transfers = await openTransfers(plane, { notify: [target] })
  try {
    await transfers.update()
    assert.deepEqual(
      transfers.secondaries().map(({ serial }) => serial),
      [undefined],
    )
    await transfers.askSecondaries()
    const [even] = transfers.secondaries()
    assert.deepEqual([transfers.hasSecondaries, transfers.notify([apex])], [true, 1])
    assert.deepEqual([even?.serial, even?.lagSeconds], [plane.serial('acme'), 0])
    await secondary.close()
    isOpen = false
    await network.commitAll([network.publishing(0, 'shop.acme', 'www', Uint8Array.of(192, 0, 2, 7))])
    await transfers.update()
    await new Promise((resolve) => setTimeout(resolve, 20))
    const [late] = transfers.secondaries()
    assert.equal(late?.serial, even?.serial, 'what it had before, as long as it does not answer')
    assert.ok((late?.lagSeconds ?? 0) > 0.01, `${late?.lagSeconds}`)
  } finally {
    await transfers.close()
    if (isOpen) await secondary.close()
  }
})

test('what fails when the first version is made is told, and ends nothing', async () => {
  const store = (await SignedNetwork.open()).plane([]).source
  const source = Object.assign(Object.create(store) as typeof store, {
    zone: () => {
      throw new Error('no memory')
    },
  })
  const problems: string[] = []
  const transfers = await openTransfers({ source, apexes: [apex] }, { onProblem: (problem) => problems.push(problem) })
  await assert.rejects(transfers.update(), /no memory/)
  assert.deepEqual(problems, ['secondaries get no versions: no memory'])
  await transfers.close()
})
