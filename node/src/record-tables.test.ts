import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equalBytes, toHex } from '@cresset/core-codec'
import { type KeyPair, keyPairSigner, signSync } from '@cresset/core-crypto'
import {
  type Action,
  hostKeyBytes,
  type NameEntry,
  type NameTransfer,
  nameEntry,
  nameTransferSigningBytes,
  type RecordSet,
  type RecordTable,
  readRecordTable,
  recordPageOf,
  stateKeys,
  type UnsignedTransaction,
} from '@cresset/core-ledger'
import { formatName, formatRecordType, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { LedgerApplication } from '@cresset/network-application'
import { genesisTimeMs, TestLedger, testKey } from '@cresset/network-application/testing'
import { openMemoryStore } from '@cresset/network-storage'
import { Random } from '../../tools/fuzz/random.ts'
import { DnsPlane } from './dns-plane.ts'
import { zoneKeyOfSigner } from './zone-signers.ts'

const apex = parseAbsoluteName('acme')
const name = 'shop.acme'
const a = (last: number): RecordSet => ({
  type: RecordType.A,
  ttlSeconds: undefined,
  data: [Uint8Array.of(192, 0, 2, last)],
})
const txt = (letter: number): RecordSet => ({ type: RecordType.TXT, ttlSeconds: 60, data: [Uint8Array.of(1, letter)] })

/** A ledger with one name, the plane that follows it, and what its owner does. */
class Shop {
  readonly ledger = new TestLedger()
  application!: LedgerApplication
  plane!: DnsPlane
  readonly #sequences = this.ledger.users.map(() => 0)

  static async open(): Promise<Shop> {
    const shop = new Shop()
    shop.application = await LedgerApplication.open({ store: openMemoryStore(), genesis: shop.ledger.genesis })
    shop.plane = shop.planeNow()
    shop.application.feed.onCommit((event) => shop.plane.commit(event, event.timeMs))
    const { seal, reveal } = shop.ledger.registration(0, 0, name)
    shop.#sequences[0] = 2
    assert.deepEqual([await shop.commit(seal), await shop.commit(reveal)], [['ok'], ['ok']])
    return shop
  }

  /** As a start from the state builds it. */
  planeNow(): DnsPlane {
    const { height, timeMs } = this.application.head
    const { genesis } = this.ledger
    return new DnsPlane({ genesis, queries: this.application.queries, height, timeMs, nowMs: genesisTimeMs })
  }

  commit(...transactions: Uint8Array[]): Promise<string[]> {
    return this.ledger.commit(this.application, transactions)
  }

  /** Whose the name is. */
  get owner(): number {
    const primaryKey = this.#entry.registration?.primaryKey
    return primaryKey !== undefined && equalBytes(primaryKey, this.ledger.users[1]!.publicKey) ? 1 : 0
  }

  get pair(): KeyPair {
    return this.ledger.users[this.owner]!
  }

  /** By the owner; in the order of the calls. */
  act(action: Action, over: Partial<UnsignedTransaction> = {}): Uint8Array {
    const { owner } = this
    const sequence = this.#sequences[owner]!
    this.#sequences[owner] = sequence + 1
    return this.ledger.sign(this.ledger.users[owner]!, sequence, action, over)
  }

  get table(): RecordTable {
    const none = { generation: 0, served: undefined, building: undefined }
    return readRecordTable(this.application.queries.view(), name) ?? none
  }

  /** Each owner in its page. */
  records(
    generation: number,
    bits: number,
    serve: boolean,
    owners: ReadonlyMap<string, RecordSet[]>,
    more: number[] = [],
  ): Uint8Array {
    const indexes = new Set([...more, ...[...owners.keys()].map((owner) => recordPageOf(owner, bits))])
    const pages = [...indexes]
      .sort((x, y) => x - y)
      .map((index) => ({
        index,
        owners: [...owners]
          .filter(([owner]) => recordPageOf(owner, bits) === index)
          .map(([owner, recordSets]) => ({ owner, recordSets }))
          .sort((x, y) => (x.owner < y.owner ? -1 : 1)),
      }))
    return this.act({ kind: 'setRecords', body: { name, generation, bits, serve, pages } })
  }

  host(host: string, last: number): Uint8Array {
    const key = testKey(`host ${host}`)
    const keyProof = signSync(key, hostKeyBytes(this.ledger.chainId, name, host, this.pair.publicKey))
    const server = {
      addresses: [Uint8Array.of(198, 51, 100, last)],
      publicKey: key.publicKey,
      keyProof,
      certificate: undefined,
      weight: 1,
    }
    const body = { name, host, ttlSeconds: undefined, recordSets: [], keyOverlap: 'none' as const }
    const isThere = last > 0
    return this.act({
      kind: 'publish',
      body: {
        ...body,
        servers: isThere ? [server] : [],
        services: isThere ? [{ port: 443, protocol: 'tcp', web: true }] : [],
      },
    })
  }

  delegation(host: string, isThere: boolean): Uint8Array {
    const servers = [{ name: `ns.${host}.${name}`, addresses: [Uint8Array.of(203, 0, 113, 1)] }]
    const content = { servers, ttlSeconds: undefined, signers: [], updateKey: undefined, certificate: undefined }
    const body = { name, host, delegation: isThere ? content : undefined }
    // Beside a table it costs more than its bytes.
    return this.act({ kind: 'setDelegation', body }, { fee: 1_000_000n })
  }

  /** To the other of two owners. */
  transfer(keepRecords: boolean): Uint8Array {
    const other = this.ledger.users[1 - this.owner]!
    const transfer: NameTransfer = {
      name,
      ownership: this.#entry.ownerships,
      from: this.pair.publicKey,
      to: other.publicKey,
      keepRecords,
      expiresMs: genesisTimeMs + 86_400_000,
    }
    const bytes = nameTransferSigningBytes(this.ledger.chainId, transfer)
    const body = { transfer, fromSignature: signSync(this.pair, bytes), toSignature: signSync(other, bytes) }
    return this.act({ kind: 'transferName', body })
  }

  get #entry(): NameEntry {
    return nameEntry.codec.decode(this.application.queries.view().get(stateKeys.name(name))!)
  }

  lines(plane = this.plane): string[] {
    return [...plane.source.zone(apex)!.rrsets()]
      .map(({ owner, type, ttl, rdatas }) => {
        const data = rdatas.map((rdata) => toHex(rdata)).join(' ')
        return `${formatName(owner)} ${ttl} ${formatRecordType(type)} ${data}`
      })
      .sort()
  }

  /** Owners and types at and below the name. */
  shown(): string[] {
    const rrsets = [...this.plane.source.zone(apex)!.rrsets()]
    return rrsets
      .map(({ owner, type }) => `${formatName(owner).slice(0, -`${name}.`.length)} ${formatRecordType(type)}`)
      .filter((_, index) => formatName(rrsets[index]!.owner).endsWith(`${name}.`))
      .sort()
  }
}

