import { readDelegations, readDomainCertificate } from '../delegation/queries.ts'
import type { Delegation } from '../entries/delegation.ts'
import type { HostEntry } from '../entries/name.ts'
import type { RecordTable } from '../entries/record-table.ts'
import type { LedgerParameters } from '../parameters.ts'
import { type BlockPoint, type NameView, readHosts, readName, readParameters } from '../queries.ts'
import type { StateView } from '../state-view.ts'
import { readRecordTable } from './queries.ts'

/** A name with all that DNS has of it, but for the pages of its record table. */
export interface NameZone {
  readonly name: NameView
  readonly hosts: readonly HostEntry[]
  readonly delegations: readonly Delegation[]
  /** DER of the name's own authority. */
  readonly domainCertificate: Uint8Array | undefined
  readonly table: RecordTable | undefined
  readonly parameters: LedgerParameters
}

/** A name that nobody owns has neither hosts nor delegations. */
export function readNameZone(view: StateView, text: string, at: BlockPoint): NameZone {
  const name = readName(view, text, at)
  const isOwned = name.status === 'active' || name.status === 'grace'
  const entry = isOwned ? name.entry : undefined
  return {
    name,
    hosts: entry === undefined ? [] : readHosts(view, entry),
    delegations: entry === undefined ? [] : readDelegations(view, entry),
    domainCertificate: entry?.registration?.domainCertificate && readDomainCertificate(view, text)?.certificate,
    table: readRecordTable(view, text),
    parameters: readParameters(view),
  }
}
