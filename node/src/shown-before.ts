import { type NameEntry, nameEntry, readParameters, type StateView, stateKeys } from '@cresset/core-ledger'
import { type NameAt, nameChange, type RrsetChange, servedRecords } from '@cresset/dns-records'
import { type CommitEvent, type LedgerQueries, UnknownHeightError } from '@cresset/network-application'

/** What DNS shows already when a block comes: the state before it, and which pages of served record tables the block wrote. */
export class ShownBefore {
  readonly #queries: LedgerQueries
  readonly #height: number
  readonly #writtenPages = new Map<string, Set<number>>()

  constructor({ height, transactions }: CommitEvent, queries: LedgerQueries) {
    this.#queries = queries
    this.#height = height - 1
    for (const { events } of transactions) {
      for (const { kind, body } of events) {
        if (kind !== 'recordsSet' || !body.isServed) continue
        const pages = this.#writtenPages.get(body.name) ?? new Set()
        this.#writtenPages.set(body.name, pages)
        for (const page of body.pages) pages.add(page)
      }
    }
  }

  /** The part of a name that changed, where it serves the same record table as before; undefined where all of it is to be shown anew. */
  changeOf(name: string, view: StateView): RrsetChange | undefined {
    if (servedRecords(view, name) === undefined) return undefined
    const viewBefore = this.#view()
    const [before, after] = [viewBefore && nameAt(viewBefore, name), nameAt(view, name)]
    return before && after && nameChange(before, after, this.#writtenPages.get(name) ?? new Set())
  }

  /** Undefined when the node no longer keeps it. */
  #view(): StateView | undefined {
    try {
      return this.#queries.view(this.#height)
    } catch (error) {
      if (error instanceof UnknownHeightError) return undefined
      throw error
    }
  }
}

/** Undefined for a name that never had an owner. */
export function entryOf(view: StateView, name: string): NameEntry | undefined {
  const stored = view.get(stateKeys.name(name))
  return stored === undefined ? undefined : nameEntry.codec.decode(stored)
}

function nameAt(view: StateView, name: string): NameAt | undefined {
  const entry = entryOf(view, name)
  return entry && { view, entry, defaultTtlSeconds: readParameters(view).defaultTtlSeconds }
}
