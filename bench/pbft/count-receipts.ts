import { join } from 'node:path'
import { blockCodec } from '@cresset/core-chain'
import { receiptCodec } from '@cresset/core-ledger'
import { BlockLog, openLmdbStore } from '@cresset/network-storage'

export interface BlockCount {
  readonly height: number
  readonly timeMs: number
  readonly transactions: number
  readonly ok: number
}

/** Reads a stopped validator's own store: what is counted is on its disk. */
export async function countReceipts(dataFolder: string): Promise<BlockCount[]> {
  const store = await openLmdbStore({ path: join(dataFolder, 'ledger') })
  try {
    const log = new BlockLog(store)
    const counts: BlockCount[] = []
    for (let height = log.oldestHeight ?? 1; height <= (log.newestHeight ?? 0); height++) {
      const receipts = log.receipts(height)
      counts.push({
        height,
        timeMs: blockCodec.decode(log.block(height)!).header.timeMs,
        transactions: receipts.length,
        ok: receipts.filter(({ receipt }) => receiptCodec.decode(receipt).code === 'ok').length,
      })
    }
    return counts
  } finally {
    await store.close()
  }
}
