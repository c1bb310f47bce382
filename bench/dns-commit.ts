import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { join } from 'node:path'
import { signZoneKeys } from '@cresset/access-client'
import type { Genesis } from '@cresset/core-chain'
import { generateKeyPair, keyPairSigner, sha256, signSync } from '@cresset/core-crypto'
import {
  type Change,
  type HostEntry,
  hostEntry,
  hostKeyBytes,
  type NameEntry,
  nameEntry,
  readNodes,
  stateKeys,
  zoneDnskeyRdata,
  zoneKeysEntry,
} from '@cresset/core-ledger'
import { addNames, Scenario } from '@cresset/core-ledger/testing'
import { StateTree } from '@cresset/core-state-tree'
import { serveDns } from '@cresset/dns-server'
import { buildQuery, parseAbsoluteName, parseMessage, RecordType, readUint16 } from '@cresset/dns-wire'
import type { CommitEvent, LedgerQueries } from '@cresset/network-application'
import { layout, openLmdbStore, type Store } from '@cresset/network-storage'
import { DnsPlane, zoneKeyOfSigner } from '@cresset/node/testing'
import { atMost, defineBenchmark } from './harness/benchmark.ts'
import { seededRandom } from './harness/seeded-random.ts'
import { median, percentile, significant } from './harness/statistics.ts'

const zone = 'acme'
const fillBatch = 50_000
const many = 1_000
/** Questions on their way at once. */
const window = 64
const soa = { soaRefreshSeconds: 60, soaRetrySeconds: 30, soaExpireSeconds: 86_400, soaMinimumSeconds: 30 }

const nameOf = (index: number): string => `n${index}.${zone}`
const keyOf = (label: string) => generateKeyPair('ed25519', sha256(new TextEncoder().encode(label)))
const addressOf = (round: number, index: number): Uint8Array => Uint8Array.of(10, round & 255, index >>> 8, index & 255)

/** A ledger of many names with a host each, in a tree on disk, whose zone is signed. */
class LargeZone {
  readonly #scenario = new Scenario({ funds: 10n ** 15n })
  readonly #names: number
  readonly #store: Store
  readonly #tree: StateTree
  readonly #server = keyOf('server')
  readonly #proof: Uint8Array
  height = 1_000

  private constructor(names: number, store: Store) {
    this.#names = names
    this.#store = store
    this.#tree = StateTree.open(store, { prefix: Uint8Array.of(layout.tree) })
    this.#proof = signSync(this.#server, hostKeyBytes(this.#scenario.chainId, 'x', 'www', this.#server.publicKey))
  }

  static async open(names: number, path: string): Promise<LargeZone> {
    const large = new LargeZone(names, await openLmdbStore({ path }))
    await large.#fill()
    return large
  }

  get timeMs(): number {
    return this.#scenario.timeMs + this.height * 1_000
  }

  host(index: number, round: number): Change {
    const name = nameOf(index)
    const value: HostEntry = {
      name,
      host: 'www',
      revision: 1,
      predecessor: undefined,
      height: this.height,
      ttlSeconds: undefined,
      servers: [
        {
          addresses: [addressOf(round, index)],
          publicKey: this.#server.publicKey,
          keyProof: this.#proof,
          certificate: undefined,
          weight: 1,
        },
      ],
      services: [{ port: 443, protocol: 'tcp', web: true }],
      recordSets: [],
      retiringKeys: [],
    }
    return { key: stateKeys.host(name, 'www'), value: hostEntry.codec.encode(value) }
  }