/** Has the zone signed, so that its chain of names is compared too. */
function signed(plane: DnsPlane): DnsPlane {
  const key = zoneKeyOfSigner(keyPairSigner(testKey('zone')))
  const dnskeys = { ttl: 3_600, rdatas: [key.dnskey] }
  plane.source
    .zone(apex)!
    .signLive({ keys: [key], dnskeys, dnskeySignatures: [], nowSeconds: () => genesisTimeMs / 1_000 })
  return plane
}

const serving = (generation: number, bits: number): Action => ({
  kind: 'setRecords',
  body: { name, generation, bits, serve: true, pages: [] },
})
const texts = (...owners: string[]): Map<string, RecordSet[]> =>
  new Map(owners.map((owner, at) => [owner, [txt(97 + at)]]))

test('a record table is shown where hosts and delegations leave it room, and shows again what they hid', async () => {
  const shop = await Shop.open()
  const commit = async (...transactions: Uint8Array[]): Promise<string[]> => {
    const { generation } = shop.plane.source
    const codes = await shop.commit(...transactions)
    assert.ok(
      codes.every((code) => code === 'ok'),
      codes.join(),
    )
    assert.ok(shop.plane.source.generation <= generation + 1, 'a block is one generation of the zone')
    assert.deepEqual(shop.lines(), shop.lines(shop.planeNow()))
    return shop.shown()
  }
  const owners = texts('', 'www', '*.b', 'x.t', 't', 'a.b.c')
  assert.deepEqual(await commit(shop.records(1, 2, false, owners)), [], 'built and not served')
  const all = [' TXT', '*.b. TXT', 'a.b.c. TXT', 't. TXT', 'www. TXT', 'x.t. TXT']
  assert.deepEqual(await commit(shop.act(serving(1, 2))), all)
  assert.deepEqual(await commit(shop.host('www', 1)), [
    ' TXT',
    '*.b. TXT',
    '_443._tcp.www. TLSA',
    'a.b.c. TXT',
    't. TXT',
    'www. A',
    'www. HTTPS',
    'x.t. TXT',
  ])
  assert.deepEqual(await commit(shop.delegation('t', true)), [
    ' TXT',
    '*.b. TXT',
    '_443._tcp.www. TLSA',
    'a.b.c. TXT',
    'ns.t. A',
    't. NS',
    'www. A',
    'www. HTTPS',
  ])
  assert.deepEqual(await commit(shop.host('', 2)), [
    ' A',
    ' HTTPS',
    '*.b. TXT',
    '_443._tcp. TLSA',
    '_443._tcp.www. TLSA',
    'a.b.c. TXT',
    'ns.t. A',
    't. NS',
    'www. A',
    'www. HTTPS',
  ])
  assert.deepEqual(await commit(shop.host('www', 0), shop.host('', 0), shop.delegation('t', false)), all)
  const page = recordPageOf('www', 2)
  const rest = [...owners.keys()].filter((owner) => recordPageOf(owner, 2) !== page)
  const shownRest = rest.map((owner) => `${owner === '' ? '' : `${owner}.`} TXT`)
  assert.deepEqual(
    await commit(shop.records(1, 2, true, new Map(), [page])),
    shownRest.sort(),
    'a page that is emptied',
  )
  assert.deepEqual(await commit(shop.records(2, 0, true, texts('other'))), ['other. TXT'])
  assert.deepEqual(await commit(shop.transfer(true)), ['other. TXT'])
  assert.deepEqual(await commit(shop.records(2, 0, true, texts('of.the.next'))), ['of.the.next. TXT'])
  assert.deepEqual(await commit(shop.transfer(false)), [])
  assert.deepEqual(await commit(shop.records(3, 0, true, texts('again'))), ['again. TXT'])
  assert.deepEqual(await commit(shop.act({ kind: 'cancel', body: { name } })), [])
})

