import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256 } from '@cresset/core-crypto'
import { openMemoryStore, type Store } from '@cresset/network-storage'
import fc from 'fast-check'
import { type Change, emptyRoot, StateTree, StateTreeError, verifyProof } from './index.ts'
import { type NaiveEntry, naiveRoot, naiveWay } from './testing/naive-tree.ts'

const prefix = Uint8Array.of(7)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bytes = (text: string) => new TextEncoder().encode(text)
/** A small space of keys with long common prefixes, so that histories meet and branches are deep. */
const keyOf = (number: number): Uint8Array => {
  const key = number % 3 === 0 ? new Uint8Array(32) : sha256(Uint8Array.of(number))
  if (number % 3 === 0) key[31 - (number % 11)] = number
  return key
}
const optionsOf = (cachedLevels: number) => ({ prefix, cachedLevels, cacheEntries: 8 })

async function commit(store: Store, tree: StateTree, version: number, changes: Change[]): Promise<void> {
  const update = tree.update(version, changes)
  await store.write(update.writes)
  tree.applied(update)
}

async function dump(store: Store): Promise<string[]> {
  return [...store.range({ gte: Uint8Array.of(0), lt: Uint8Array.of(255) })].map(
    ([key, value]) => `${hex(key)}=${hex(value)}`,
  )
}

test('an empty tree has the empty root, proves absence and knows no other answer', () => {
  const tree = StateTree.open(openMemoryStore(), { prefix })
  assert.equal(tree.version, 0)
  assert.deepEqual(tree.root, emptyRoot)
  assert.deepEqual(tree.root, naiveRoot([]))
  const key = keyOf(1)
  assert.equal(tree.get(key), undefined)
  assert.deepEqual(verifyProof({ root: emptyRoot, key, proof: tree.prove(key) }), { ok: true, value: undefined })
  assert.deepEqual([...tree.iterate()], [])
  assert.equal(tree.oldestVersion, undefined)
})

type Step =
  | { kind: 'update'; changes: { number: number; value: number | undefined }[]; gap: number }
  | { kind: 'undo' }
  | { kind: 'prune'; keep: number }
  | { kind: 'reopen' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('update' as const),
      changes: fc.uniqueArray(
        fc.record({
          number: fc.nat({ max: 40 }),
          value: fc.option(fc.nat({ max: 5 }), { nil: undefined, freq: 2 }),
        }),
        { selector: (change) => change.number, maxLength: 12 },
      ),
      gap: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'undo' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('prune' as const), keep: fc.nat({ max: 4 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
)

test('random histories agree with the definition in every version kept', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.integer({ min: 0, max: 6 }), async (steps, cachedLevels) => {
      const store = openMemoryStore()
      let tree = StateTree.open(store, optionsOf(cachedLevels))
      /** Entries of every version kept, oldest first, and what the store held then. */
      let model: { version: number; entries: Map<string, NaiveEntry> }[] = []
      let height = 0
      let isPruned = false
      for (const current of steps) {
        const latest = model.at(-1)
        if (current.kind === 'update') {
          height += current.gap
          const changes = current.changes.map(({ number, value }) => ({
            key: keyOf(number),
            value: value === undefined ? undefined : bytes(`value ${value}`.repeat(value)),
          }))
          const unique = [...new Map(changes.map((change) => [hex(change.key), change])).values()]
          const entries = new Map(latest?.entries)
          let isAltered = false
          for (const { key, value } of unique) {
            const before = entries.get(hex(key))
            if (value === undefined ? before !== undefined : before === undefined || hex(before.value) !== hex(value))
              isAltered = true
            if (value === undefined) entries.delete(hex(key))
            else entries.set(hex(key), { key, value })
          }
          const rival = tree.update(height, [{ key: keyOf(99), value: bytes('rival candidate') }])
          assert.notDeepEqual(rival.root, tree.root)
          await commit(store, tree, height, unique)
          if (isAltered) model.push({ version: height, entries })
        } else if (current.kind === 'undo') {
          if (latest === undefined) continue
          if (model.length === 1 && isPruned) {
            assert.throws(
              () => tree.undo(),
              (error: StateTreeError) => error.code === 'unknown-version',
            )
            continue
          }
          const undo = tree.undo()
          await store.write(undo.writes)
          tree.applied(undo)
          model.pop()
          height = tree.version
        } else if (current.kind === 'prune') {
          if (latest === undefined) continue
          const keepFrom = Math.max(0, latest.version - current.keep)
          for (;;) {
            const writes = tree.prune(keepFrom, { maxNodes: 200 })
            if (writes.length === 0) break
            assert.ok(writes.length <= 200)
            await store.write(writes)
          }
          const target = model.findLast(({ version }) => version <= keepFrom)
          const kept = target === undefined ? model : model.slice(model.indexOf(target))
          if (kept.length < model.length) isPruned = true
          model = kept
        } else {
          tree = StateTree.open(store, optionsOf(cachedLevels))
        }
        if (model.length === 0) isPruned = false
        check(tree, model)
      }
      assert.equal(tree.oldestVersion, model[0]?.version)
    }),
    { numRuns: 150 },
  )
})