  async #fill(): Promise<void> {
    const scenario = this.#scenario
    addNames(scenario, 'alice', this.#names, (index) => 1_000_000 + (index % 100_000))
    for (let index = 0; index < this.#names; index++) {
      const key = stateKeys.name(nameOf(index))
      const entry = scenario.read(nameEntry, key) as NameEntry
      const registration = entry.registration && {
        ...entry.registration,
        hosts: [{ host: 'www', addresses: 1, kibibytes: 1 }],
      }
      scenario.state.apply([{ key, value: nameEntry.codec.encode({ ...entry, registration }) }, this.host(index, 0)])
    }
    scenario.state.apply([await this.#zoneKeys()])
    const entries = scenario.state.entries()
    for (let at = 0, version = 0; at < entries.length; at += fillBatch, version++)
      await this.#write(version, entries.slice(at, at + fillBatch))
  }

  async #zoneKeys(): Promise<Change> {
    const anchor = keyOf('anchor')
    const ttlSeconds = 3_600
    const keys = [zoneDnskeyRdata(anchor.publicKey, 257), zoneDnskeyRdata(keyOf('zone').publicKey, 256)]
    const { signatures } = await signZoneKeys(
      { zone, revision: 1, ttlSeconds, keys, isSame: false },
      [keyPairSigner(anchor)],
      {
        chainId: this.#scenario.chainId,
        startSeconds: Math.floor(Date.now() / 1_000) - 3_600,
        windowDays: 14,
        windows: 1,
      },
    )
    const node = readNodes(this.#scenario.state)[0]?.id
    const since = { sinceMs: 0 }
    const set = {
      signedSinceMs: 0,
      ttlSeconds,
      keys: keys.map((dnskey, index) => ({ dnskey, node: index === 0 ? undefined : node, ...since })),
      signatures: signatures.map(({ rdata }) => rdata),
    }
    const value = zoneKeysEntry.codec.encode({ zone, height: 1, revision: 1, anchors: [anchor.publicKey], set })
    return { key: stateKeys.zoneKeys(zone), value }
  }

  /** A block that publishes these hosts anew, durable; what is to be told of it. */
  async commit(indexes: readonly number[], round: number): Promise<CommitEvent> {
    this.height += 1
    await this.#write(
      this.#tree.version + 1,
      indexes.map((index) => this.host(index, round)).sort((a, b) => Buffer.compare(a.key, b.key)),
    )
    return {
      height: this.height,
      timeMs: this.timeMs,
      blockHash: new Uint8Array(32),
      stateRoot: new Uint8Array(32),
      final: true,
      reverted: false,
      transactions: [],
      blockEvents: [],
      changedNames: indexes.map((index) => `www.${nameOf(index)}`),
    }
  }

  async #write(version: number, changes: readonly Change[]): Promise<void> {
    const update = this.#tree.update(version, changes)
    await this.#store.write(update.writes)
    this.#tree.applied(update)
  }

