import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex } from '@cresset/core-codec'
import {
  type Delegation,
  delegationEntry,
  type HostEntry,
  hostEntry,
  type NameEntry,
  type OwnerRecords,
  parametersEntry,
  type RecordSet,
  recordPageEntry,
  recordPageOf,
  recordTableEntry,
  type StateView,
  stateKeys,
} from '@cresset/core-ledger'
import { defaultParameters, keyPairFor } from '@cresset/core-ledger/testing'
import { formatName, formatRecordType, isAtOrBelow, RecordType, type Rrset } from '@cresset/dns-wire'
import { Random } from '../../../tools/fuzz/random.ts'
import { nameChange, nameEntryRrsets } from './index.ts'

const name = 'shop.acme'
const ttl = 300
const record = { name, revision: 1, predecessor: undefined, height: 1, ttlSeconds: undefined }
const text = (letter: number): RecordSet => ({
  type: RecordType.TXT,
  ttlSeconds: undefined,
  data: [Uint8Array.of(1, letter)],
})
const hex = (...last: number[]): Uint8Array[] => last.map((byte) => Uint8Array.of(192, 0, 2, byte))

interface Content {
  readonly bits: number
  /** Letters of their texts. */
  readonly table: ReadonlyMap<string, number>
  readonly hosts: readonly string[]
  readonly delegated: readonly string[]
}

/** A state with one name in it, which counts the pages that were read. */
class OneName implements StateView {
  readonly #entries = new Map<string, Uint8Array>()
  readonly entry: NameEntry
  readonly #pageKeys: readonly string[]
  pagesRead = 0

  constructor({ bits, table, hosts, delegated }: Content) {
    const pages = Array.from({ length: 2 ** bits }, (_, index): OwnerRecords[] =>
      [...table]
        .filter(([owner]) => recordPageOf(owner, bits) === index)
        .map(([owner, letter]) => ({ owner, recordSets: [text(letter)] })),
    )
    this.#pageKeys = pages.map((_, index) => toHex(stateKeys.recordPage(name, 3, index)))
    const served = { generation: 3, bits, records: table.size, bytes: 0 }
    const put = (key: Uint8Array, value: Uint8Array): unknown => this.#entries.set(toHex(key), value)
    put(stateKeys.parameters, parametersEntry.codec.encode(defaultParameters))
    put(stateKeys.recordTable(name), recordTableEntry.codec.encode({ generation: 4, served, building: undefined }))
    for (const [index, owners] of pages.entries())
      if (owners.length > 0) put(stateKeys.recordPage(name, 3, index), recordPageEntry.codec.encode({ owners }))
    for (const host of hosts) {
      const recordSets = [{ type: RecordType.MX, ttlSeconds: undefined, data: [Uint8Array.of(0, 1, 0)] }]
      const value: HostEntry = { ...record, host, servers: [], services: [], recordSets, retiringKeys: [] }
      put(stateKeys.host(name, host), hostEntry.codec.encode(value))
    }
    for (const host of delegated) {
      const servers = [{ name: `ns.${host}.${name}`, addresses: hex(1) }]
      const value: Delegation = { ...record, host, servers, signers: [], updateKey: undefined, certificate: undefined }
      put(stateKeys.delegation(name, host), delegationEntry.codec.encode(value))
    }
    const { ttlSeconds: _, ...head } = record
    this.entry = {
      ...head,
      ownerships: 1,
      freeAtLedgerMs: 0,
      registration: {
        primaryKey: keyPairFor('owner').publicKey,
        height: 1,
        ledgerTimeMs: 0,
        order: 1,
        certificateInformation: undefined,
        hosts: hosts.map((host) => ({ host, addresses: 0, kibibytes: 1 })),
        delegations: [...delegated],
        domainCertificate: undefined,
        encryptionKey: undefined,
      },
    }
  }

