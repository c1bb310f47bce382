import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planZoneKeys, publishZoneKeys, signZoneKeys } from '@cresset/access-client'
import { accountOf, keyPairSigner } from '@cresset/core-crypto'
import { type Action, changeDigest, type LedgerChange } from '@cresset/core-ledger'
import { answer, type ZoneKey } from '@cresset/dns-server'
import {
  buildQuery,
  formatName,
  formatRcode,
  formatRdata,
  formatRecordType,
  type Message,
  parseAbsoluteName,
  parseMessage,
  RecordType,
} from '@cresset/dns-wire'
import { LedgerApplication } from '@cresset/network-application'
import { genesisTimeMs, TestLedger, testKey } from '@cresset/network-application/testing'
import { openMemoryStore } from '@cresset/network-storage'
import { DnsPlane } from './dns-plane.ts'
import { zoneKeyOfSigner } from './zone-signers.ts'

const anchor = testKey('anchor')
const hourMs = 3_600_000

/** Four nodes of which each has a DNS key, and the zone's planes of some of them. */
class SignedNetwork {
  readonly ledger = new TestLedger()
  readonly application: LedgerApplication
  readonly #members = ['ada', 'bob', 'cyd', 'dan'].map((name) => testKey(`identity ${name}`))
  readonly #sequences = new Map<string, number>()
  readonly #planes: DnsPlane[] = []
  #proposals = 0
  timeMs = genesisTimeMs

  private constructor(application: LedgerApplication) {
    this.application = application
    application.feed.onCommit((event) => {
      for (const plane of this.#planes) plane.commit(event, event.timeMs)
    })
  }

  static async open(): Promise<SignedNetwork> {
    const ledger = new TestLedger()
    const network = new SignedNetwork(
      await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis }),
    )
    const funds = network.#members.map(({ publicKey }) => ({
      kind: 'transfer' as const,
      body: { to: accountOf(publicKey), amount: 1_000_000n, memo: new Uint8Array() },
    }))
    for (const action of funds) await network.commit(0, action)
    return network
  }

  /** A plane of a node; without a name one that has no key. */
  plane(node?: string): DnsPlane {
    const { height, timeMs } = this.application.head
    const zoneKeys: ZoneKey[] = node === undefined ? [] : [zoneKeyOfSigner(keyPairSigner(testKey(`dns ${node}`)))]
    const plane = new DnsPlane({
      genesis: this.ledger.genesis,
      queries: this.application.queries,
      height,
      timeMs,
      nowMs: timeMs,
      zoneKeys,
      nowSeconds: () => Math.floor(this.timeMs / 1_000),
    })
    this.#planes.push(plane)
    return plane
  }

  /** A block of this, later than the last one. */
  async commit(user: number | 'member 0' | 'member 1' | 'member 2', action?: Action, laterMs = 1_000): Promise<void> {
    this.timeMs += laterMs
    const pair = typeof user === 'number' ? this.ledger.users[user] : this.#members[Number(user.slice(-1))]
    if (pair === undefined) throw new Error('nobody')
    const sequence = this.#sequences.get(String(user)) ?? 0
    const transactions =
      action === undefined ? [] : [this.ledger.sign(pair, sequence, action, { validUntilMs: this.timeMs + hourMs })]
    if (action !== undefined) this.#sequences.set(String(user), sequence + 1)
    const codes = await this.ledger.commit(this.application, transactions, this.timeMs)
    assert.deepEqual(codes, action === undefined ? [] : ['ok'])
  }

  async decide(change: LedgerChange, voters: readonly (1 | 2)[] = [1, 2]): Promise<void> {
    this.#proposals += 1
    const idOf = (index: number): Uint8Array => accountOf((this.#members[index] as { publicKey: Uint8Array }).publicKey)
    await this.commit('member 0', { kind: 'propose', body: { node: idOf(0), change } })
    for (const index of voters) {
      const body = { node: idOf(index), proposal: this.#proposals, change: changeDigest(change), isYes: true }
      await this.commit(`member ${index}`, { kind: 'vote', body })
    }
  }

  /** Publishes a set with the keys of these nodes. */
  async signKeys(nodes: readonly string[]): Promise<void> {
    const plan = planZoneKeys(this.application.queries.view(), 'acme', { ttlSeconds: 600 })
    assert.ok(plan)
    const isListed = (rdata: Uint8Array): boolean =>
      rdata[1] !== 0 ||
      nodes.some((name) => Buffer.compare(zoneKeyOfSigner(keyPairSigner(testKey(`dns ${name}`))).dnskey, rdata) === 0)
    const keys = plan.keys.filter(isListed)
    const options = {
      chainId: this.ledger.chainId,
      startSeconds: Math.floor(this.timeMs / 1_000) - 3_600,
      windowDays: 14,
      windows: 6,
    }
    const signed = await signZoneKeys({ ...plan, keys }, [keyPairSigner(anchor)], options)
    const action = publishZoneKeys(signed, Math.floor(this.timeMs / 1_000))
    assert.ok(action?.kind === 'setZoneKeys')
    // Of six windows those are published that end within 59 days.
    assert.equal(action.body.signatures.length, 4)
    await this.commit(0, action)
  }
}

function ask(plane: DnsPlane, name: string, type: number): Message {
  const query = buildQuery({ id: 1, name: parseAbsoluteName(name), type, dnssecOk: true })
  return parseMessage(answer(query, plane.source, { transport: 'tcp' }) as Uint8Array)
}

const answers = (plane: DnsPlane, name: string, type: number): string[] =>
  ask(plane, name, type).answers.map(
    ({ type: found, rdata }) => `${formatRecordType(found)} ${formatRdata(found, rdata).split(' ')[0]}`,
  )
const servers = (plane: DnsPlane): string[] =>
  ask(plane, 'acme', RecordType.NS)
    .answers.filter(({ type }) => type === RecordType.NS)
    .map(({ rdata }) => formatName(rdata).split('.')[0] as string)
    .sort()
const rcode = (plane: DnsPlane): string => formatRcode(ask(plane, 'acme', RecordType.SOA).rcode)

test('a zone is signed by the nodes whose keys an anchor has signed; others leave its NS records and do not answer for it', async () => {
  const network = await SignedNetwork.open()
  const [ada, cyd] = [network.plane('ada'), network.plane('cyd')]
  assert.deepEqual(answers(ada, 'acme', RecordType.SOA), ['SOA ada.ns.acme.'])
  await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [anchor.publicKey] } })
  assert.deepEqual(answers(ada, 'acme', RecordType.DNSKEY), [], 'a zone whose keys nobody has signed yet is as it was')

  await network.signKeys(['ada', 'bob'])
  assert.deepEqual(answers(ada, 'acme', RecordType.DNSKEY), ['DNSKEY 257', 'DNSKEY 256', 'DNSKEY 256', 'RRSIG DNSKEY'])
  assert.deepEqual(answers(ada, 'acme', RecordType.SOA), ['SOA ada.ns.acme.', 'RRSIG SOA'])
  assert.deepEqual(servers(ada), ['ada', 'bob'])
  assert.deepEqual([rcode(ada), rcode(cyd)], ['NOERROR', 'SERVFAIL'])
  const types = ask(ada, 'nobody.acme', RecordType.A).authorities.map(({ type }) => formatRecordType(type))
  assert.deepEqual(types, ['SOA', 'RRSIG', 'NSEC', 'RRSIG'])

  // A node that starts now shows the same.
  const late = network.plane('ada')
  assert.deepEqual(servers(late), ['ada', 'bob'])
  assert.deepEqual(answers(late, 'acme', RecordType.SOA), answers(ada, 'acme', RecordType.SOA))
})

