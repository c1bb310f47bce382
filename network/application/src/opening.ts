import { commitCertificateCodec, type Genesis, genesisDigest } from '@cresset/core-chain'
import { CodecError, equalBytes, toHex, utf8 } from '@cresset/core-codec'
import { genesisChanges } from '@cresset/core-ledger'
import { StateTree } from '@cresset/core-state-tree'
import { BlockLog, layout, type Store, storedKey } from '@cresset/network-storage'
import { type Head, headCodec } from './head.ts'
import { GenesisDiffersError, StateDamagedError } from './state-errors.ts'
import { clearState } from './stored-state.ts'

export const headKey = storedKey(layout.meta, utf8('application-head'))
/** Present while a restored state is incomplete. */
export const restoringKey = storedKey(layout.meta, utf8('restoring'))
const genesisKey = storedKey(layout.meta, utf8('genesis-digest'))
const treePrefix = Uint8Array.of(layout.tree)

export interface OpenedState {
  readonly tree: StateTree
  readonly log: BlockLog
  readonly head: Head
}

export function openTree(store: Store, cacheEntries = 131_072): StateTree {
  return StateTree.open(store, { prefix: treePrefix, cacheEntries })
}

/** Opens the stored ledger and checks that its parts fit together; writes the genesis state into an empty store. */
export async function openState(store: Store, genesis: Genesis, cacheEntries?: number): Promise<OpenedState> {
  const digest = genesisDigest(genesis)
  const storedDigest = store.get(genesisKey)
  if (storedDigest === undefined) return writeGenesis(store, genesis, digest, cacheEntries)
  if (!equalBytes(storedDigest, digest)) throw new GenesisDiffersError(storedDigest, digest)
  if (store.get(restoringKey) !== undefined) {
    // A snapshot was being restored when the process ended. What there is of it cannot be trusted or continued.
    await clearState(store)
    return writeGenesis(store, genesis, digest, cacheEntries)
  }
  const tree = openTree(store, cacheEntries)
  const log = new BlockLog(store)
  const head = readHead(store)
  checkHead(head, tree, log)
  return { tree, log, head }
}

async function writeGenesis(
  store: Store,
  genesis: Genesis,
  digest: Uint8Array,
  cacheEntries: number | undefined,
): Promise<OpenedState> {
  const tree = openTree(store, cacheEntries)
  const update = tree.update(0, genesisChanges(genesis))
  const head: Head = { height: 0, timeMs: genesis.timeMs, blockHash: undefined, stateRoot: update.root }
  await store.write([
    ...update.writes,
    { key: genesisKey, value: digest },
    { key: headKey, value: headCodec.encode(head) },
    { key: restoringKey, value: undefined },
  ])
  tree.applied(update)
  return { tree, log: new BlockLog(store), head }
}

function readHead(store: Store): Head {
  const bytes = store.get(headKey)
  if (bytes === undefined) throw new StateDamagedError('it has no newest block')
  try {
    return headCodec.decode(bytes)
  } catch (error) {
    if (error instanceof CodecError) throw new StateDamagedError(`its newest block cannot be read (${error.message})`)
    throw error
  }
}

/** One batch wrote them all, so a difference means that the store lost or altered something. */
function checkHead(head: Head, tree: StateTree, log: BlockLog): void {
  if (!equalBytes(tree.root, head.stateRoot)) {
    throw new StateDamagedError(
      `the state has root ${toHex(tree.root)}, block ${head.height} left ${toHex(head.stateRoot)}`,
    )
  }
  if (tree.version > head.height)
    throw new StateDamagedError(`the state is at ${tree.version}, the blocks at ${head.height}`)
  const newest = log.newestHeight ?? 0
  if (newest !== head.height)
    throw new StateDamagedError(`block ${newest} is stored, block ${head.height} is the newest`)
  if (head.height === 0) return
  const certificate = log.certificate(head.height)
  if (certificate === undefined) throw new StateDamagedError(`block ${head.height} has no certificate`)
  const { blockHash, stateRoot } = commitCertificateCodec.decode(certificate)
  if (head.blockHash === undefined || !equalBytes(blockHash, head.blockHash)) {
    throw new StateDamagedError(`the certificate of block ${head.height} is of another block`)
  }
  if (!equalBytes(stateRoot, head.stateRoot)) {
    throw new StateDamagedError(`the certificate of block ${head.height} certifies another root`)
  }
}
