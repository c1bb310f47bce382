import { sha256 } from '@cresset/core-crypto'
import { type Change, type KeyValueStore, type RangeOptions, StateTree, type Write } from '../index.ts'
import { naiveRoot } from './naive-tree.ts'

/** A store of the smallest kind, so that this package's fuzz target needs no other. */
class PlainStore implements KeyValueStore {
  readonly #entries = new Map<string, Write>()

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(Buffer.from(key).toString('hex'))?.value
  }

  *range({ gte, lt, reverse = false, limit = 2 ** 31 }: RangeOptions): Generator<[Uint8Array, Uint8Array]> {
    const inside = [...this.#entries.values()]
      .filter(({ key }) => Buffer.compare(key, gte) >= 0 && Buffer.compare(key, lt) < 0)
      .sort((a, b) => Buffer.compare(a.key, b.key) * (reverse ? -1 : 1))
    for (const { key, value } of inside.slice(0, limit)) yield [key, value as Uint8Array]
  }

  write(batch: readonly Write[]): void {
    for (const write of batch) {
      const name = Buffer.from(write.key).toString('hex')
      if (write.value === undefined) this.#entries.delete(name)
      else this.#entries.set(name, write)
    }
  }
}

export interface SampleTree {
  readonly root: Uint8Array
  /** Present keys and absent ones, some of them close to present ones. */
  readonly keys: readonly Uint8Array[]
  truth(key: Uint8Array): Uint8Array | undefined
  prove(key: Uint8Array): Uint8Array
}

/** A tree with this many entries, some of whose keys share all but their last bits. */
export function sampleTree(entries: number): SampleTree {
  const store = new PlainStore()
  const tree = StateTree.open(store, { prefix: Uint8Array.of(7) })
  const keyOf = (number: number): Uint8Array => {
    const key = sha256(Uint8Array.of(number % 4 === 3 ? number - 3 : number, 1))
    if (number % 4 === 3) key[31] = (key[31] as number) ^ (1 << (number % 8))
    return key
  }
  const changes: Change[] = Array.from({ length: entries }, (_, number) => ({
    key: keyOf(number),
    value: new TextEncoder().encode(`value ${number}`.repeat(number % 5)),
  }))
  const update = tree.update(1, changes)
  store.write(update.writes)
  tree.applied(update)
  const entriesByKey = new Map(changes.map(({ key, value }) => [Buffer.from(key).toString('hex'), value]))
  if (Buffer.compare(tree.root, naiveRoot(changes as { key: Uint8Array; value: Uint8Array }[])) !== 0) {
    throw new Error('the sample tree has another root than the definition')
  }
  return {
    root: tree.root,
    keys: Array.from({ length: entries + 12 }, (_, number) => keyOf(number)),
    truth: (key) => entriesByKey.get(Buffer.from(key).toString('hex')),
    prove: (key) => tree.prove(key),
  }
}