function check(tree: StateTree, model: { version: number; entries: Map<string, NaiveEntry> }[]): void {
  assert.equal(tree.version, model.at(-1)?.version ?? 0)
  for (const { version, entries } of model) {
    const root = naiveRoot(entries.values())
    assert.deepEqual(tree.rootAt(version), root)
    const listed = [...tree.iterate(version)].map(({ key, value }) => `${hex(key)}=${hex(value)}`)
    assert.deepEqual(listed, [...entries.values()].map(({ key, value }) => `${hex(key)}=${hex(value)}`).sort())
    for (const number of [0, 3, 1, 12, 17, 40, 41]) {
      const key = keyOf(number)
      const value = entries.get(hex(key))?.value
      assert.deepEqual(tree.get(key, version), value)
      const fromKey = [...tree.iterate(version, key)].map((entry) => `${hex(entry.key)}=${hex(entry.value)}`)
      assert.deepEqual(
        fromKey,
        listed.filter((entry) => entry >= hex(key)),
      )
      const proof = tree.prove(key, version)
      assert.deepEqual(verifyProof({ root, key, proof }), { ok: true, value })
      const way = naiveWay(entries.values(), key)
      if (way.end !== undefined) assert.ok(proof.length >= 32 * way.branches && proof.length < 32 * way.branches + 160)
    }
  }
}

test('undo leaves the store exactly as it was', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uniqueArray(fc.nat({ max: 30 }), { minLength: 1, maxLength: 10 }), { minLength: 1, maxLength: 6 }),
      async (batches) => {
        const store = openMemoryStore()
        const tree = StateTree.open(store, optionsOf(2))
        const images: string[][] = []
        let version = 0
        for (const batch of batches) {
          images.push(await dump(store))
          const present = (number: number) => tree.get(keyOf(number)) !== undefined
          const changes = [...new Map(batch.map((number) => [hex(keyOf(number)), number])).values()]
          version++
          await commit(
            store,
            tree,
            version,
            changes.map((number) => ({
              key: keyOf(number),
              value: present(number) && number % 2 === 0 ? undefined : bytes(`at ${version}`),
            })),
          )
        }
        while (tree.version > 0) {
          const undo = tree.undo()
          await store.write(undo.writes)
          tree.applied(undo)
          assert.deepEqual(await dump(store), images.pop())
        }
        assert.deepEqual(tree.root, emptyRoot)
      },
    ),
    { numRuns: 60 },
  )
})

test('a height without a version of its own answers with the one before', async () => {
  const store = openMemoryStore()
  const tree = StateTree.open(store, { prefix })
  const key = keyOf(1)
  await commit(store, tree, 3, [{ key, value: bytes('three') }])
  await commit(store, tree, 5, [{ key, value: bytes('three') }])
  await commit(store, tree, 9, [{ key, value: bytes('nine') }])
  assert.equal(tree.version, 9)
  assert.deepEqual(tree.get(key, 5), bytes('three'))
  assert.deepEqual(tree.get(key, 8), bytes('three'))
  assert.deepEqual(tree.get(key, 100), bytes('nine'))
  assert.equal(tree.versionExists(2), false)
  assert.throws(
    () => tree.get(key, 2),
    (error: StateTreeError) => error instanceof StateTreeError && error.code === 'unknown-version',
  )
})

test('pruning and a whole life leave no node behind', async () => {
  const store = openMemoryStore()
  const tree = StateTree.open(store, optionsOf(3))
  for (let version = 1; version <= 40; version++) {
    await commit(
      store,
      tree,
      version,
      [version, version + 7, version + 20].map((number) => ({
        key: sha256(Uint8Array.of(number)),
        value: version % 5 === 4 ? undefined : Uint8Array.of(version),
      })),
    )
  }
  await store.write(tree.prune(40, { maxNodes: 10_000 }))
  assert.deepEqual(tree.prune(40, { maxNodes: 10_000 }), [])
  const entries = [...tree.iterate()]
  const records = [...store.range({ gte: Uint8Array.of(7, 0), lt: Uint8Array.of(7, 1) })]
  assert.ok(records.length > 10 && records.length < 2 * entries.length)
  // Each record is needed: without it the tree cannot be read.
  for (const [key, value] of records) {
    await store.write([{ key, value: undefined }])
    const reopened = StateTree.open(store, optionsOf(3))
    assert.throws(
      () => [...reopened.iterate()],
      (error: StateTreeError) => error.code === 'damaged',
    )
    await store.write([{ key, value }])
  }
  assert.deepEqual([...StateTree.open(store, optionsOf(3)).iterate()], entries)
  assert.equal(tree.oldestVersion, 40)
})

test('a lost node is reported as damage, not as absence', async () => {
  const store = openMemoryStore()
  const tree = StateTree.open(store, { prefix })
  await commit(
    store,
    tree,
    1,
    [1, 2, 4, 5].map((number) => ({ key: keyOf(number), value: Uint8Array.of(number) })),
  )
  const [first] = [...store.range({ gte: Uint8Array.of(7, 0), lt: Uint8Array.of(7, 1) })]
  await store.write([{ key: first![0], value: undefined }])
  const reopened = StateTree.open(store, { prefix })
  assert.throws(
    () => [...reopened.iterate()],
    (error: StateTreeError) => error.code === 'damaged',
  )
})

test('misuse stops at once', async () => {
  const store = openMemoryStore()
  const tree = StateTree.open(store, { prefix })
  const key = keyOf(1)
  await commit(store, tree, 5, [{ key, value: Uint8Array.of(1) }])
  assert.throws(() => tree.update(5, []), /version 5 is not above 5/)
  assert.throws(
    () =>
      tree.update(6, [
        { key, value: key },
        { key, value: undefined },
      ]),
    /two changes of one key/,
  )
  assert.throws(() => tree.update(6, [{ key: key.subarray(1), value: undefined }]), /a key has 32 bytes/)
  assert.throws(() => tree.update(6, [{ key, value: new Uint8Array((1 << 20) + 1) }]), /a value has at most/)
  const stale = tree.update(6, [{ key, value: Uint8Array.of(2) }])
  await commit(store, tree, 6, [{ key, value: Uint8Array.of(3) }])
  assert.throws(() => tree.applied(stale), /another version/)
})
