import assert from 'node:assert/strict'
import { planZoneKeys, publishZoneKeys, signZoneKeys } from '@cresset/access-client'
import type { AddressRange } from '@cresset/core-chain'
import { equalBytes } from '@cresset/core-codec'
import { accountOf, type KeyPair, keyPairSigner, signSync } from '@cresset/core-crypto'
import { type Action, changeDigest, hostKeyBytes, type LedgerChange } from '@cresset/core-ledger'
import { LedgerApplication } from '@cresset/network-application'
import { genesisTimeMs, TestLedger, testKey } from '@cresset/network-application/testing'
import { openMemoryStore } from '@cresset/network-storage'
import { DnsPlane } from '../dns-plane.ts'
import { zoneKeyOfSigner } from '../zone-signers.ts'

const hourMs = 3_600_000

export interface SignedNetworkOptions {
  /** Settings of genesis. */
  readonly settings?: Readonly<Record<string, string>>
  /** Time of the first block. Default: that of the test ledger. */
  readonly timeMs?: number
  /** Each gives a reverse zone. */
  readonly addressRanges?: AddressRange[]
}

/** What one account does in a block. */
export interface Step {
  /** Index of a user. */
  readonly user: number
  readonly action: Action
}

export interface KeySetOptions {
  /** Those that sign, the first one authorizes. */
  readonly anchors: readonly [KeyPair, ...KeyPair[]]
  readonly added?: readonly KeyPair[]
  readonly revoked?: readonly KeyPair[]
  /** DNS keys of nodes that are listed. Default: all that the ledger has. */
  readonly nodeKeys?: readonly KeyPair[]
  readonly ttlSeconds?: number
}

/** The node's DNS key in genesis. */
export const dnsKeyOf = (node: string): KeyPair => testKey(`dns ${node}`)

/** A ledger of four nodes, each with a DNS key, without agreement; and the zones of any of them. */
export class SignedNetwork {
  readonly ledger: TestLedger
  readonly application: LedgerApplication
  readonly #members = ['ada', 'bob', 'cyd', 'dan'].map((name) => testKey(`identity ${name}`))
  readonly #sequences = new Map<string, number>()
  readonly #planes: DnsPlane[] = []
  #proposals = 0
  /** Of the last block. */
  timeMs: number

