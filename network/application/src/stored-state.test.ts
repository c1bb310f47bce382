import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keysBelow, layout, openMemoryStore, storedKey } from '@cresset/network-storage'
import { clearState } from './stored-state.ts'

test('of a state that is thrown away nothing stays in any index, so a refused snapshot leaves no trace', async () => {
  const store = openMemoryStore()
  const key = new Uint8Array(40).fill(7)
  await store.write(Object.values(layout).map((space) => ({ key: storedKey(space, key), value: key })))
  await clearState(store)
  const left = Object.entries(layout).filter(([, space]) => [...store.range(keysBelow(space))].length > 0)
  assert.deepEqual(
    left.map(([name]) => name),
    ['meta'],
  )
})