  plane(): DnsPlane {
    const { genesis } = this.#scenario
    const queries = {
      view: () => this.#tree,
      names: (_of: unknown, { after, limit }: { after?: string; limit: number }) => {
        const first = after === undefined ? 0 : Number(/^n(\d+)/.exec(after)?.[1]) + 1
        return Array.from({ length: Math.max(0, Math.min(limit, this.#names - first)) }, (_, at) => nameOf(first + at))
      },
      changedNames: () => [],
      header: () => ({ timeMs: this.timeMs }),
    }
    return new DnsPlane({
      genesis: { ...genesis, zones: [zone], parameters: { ...genesis.parameters, ...soa } } as unknown as Genesis,
      queries: queries as unknown as LedgerQueries,
      height: this.height,
      timeMs: this.timeMs,
      nowMs: this.timeMs,
      zoneKeys: [zoneKeyOfSigner(keyPairSigner(keyOf('zone')))],
    })
  }

  async close(): Promise<void> {
    await this.#store.close()
  }
}

/** One socket that asks for the addresses of hosts, signed, and checks what comes. */
class Asker {
  readonly #socket = createSocket('udp4')

  static async connect(port: number): Promise<Asker> {
    const asker = new Asker()
    asker.#socket.connect(port, '127.0.0.1')
    await once(asker.#socket, 'connect')
    return asker
  }

  /** Resolves when all have been answered with the address of this round and a signature. */
  async ask(indexes: readonly number[], round: number): Promise<void> {
    let sent = 0
    const next = (): void => {
      const index = indexes[sent]
      if (index === undefined) return
      const name = parseAbsoluteName(`www.${nameOf(index)}`)
      this.#socket.send(buildQuery({ id: sent, name, type: RecordType.A, dnssecOk: true }))
      sent += 1
    }
    await new Promise<void>((resolve, reject) => {
      let answered = 0
      this.#socket.removeAllListeners('message')
      this.#socket.on('message', (bytes: Uint8Array) => {
        const { answers } = parseMessage(bytes)
        const wanted = addressOf(round, indexes[readUint16(bytes, 0)] as number)
        const [record, signature] = answers
        if (record === undefined || Buffer.compare(record.rdata, wanted) !== 0 || signature?.type !== RecordType.RRSIG)
          reject(new Error('an answer was not the new, signed one'))
        answered += 1
        if (answered === indexes.length) resolve()
        else next()
      })
      for (let open = 0; open < window; open++) next()
    })
  }

  close(): void {
    this.#socket.close()
  }
}

export default defineBenchmark({
  name: 'dns-commit',
  description: 'From a commit to the new, signed answer on the wire, in a large zone',
  packages: ['lmdb'],
  options: {
    names: { type: 'number', default: 100_000, description: 'names of the zone, each with a host' },
    single: { type: 'number', default: 500, description: 'blocks that change one name' },
    rounds: { type: 'number', default: 30, description: `blocks that change ${many} names` },
  },
  async run({ options, folder, progress }) {
    progress(`${options.names} names`)
    const large = await LargeZone.open(options.names, join(folder, 'state'))
    const buildStartMs = performance.now()
    const plane = large.plane()
    const buildMilliseconds = performance.now() - buildStartMs
    const server = await serveDns({ address: '127.0.0.1', port: 0, source: plane.source })
    const asker = await Asker.connect(server.port)
    const random = seededRandom(1)
    const measure = async (count: number, round: number): Promise<{ shown: number; answered: number }> => {
      const indexes = [...new Set(Array.from({ length: count }, () => Math.floor(random() * options.names)))]
      const event = await large.commit(indexes, round)
      const startMs = performance.now()
      plane.commit(event, large.timeMs)
      const shown = performance.now() - startMs
      await asker.ask(indexes, round)
      return { shown, answered: performance.now() - startMs }
    }
    try {
      const single: number[] = []
      const shown: number[] = []
      const thousand: number[] = []
      // The first ones pay for compilation.
      for (let round = 1; round <= 20; round++) await measure(1, round)
      progress('blocks that change one name')
      for (let round = 1; round <= options.single; round++) single.push((await measure(1, round)).answered)
      progress(`blocks that change ${many} names`)
      for (let round = 1; round <= options.rounds; round++) {
        const times = await measure(many, round)
        shown.push(times.shown)
        thousand.push(times.answered)
      }
      const signStartMs = performance.now()
      let signatures = 0
      for (const _signature of plane.signAll()) signatures += 1
      const figures = {
        names: options.names,
        singleP50Milliseconds: significant(median(single), 3),
        singleP99Milliseconds: significant(percentile(single, 99), 3),
        thousandShownP50Milliseconds: significant(median(shown), 3),
        thousandP50Milliseconds: significant(median(thousand), 3),
        thousandP99Milliseconds: significant(percentile(thousand, 99), 3),
        buildSeconds: significant(buildMilliseconds / 1_000, 3),
        signAllSeconds: significant((performance.now() - signStartMs) / 1_000, 3),
        recordSets: signatures,
      }
      return {
        figures,
        aims: [
          atMost('one change, p99', figures.singleP99Milliseconds, 5, 'ms'),
          atMost(`${many} changes, p99`, figures.thousandP99Milliseconds, 500, 'ms'),
        ],
        tables: [
          {
            title: `From commit to the last new, signed answer by UDP, ${options.names} names`,
            columns: ['changes', 'p50 ms', 'p99 ms', 'shown after, p50 ms'],
            rows: [
              [1, figures.singleP50Milliseconds, figures.singleP99Milliseconds, ''],
              [
                many,
                figures.thousandP50Milliseconds,
                figures.thousandP99Milliseconds,
                figures.thousandShownP50Milliseconds,
              ],
            ],
          },
        ],
      }
    } finally {
      asker.close()
      await server.close()
      await large.close()
    }
  },
})