  private constructor(ledger: TestLedger, application: LedgerApplication, timeMs: number) {
    this.ledger = ledger
    this.application = application
    this.timeMs = timeMs
    application.feed.onCommit((event) => {
      for (const plane of this.#planes) plane.commit(event, event.timeMs)
    })
  }

  static async open(options: SignedNetworkOptions = {}): Promise<SignedNetwork> {
    const { settings = {}, timeMs = genesisTimeMs, addressRanges = [] } = options
    const ledger = new TestLedger(8, settings, addressRanges)
    const application = await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis })
    const network = new SignedNetwork(ledger, application, timeMs)
    for (const { publicKey } of network.#members) {
      const body = { to: accountOf(publicKey), amount: 1_000_000n, memo: new Uint8Array() }
      await network.commit(0, { kind: 'transfer', body })
    }
    return network
  }

  /** The zones as a node with these keys shows them. */
  plane(zoneKeys: readonly KeyPair[]): DnsPlane {
    const { height, timeMs } = this.application.head
    const plane = new DnsPlane({
      genesis: this.ledger.genesis,
      queries: this.application.queries,
      height,
      timeMs,
      nowMs: timeMs,
      zoneKeys: zoneKeys.map((pair) => zoneKeyOfSigner(keyPairSigner(pair))),
      nowSeconds: () => Math.floor(this.timeMs / 1_000),
    })
    this.#planes.push(plane)
    return plane
  }

  /** A block with this of one account, so much later than the last one. */
  async commit(user: number | `member ${0 | 1 | 2}`, action?: Action, laterMs = 1_000): Promise<void> {
    this.timeMs += laterMs
    const pair = typeof user === 'number' ? this.ledger.users[user] : this.#members[Number(user.slice(-1))]
    if (pair === undefined) throw new Error('nobody')
    const sequence = this.#sequences.get(String(user)) ?? 0
    const validUntilMs = this.timeMs + hourMs
    const transactions = action === undefined ? [] : [this.ledger.sign(pair, sequence, action, { validUntilMs })]
    if (action !== undefined) this.#sequences.set(String(user), sequence + 1)
    const codes = await this.ledger.commit(this.application, transactions, this.timeMs)
    assert.deepEqual(codes, action === undefined ? [] : ['ok'])
  }

  /** A block with all of these, in their order, so much later than the last one. */
  async commitAll(steps: readonly Step[], laterMs = 1_000): Promise<void> {
    this.timeMs += laterMs
    const transactions = steps.map(({ user, action }) => {
      const pair = this.ledger.users[user] as KeyPair
      return this.ledger.sign(pair, this.#take(user, 1), action, { validUntilMs: this.timeMs + hourMs })
    })
    const codes = await this.ledger.commit(this.application, transactions, this.timeMs)
    assert.deepEqual(new Set(codes), new Set(steps.length === 0 ? [] : ['ok']))
  }

  /** Registers names for a user, in two blocks each. */
  async register(user: number, names: readonly string[]): Promise<void> {
    for (const name of names) {
      const validUntilMs = this.timeMs + hourMs
      const { seal, reveal } = this.ledger.registration(user, this.#take(user, 2), name, { validUntilMs })
      for (const transaction of [seal, reveal]) {
        this.timeMs += 1_000
        assert.deepEqual(await this.ledger.commit(this.application, [transaction], this.timeMs), ['ok'])
      }
    }
  }

  /** What a user publishes at a host of a name: a server at this address, or nothing any more. */
  publishing(user: number, name: string, host: string, address: Uint8Array | undefined): Step {
    const owner = (this.ledger.users[user] as KeyPair).publicKey
    const key = testKey(`host ${host}.${name}`)
    const server = (at: Uint8Array) => ({
      addresses: [at],
      publicKey: key.publicKey,
      keyProof: signSync(key, hostKeyBytes(this.ledger.chainId, name, host, owner)),
      certificate: undefined,
      weight: 1,
    })
    const body = { name, host, ttlSeconds: 60, recordSets: [], keyOverlap: 'none' as const }
    const services = address === undefined ? [] : [{ port: 443, protocol: 'tcp' as const, web: true }]
    const servers = address === undefined ? [] : [server(address)]
    return { user, action: { kind: 'publish', body: { ...body, servers, services } } }
  }

  #take(user: number, count: number): number {
    const sequence = this.#sequences.get(String(user)) ?? 0
    this.#sequences.set(String(user), sequence + count)
    return sequence
  }

  /** Has the members decide; `ada` proposes, and the `voters` are as many more as are needed. */
  async decide(change: LedgerChange, voters: readonly (1 | 2)[] = [1, 2]): Promise<void> {
    this.#proposals += 1
    const idOf = (index: number): Uint8Array => accountOf((this.#members[index] as KeyPair).publicKey)
    await this.commit('member 0', { kind: 'propose', body: { node: idOf(0), change } })
    for (const index of voters) {
      const body = { node: idOf(index), proposal: this.#proposals, change: changeDigest(change), isYes: true }
      await this.commit(`member ${index}`, { kind: 'vote', body })
    }
  }

  /** Publishes a set of keys for the zone, signed for 14 days at a time; gives how many signatures it has. */
  async publishKeys({ anchors, added = [], revoked = [], nodeKeys, ttlSeconds = 600 }: KeySetOptions): Promise<number> {
    const view = this.application.queries.view()
    const known = planZoneKeys(view, 'acme')
    assert.ok(known)
    const plan = planZoneKeys(view, 'acme', {
      ttlSeconds,
      revoked: revoked.map(({ publicKey }) => publicKey),
      ...(added.length > 0 && { anchors: [...anchors, ...added].map(({ publicKey }) => publicKey) }),
    })
    assert.ok(plan)
    const listed = nodeKeys?.map((pair) => zoneKeyOfSigner(keyPairSigner(pair)).dnskey)
    const isAnchor = (rdata: Uint8Array): boolean => ((rdata[1] as number) & 1) === 1
    const keys = plan.keys.filter(
      (rdata) => listed === undefined || isAnchor(rdata) || listed.some((own) => equalBytes(own, rdata)),
    )
    const nowSeconds = Math.floor(this.timeMs / 1_000)
    const options = { chainId: this.ledger.chainId, startSeconds: nowSeconds - 3_600, windowDays: 14, windows: 6 }
    const [first, ...rest] = anchors
    const signed = await signZoneKeys(
      { ...plan, keys },
      [keyPairSigner(first), ...[...rest, ...revoked].map(keyPairSigner)],
      options,
    )
    const action = publishZoneKeys(signed, nowSeconds)
    assert.ok(action?.kind === 'setZoneKeys')
    await this.commit(0, action)
    return action.body.signatures.length
  }
}