const places = [
  '',
  'www',
  'mail',
  't',
  'x.t',
  'y.x.t',
  'b',
  '*.b',
  'a.b',
  'n1',
  'n2',
  'n3',
  'n4',
  'n5',
  'n6',
  '_dmarc',
] as const
const runs = 6
const blocksPerRun = 25

/** One to four transactions of the name's owner; what does not fit the state is refused by the ledger. */
function randomBlock(shop: Shop, random: Random): Uint8Array[] {
  const owners = (): Map<string, RecordSet[]> => {
    const few = random.pick([2, 4])
    const sets = (): RecordSet[] => random.pick([[a(random.below(4))], [txt(97 + random.below(3))], [a(1), txt(97)]])
    return new Map(places.filter(() => random.oneIn(few)).map((owner) => [owner, sets()]))
  }
  return Array.from({ length: random.pick([1, 1, 2, 4]) }, () => {
    const { generation, served, building } = shop.table
    switch (random.below(10)) {
      case 0:
        return shop.records(generation + 1, random.pick([0, 1, 3]), random.oneIn(2), owners())
      case 1:
        return building === undefined
          ? shop.records(generation + 1, 2, true, owners())
          : shop.records(building.generation, building.bits, random.oneIn(2), owners())
      case 2:
      case 3:
      case 4:
        return shop.records(served?.generation ?? 1, served?.bits ?? 0, true, owners())
      case 5:
      case 6:
        return shop.host(random.pick(['', 'www', 'b', 'n1']), random.below(3))
      case 7:
      case 8:
        return shop.delegation(random.pick(['t', 'x.t', 'b']), random.oneIn(2))
      default:
        return shop.transfer(!random.oneIn(3))
    }
  })
}

test('after whatever blocks, a zone that followed them is the one that a start from the state builds, and so is its chain', async (context) => {
  const taken = new Map<string, number>()
  for (let seed = 1; seed <= runs; seed++) {
    const random = new Random(seed)
    const shop = await Shop.open()
    signed(shop.plane)
    for (let block = 0; block < blocksPerRun; block++) {
      const codes = await shop.commit(...randomBlock(shop, random))
      for (const code of codes) taken.set(code, (taken.get(code) ?? 0) + 1)
      assert.deepEqual(shop.lines(), shop.lines(signed(shop.planeNow())), `seed ${seed}, block ${block}`)
    }
  }
  context.diagnostic([...taken].map(([code, count]) => `${code} ${count}`).join(', '))
  assert.ok((taken.get('ok') ?? 0) > runs * blocksPerRun, 'most of them take effect')
})