test('a key signs once no resolver remembers a set without it, and its node stands in the NS records from then on', async () => {
  const network = await SignedNetwork.open()
  const cyd = network.plane('cyd')
  const ada = network.plane('ada')
  await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [anchor.publicKey] } })
  await network.signKeys(['ada'])
  await network.signKeys(['ada', 'cyd'])
  assert.deepEqual([rcode(cyd), servers(ada)], ['SERVFAIL', ['ada']])
  assert.equal(answers(ada, 'acme', RecordType.DNSKEY).filter((line) => line === 'DNSKEY 256').length, 2)
  await network.commit(0, undefined, 600_000)
  assert.deepEqual([rcode(cyd), servers(ada)], ['SERVFAIL', ['ada']])
  const before = ada.serial('acme')
  await network.commit(0, undefined, 60_000)
  assert.deepEqual([rcode(cyd), servers(ada)], ['NOERROR', ['ada', 'cyd']])
  assert.notEqual(ada.serial('acme'), before)
})

test('a node that is removed signs no more, and a vote ends the signing of the zone', async () => {
  const network = await SignedNetwork.open()
  const ada = network.plane('ada')
  const dan = network.plane('dan')
  await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [anchor.publicKey] } })
  await network.signKeys(['ada', 'dan'])
  assert.deepEqual([servers(ada), rcode(dan)], [['ada', 'dan'], 'NOERROR'])
  await network.decide({ kind: 'removeNode', body: { node: accountOf(testKey('identity dan').publicKey) } })
  assert.deepEqual(servers(ada), ['ada'])
  await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [] } }, [1])
  assert.deepEqual(answers(ada, 'acme', RecordType.SOA), ['SOA ada.ns.acme.'])
  assert.deepEqual(answers(ada, 'acme', RecordType.DNSKEY), [])
  assert.deepEqual(servers(ada), ['ada', 'bob', 'cyd'])
})
