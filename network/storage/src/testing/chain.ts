import { sha256 } from '@cresset/core-crypto'
import { type Change, StateTree } from '@cresset/core-state-tree'
import { BlockLog, type LoggedBlock } from '../block-log.ts'
import { layout } from '../layout.ts'
import type { Store, Write } from '../store.ts'

/*
 * A made-up chain for tests of durability: what block N holds follows from a seed and N, so that the process that wrote it
 * need not survive for others to know what must be found.
 */

const KEYS = 240
const KEPT_VERSIONS = 6

/** Small generator with a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function patternBytes(random: () => number, length: number): Uint8Array {
  const start = Math.floor(random() * 256)
  return new Uint8Array(length).map((_, index) => (start + index * 31) & 255)
}

export function changesAt(seed: number, height: number): Change[] {
  const random = randomFrom(seed * 100_003 + height)
  const changes = new Map<number, Uint8Array | undefined>()
  for (let count = 1 + Math.floor(random() * 20); count > 0; count--) {
    const kind = random()
    const length = kind > 0.95 ? 3_000 + random() * 9_000 : random() * 200
    changes.set(Math.floor(random() * KEYS), kind < 0.15 ? undefined : patternBytes(random, Math.floor(length)))
  }
  return [...changes].map(([number, value]) => ({ key: sha256(Uint8Array.of(number, 77)), value }))
}

function blockAt(seed: number, height: number): LoggedBlock {
  const random = randomFrom(seed * 7_919 + height)
  const transactionIds = Array.from({ length: Math.floor(random() * 6) }, (_, index) =>
    sha256(Uint8Array.of(height >> 8, height, index, seed)),
  )
  return {
    height,
    blockHash: sha256(Uint8Array.of(height >> 8, height, seed, 1)),
    block: patternBytes(random, Math.floor(random() * 6_000)),
    certificate: patternBytes(random, 300),
    transactionIds,
    receipts: transactionIds.map(() => patternBytes(random, 40)),
    changedNames: [],
  }
}

/** The chain in a store: block, certificate, receipts and state of a height in one batch, as a node commits them. */
export class Chain {
  readonly #seed: number
  readonly #store: Store
  readonly #tree: StateTree
  readonly #log: BlockLog

  constructor(seed: number, store: Store) {
    this.#seed = seed
    this.#store = store
    this.#tree = StateTree.open(store, { prefix: Uint8Array.of(layout.tree), cachedLevels: 4, cacheEntries: 64 })
    this.#log = new BlockLog(store)
  }

  get height(): number {
    return this.#log.newestHeight ?? 0
  }

  /** Starts the next block; `done` resolves when the store says that it is durable. */
  next(): { height: number; done: Promise<void> } {
    const height = this.height + 1
    const update = this.#tree.update(height, changesAt(this.#seed, height))
    const batch: Write[] = [
      ...update.writes,
      ...this.#log.appendWrites(blockAt(this.#seed, height)),
      ...this.#tree.prune(height - KEPT_VERSIONS, { maxNodes: 400 }),
      ...this.#log.removeWrites(Math.max(0, height - 3 * KEPT_VERSIONS)),
    ]
    return { height, done: this.#store.write(batch).then(() => this.#tree.applied(update)) }
  }

  /**
   * What the store holds, read whole: height, root, and a digest of all entries by tree and by block.
   * Throws when its parts contradict each other.
   */
  describe(): string {
    const { height } = this
    const entries: string[] = []
    for (const { key, value } of this.#tree.iterate()) {
      const latest = this.#tree.get(key)
      if (latest === undefined || !Buffer.from(latest).equals(value)) throw new Error('tree and latest value differ')
      entries.push(Buffer.from(sha256(key, value)).toString('hex'))
    }
    for (let logged = this.#log.oldestHeight ?? 1; logged <= height; logged++) {
      const expected = blockAt(this.#seed, logged)
      if (this.#log.heightOf(expected.blockHash) !== logged) throw new Error(`block ${logged} is not found by its hash`)
      if (!Buffer.from(this.#log.block(logged) ?? []).equals(expected.block)) throw new Error(`block ${logged} differs`)
      expected.transactionIds.forEach((id, index) => {
        const found = this.#log.receipt(id)
        const isRight =
          found?.index === index && Buffer.from(found.receipt).equals(expected.receipts[index] as Uint8Array)
        if (!isRight) throw new Error(`receipt ${index} of block ${logged} differs`)
      })
    }
    const digest = sha256(new TextEncoder().encode(entries.join()))
    return [height, Buffer.from(this.#tree.root).toString('hex'), Buffer.from(digest).toString('hex')].join(' ')
  }
}

/** What `describe` gives after each height, by a chain that nothing happens to. */
export async function expectedDescriptions(seed: number, store: Store): Promise<(height: number) => Promise<string>> {
  const chain = new Chain(seed, store)
  const known = [chain.describe()]
  return async (height) => {
    while (known.length <= height) {
      await chain.next().done
      known.push(chain.describe())
    }
    return known[height] as string
  }
}
