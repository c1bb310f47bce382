import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { checkInvariants, MemoryState, scanState } from '@cresset/core-ledger/testing'
import { StateTree } from '@cresset/core-state-tree'
import { LedgerApplication } from '@cresset/network-application'
import type { TestLedger } from '@cresset/network-application/testing'
import { layout, type Store } from '@cresset/network-storage'
import { openLmdbStoreWith } from '../../network/storage/src/lmdb-store.ts'
import { KeptBlocks } from './kept-blocks.ts'
import { KeptVersions } from './kept-versions.ts'
import { assertPlateau, renewalFileBytes, type Sample } from './plateau.ts'
import { labels, SteadyLoad, shortLivedLedger, topUpsUntil, turnBlocks } from './steady-load.ts'
import { historyNamespaces, type StoredSize, sizeOf, sizesOf, stateNamespaces } from './stored-bytes.ts'

export interface LongChainOptions {
  /** Folder of the store; must be empty. */
  readonly path: string
  readonly blocks: number
  readonly sampleEvery: number
  /** At least as many as versions. */
  readonly keepBlocks: number
  /** Asked after each sample; true ends the run early. */
  readonly isOver?: (height: number) => boolean
  readonly print?: (line: string) => void
}

export interface LongChainFigures {
  readonly blocks: number
  readonly transactions: number
  readonly proofs: number
  readonly samples: readonly Sample[]
  readonly fileBytes: number
  /** By namespace, at the end. */
  readonly history: ReadonlyMap<string, StoredSize>
  readonly state: ReadonlyMap<string, StoredSize>
  readonly runMs: number
}

/** Seals, claims and old keys that can wait at any time: a name begins every six blocks, and an old key stays for sixty. */
const maxUnderWay = 12

/** Pages of a B-tree are two thirds full, and each commit frees those that it replaces: a file in which these are not used again is many times as large. */
const mostFileShare = 2
/** What the newest commits freed and none has used again: the same for a small store as for a large one. */
const freedBytes = 2 ** 20

export const keepVersions = 256
/** Every label had its turn, as many versions as are kept lie between, and the first blocks are forgotten: from here on, nothing may grow. */
export const warmUpBlocks = (keepBlocks: number): number => Math.max(2 * turnBlocks, keepBlocks + turnBlocks)

/** LMDB as a node has it, but a commit does not wait for the disk: that is most of a block's time, and nothing crashes here. */
const openUnflushed = (path: string): Promise<Store> => openLmdbStoreWith({ path }, { noSync: true })

/**
 * A ledger without engine and network, on a real store: blocks of a steady load are executed, certified by the test validators and
 * committed one after the other. Throws AssertionError when anything grows, a proof of a kept version fails or one of a pruned version is
 * given, a kept block is not whole or a forgotten one is answered from, or the store does not open again at the same block.
 */
export async function runLongChain(options: LongChainOptions): Promise<LongChainFigures> {
  const { path, blocks, sampleEvery, keepBlocks, isOver = () => false, print = () => {} } = options
  const ledger = shortLivedLedger()
  const load = new SteadyLoad(ledger)
  const store = await openUnflushed(path)
  const samples: Sample[] = []
  let transactions = 0
  let proofs = 0
  const start = performance.now()
  try {
    const { genesis } = ledger
    const application = await LedgerApplication.open({ store, genesis, keepVersions, keepBlocks })
    const kept = new KeptVersions({ ledger, load, application, keepVersions })
    const keptBlocks = new KeptBlocks({ ledger, application, keepBlocks })
    for (let height = 1; height <= blocks; height++) {
      const block = load.transactions(height)
      const codes = await ledger.commit(application, block)
      for (const code of codes) assert.equal(code, 'ok', `block ${height}`)
      transactions += block.length
      kept.remember()
      keptBlocks.remember(block)
      if (height % sampleEvery !== 0) continue
      proofs += kept.check()
      keptBlocks.check()
      const sample = takeSample(store, path, height)
      samples.push(sample)
      assert.equal(sizeOf(store, 'undo').entries, Math.min(height, keepVersions + 1), 'undo records')
      if (isOver(height)) break
    }
    const runMs = performance.now() - start
    for (const line of describe(samples)) print(line)
    assertPlateau(samples, warmUpBlocks(keepBlocks))
    const { head } = application
    keptBlocks.check(true)
    assert.equal(head.height, samples.at(-1)?.height)
    const history = sizesOf(store, historyNamespaces)
    const state = sizesOf(store, stateNamespaces)
    for (const name of ['blocks', 'certificates', 'blockHashIndex'] as const) {
      assert.equal(history.get(name)?.entries, Math.min(head.height, keepBlocks), name)
    }
    assert.equal(history.get('transactionIndex')?.entries, keptBlocks.transactions)
    await store.close()
    await reopen({ path, head, kept, keptBlocks, keepBlocks })
    const fileBytes = fileBytesOf(path)
    const storedBytes = [...history.values(), ...state.values()].reduce((sum, { bytes }) => sum + bytes, 0)
    const mostBytes = mostFileShare * storedBytes + freedBytes + topUpsUntil(head.height) * renewalFileBytes
    assert(fileBytes <= mostBytes, `a file of ${fileBytes} bytes holds ${storedBytes}, more than ${mostBytes}`)
    return { blocks: head.height, transactions, proofs, samples, fileBytes, history, state, runMs }
  } finally {
    await store.close()
  }
}