  get(key: Uint8Array): Uint8Array | undefined {
    if (this.#pageKeys.includes(toHex(key))) this.pagesRead++
    return this.#entries.get(toHex(key))
  }

  get rrsets(): Rrset[] {
    return nameEntryRrsets(this, this.entry, ttl)
  }
}

const ownerOf = ({ owner }: Pick<Rrset, 'owner'>): string =>
  formatName(owner).slice(0, -`${name}.`.length).replace(/\.$/, '')
const lines = (rrsets: readonly Rrset[]): string[] =>
  rrsets.map((rrset) => `${ownerOf(rrset)} ${formatRecordType(rrset.type)} ${rrset.rdatas.map(toHex).join(' ')}`).sort()

const places = [
  '',
  'www',
  'a.www',
  'b.a.www',
  't',
  'x.t',
  'y.x.t',
  'yt',
  '*',
  '*.t',
  'xt',
  'n1',
  'n2',
  'n3',
  'n4',
] as const

function randomContent(random: Random, bits: number): Content {
  const some = (few: number): string[] => places.filter(() => random.oneIn(few))
  const delegated = ['www', 't', 'x.t', 'n1']
    .filter(() => random.oneIn(4))
    .filter((host, _, all) => host !== 'x.t' || !all.includes('t'))
  const isBelow = (host: string): boolean => delegated.some((cut) => host === cut || host.endsWith(`.${cut}`))
  const hosts = some(5).filter((host) => !isBelow(host))
  return { bits, delegated, hosts, table: new Map(some(2).map((owner) => [owner, 97 + random.below(3)])) }
}

/** By the rule: hosts and delegations go before the table, a delegation with all that is below it. */
function expected({ table, hosts, delegated }: Content): string[] {
  const isTaken = (owner: string): boolean =>
    hosts.includes(owner) || delegated.some((cut) => owner === cut || owner.endsWith(`.${cut}`))
  return [
    ...[...table]
      .filter(([owner]) => !isTaken(owner))
      .map(([owner, letter]) => `${owner} TXT 01${letter.toString(16)}`),
    ...hosts.map((host) => `${host} MX 000100`),
    ...delegated.flatMap((host) => [`${host} NS`, `ns.${host} A c0000201`]),
  ].sort()
}

test('a record table shows what hosts and delegations leave, and a change of either is what lies between', () => {
  const random = new Random(1)
  for (let round = 0; round < 150; round++) {
    const bits = random.pick([0, 1, 3])
    const [before, after] = [randomContent(random, bits), randomContent(random, bits)]
    const [from, to] = [new OneName(before), new OneName(after)]
    const told = lines(to.rrsets).map((line) => line.replace(/ NS .*/, ' NS'))
    assert.deepEqual(told, expected(after))
    const differ = new Set(
      [...before.table, ...after.table]
        .filter(([owner]) => before.table.get(owner) !== after.table.get(owner))
        .map(([owner]) => recordPageOf(owner, bits)),
    )
    const at = (view: OneName) => ({ view, entry: view.entry, defaultTtlSeconds: ttl })
    const change = nameChange(at(from), at(to), differ)
    assert.ok(change !== undefined)
    const keyOf = ({ owner, type }: { owner: Uint8Array; type: number }): string => `${toHex(owner)} ${type}`
    const zone = new Map(from.rrsets.map((rrset) => [keyOf(rrset), rrset]))
    for (const cut of change.clear) for (const [key, { owner }] of zone) if (isAtOrBelow(owner, cut)) zone.delete(key)
    for (const gone of change.remove) assert.ok(zone.delete(keyOf(gone)), 'what goes was there')
    for (const rrset of change.put) {
      const known = zone.get(keyOf(rrset))
      assert.ok(known === undefined || lines([known])[0] !== lines([rrset])[0], 'nothing is put as it was')
      zone.set(keyOf(rrset), rrset)
    }
    assert.deepEqual(lines([...zone.values()]), lines(to.rrsets))
  }
})

test('a change reads the pages that it touches, and all of them only where a delegation ends', () => {
  const table = new Map(Array.from({ length: 400 }, (_, index) => [`n${index}`, 97]))
  const state = (content: Partial<Content>): OneName =>
    new OneName({ bits: 5, table, hosts: ['n1'], delegated: ['t'], ...content })
  const read = (after: Partial<Content>, written: number[]): number => {
    const [from, to] = [state({}), state(after)]
    const at = (view: OneName) => ({ view, entry: view.entry, defaultTtlSeconds: ttl })
    assert.ok(nameChange(at(from), at(to), new Set(written)))
    assert.ok(from.pagesRead <= to.pagesRead)
    return to.pagesRead
  }
  assert.equal(read({}, []), 0)
  assert.equal(read({}, [4, 9]), 2)
  assert.equal(read({ hosts: ['n1', 'n2'] }, []), 1)
  assert.equal(read({ hosts: [] }, [recordPageOf('n1', 5)]), 1)
  // Its own page and that of its name server: what else is below goes unread.
  assert.equal(read({ delegated: ['t', 'n7'] }, []), 2)
  assert.equal(read({ delegated: [] }, []), 32)
})
