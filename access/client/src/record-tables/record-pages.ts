import { compareBytes, equalBytes } from '@cresset/core-codec'
import {
  type OwnerRecords,
  type RecordPage,
  recordPageBytes,
  recordPageEntry,
  recordPageOf,
  recordTableLimits,
} from '@cresset/core-ledger'
import type { TablePages } from './zone-standing.ts'

/** A page that has to be written, and its length in the transaction, about. */
export interface PageChange {
  readonly index: number
  /** Sorted; none: the page goes. */
  readonly owners: OwnerRecords[]
  readonly bytes: number
}

/** A page's index and the array around it. */
const PAGE_HEAD_BYTES = 8

/** Sorted owners on 2^bits pages; undefined when one of the pages gets longer than `maxBytes`. */
export function dividePages(
  owners: readonly OwnerRecords[],
  bits: number,
  maxBytes: number = recordTableLimits.pageBytes,
): Map<number, OwnerRecords[]> | undefined {
  const pages = new Map<number, OwnerRecords[]>()
  for (const owner of owners) {
    const index = recordPageOf(owner.owner, bits)
    const page = pages.get(index)
    if (page === undefined) pages.set(index, [owner])
    else page.push(owner)
  }
  for (const page of pages.values()) {
    if (page.length > recordTableLimits.ownersPerPage) return undefined
    if (recordPageBytes({ owners: page }) > maxBytes) return undefined
  }
  return pages
}

/** The fewest pages that hold the owners; undefined when a table cannot hold them. */
export function fewestPages(
  owners: readonly OwnerRecords[],
  maxBytes?: number,
): { readonly bits: number; readonly pages: Map<number, OwnerRecords[]> } | undefined {
  for (let bits = 0; bits <= recordTableLimits.bits; bits++) {
    const pages = dividePages(owners, bits, maxBytes)
    if (pages !== undefined) return { bits, pages }
  }
  return undefined
}

/** What has to be written so that pages become others, by rising index. */
export function pageChanges(wanted: ReadonlyMap<number, OwnerRecords[]>, present: TablePages): PageChange[] {
  const changes: PageChange[] = []
  for (const index of [...new Set([...wanted.keys(), ...present.keys()])].sort((a, b) => a - b)) {
    const owners = wanted.get(index) ?? []
    const before = present.get(index)
    if (before !== undefined && owners.length > 0 && isSamePage(owners, before)) continue
    changes.push({ index, owners, bytes: PAGE_HEAD_BYTES + (owners.length === 0 ? 0 : recordPageBytes({ owners })) })
  }
  return changes
}

/** Also where another program put sets and data in another order. */
function isSamePage(owners: OwnerRecords[], before: RecordPage): boolean {
  return equalBytes(recordPageEntry.codec.encode({ owners }), recordPageEntry.codec.encode(inOrder(before)))
}

function inOrder({ owners }: RecordPage): RecordPage {
  return {
    owners: owners.map(({ owner, recordSets }) => ({
      owner,
      recordSets: [...recordSets]
        .sort((a, b) => a.type - b.type)
        .map(({ data, ...set }) => ({ ...set, data: [...data].sort(compareBytes) })),
    })),
  }
}
