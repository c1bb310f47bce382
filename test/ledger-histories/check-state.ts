import { checkInvariants, type MemoryState } from '@cresset/core-ledger/testing'
import type { ProductState } from './product.ts'

/** The product's own full scan: indexes, queue, one owner a name, money. */
export function checkState(state: ProductState, supply: bigint): void {
  // It reads nothing of the state but its entries.
  const scanned = { entries: () => state.sorted() } as unknown as MemoryState
  checkInvariants(scanned, supply)
}