interface Reopened {
  readonly path: string
  readonly head: LedgerApplication['head']
  readonly kept: KeptVersions
  readonly keptBlocks: KeptBlocks
  readonly keepBlocks: number
}

async function reopen({ path, head, kept, keptBlocks, keepBlocks }: Reopened): Promise<void> {
  const store = await openUnflushed(path)
  try {
    const { genesis } = kept.ledger
    const application = await LedgerApplication.open({ store, genesis, keepVersions, keepBlocks })
    assert.deepEqual(application.head, head, 'the newest block after opening the store again')
    kept.check(application)
    keptBlocks.check(true, application)
    checkState(store, kept.ledger, head.height)
  } finally {
    await store.close()
  }
}

/** Every entry decoded: invariants hold, and nothing is left of names that ended but what the protocol keeps. */
function checkState(store: Store, ledger: TestLedger, height: number): void {
  const state = new MemoryState()
  state.apply([...StateTree.open(store, { prefix: Uint8Array.of(layout.tree) }).iterate()])
  checkInvariants(
    state,
    ledger.genesis.balances.reduce((sum, { amount }) => sum + amount, 0n),
  )
  const scan = scanState(state)
  assert.equal(scan.all('name').length, labels, 'names that are or were registered')
  assert.equal(scan.all('renewals').length, topUpsUntil(height), 'pages of renewals')
  const leases = scan.all('lease').length
  assert(leases > labels / 2 && leases < labels, `${leases} names are active or in grace`)
  for (const kind of ['host', 'addressClaims'] as const) {
    assert(scan.all(kind).length <= leases, `${scan.all(kind).length} entries of kind ${kind} for ${leases} names`)
  }
  for (const kind of ['seal', 'claim', 'retirement'] as const) {
    assert(scan.all(kind).length <= maxUnderWay, `${scan.all(kind).length} entries of kind ${kind}`)
  }
}

let collectGarbage: (() => void) | undefined

function takeSample(store: Store, path: string, height: number): Sample {
  if (collectGarbage === undefined) {
    setFlagsFromString('--expose-gc')
    collectGarbage = runInNewContext('gc') as () => void
  }
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  let stateBytes = 0
  for (const { bytes } of sizesOf(store, stateNamespaces).values()) stateBytes += bytes
  const history = new Map(historyNamespaces.map((name) => [name, sizeOf(store, name).entries]))
  return { height, stateBytes, heapBytes: heapUsed, bufferBytes: arrayBuffers, fileBytes: fileBytesOf(path), history }
}

function fileBytesOf(path: string): number {
  return statSync(join(path, 'data.mdb')).size
}

/** At most ten of the samples, evenly spread. */
function* describe(samples: readonly Sample[]): Generator<string> {
  const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(2).padStart(9)
  yield `  ${['height', 'state MiB', 'heap MiB', 'buffers', 'file MiB'].map((head) => head.padStart(9)).join(' ')}`
  const step = Math.max(1, Math.floor(samples.length / 10))
  for (let at = samples.length - 1; at >= 0; at -= step) {
    const { height, stateBytes, heapBytes, bufferBytes, fileBytes } = samples[samples.length - 1 - at] as Sample
    const cells = [stateBytes, heapBytes, bufferBytes, fileBytes].map(mebibytes)
    yield `  ${[String(height).padStart(9), ...cells].join(' ')}`
  }
}
