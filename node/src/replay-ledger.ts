import { chainIdOf, ExportFollower, LedgerExportError, readExportHead } from '@cresset/core-chain'
import { equalBytes } from '@cresset/core-codec'
import { checkSignatures, executeBlock, genesisChanges, isPrepared, prepareTransaction } from '@cresset/core-ledger'
import { StateTree } from '@cresset/core-state-tree'
import { openMemoryStore } from '@cresset/network-storage'

export interface ReplayedBlock {
  readonly height: number
  readonly stateRoot: Uint8Array
  readonly blockHash: Uint8Array
}

/** This program's ledger does not compute what the validators certified. */
export class ReplayMismatch extends Error {
  override readonly name = 'ReplayMismatch'
}

const keptVersions = 2
const prunedNodes = 4_096

/**
 * Executes an exported ledger from genesis and compares every root with the certified one. Lines come one at a time; the newest
 * state is held in memory. Throws LedgerExportError where the export itself is wrong, ReplayMismatch where the roots differ.
 */
export async function* replayLedger(lines: AsyncIterable<string>): AsyncGenerator<ReplayedBlock> {
  let follower: ExportFollower | undefined
  const store = openMemoryStore()
  const tree = StateTree.open(store, { prefix: Uint8Array.of(1) })
  try {
    for await (const line of lines) {
      if (follower === undefined) {
        follower = new ExportFollower(readExportHead(line))
        const first = tree.update(0, genesisChanges(follower.genesis))
        await store.write(first.writes)
        tree.applied(first)
        continue
      }
      const { block, certificate } = follower.line(line)
      const { height, timeMs, proposer } = block.header
      const { genesis } = follower
      const mismatch = (what: string): ReplayMismatch => new ReplayMismatch(`at height ${height}: ${what}`)
      const transactions = block.transactions.map((bytes) => {
        const prepared = prepareTransaction(bytes, genesis.parameters)
        if (!isPrepared(prepared) || !checkSignatures(prepared)) throw mismatch('a transaction is refused')
        return prepared
      })
      const result = executeBlock(
        tree,
        { height, timeMs, proposer, transactions, misbehaviour: block.misbehaviour },
        { chainId: chainIdOf(genesis) },
      )
      if ('refused' in result) throw mismatch(`the block is refused: ${result.refused}`)
      if (!equalBytes(result.receiptsRoot, certificate.receiptsRoot)) throw mismatch('the receipts root differs')
      const update = tree.update(height, result.changes)
      if (!equalBytes(update.root, certificate.stateRoot)) throw mismatch('the state root differs')
      await store.write(update.writes)
      tree.applied(update)
      if (height > keptVersions) {
        await store.write(tree.prune(height - keptVersions, { maxNodes: prunedNodes }))
      }
      yield { height, stateRoot: certificate.stateRoot, blockHash: follower.blockHash }
    }
    if (follower === undefined) throw new LedgerExportError('malformed', 0)
  } finally {
    await store.close()
  }
}
