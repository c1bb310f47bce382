import { type Client, readRecordPages } from '@cresset/access-client'
import { hostName, type OwnerRecords, type RecordGeneration, recordPageOf } from '@cresset/core-ledger'
import { ownerRrsets } from '@cresset/dns-records'
import { equalNames, isAtOrBelow, lowerCaseName, parentName, parseAbsoluteName, type Rrset } from '@cresset/dns-wire'

/** A record table as it stood at one height, and a question that may lead into it. */
export interface TableQuestion {
  readonly height: number
  readonly name: string
  readonly served: RecordGeneration
  /** Lower-case wire name at or below the ledger name. */
  readonly owner: Uint8Array
  /** The owner relative to the name, as the ledger writes hosts. */
  readonly host: string
  readonly defaultTtlSeconds: number
  /** True for owners where hosts or delegations go before the table. */
  readonly isTaken: (owner: Uint8Array) => boolean
}

export interface TableAnswer {
  readonly rrsets: readonly Rrset[]
  /** Names that exist because of others. */
  readonly otherOwners: readonly Uint8Array[]
}

/**
 * What a record table has for an owner. Its own page proves its records; that there are none needs every page, for any of them can hold a
 * wildcard, or an owner further down whose parents exist too (RFC 4592 section 2.2.2). @throws ClientError
 */
export async function proveTable(client: Client, question: TableQuestion): Promise<TableAnswer> {
  const { height, name, served, host } = question
  const pagesAt = (indexes: readonly number[]) => readRecordPages(client, height, name, served.generation, indexes)
  const own = recordPageOf(host, served.bits)
  const first = await pagesAt([own])
  const owners = [...first.values()].flatMap((page) => page.owners)
  const found = owners.find(({ owner }) => owner === host)
  if (found !== undefined && !question.isTaken(question.owner)) return answerOf(question, [found])
  const others = Array.from({ length: 2 ** served.bits }, (_, index) => index).filter((index) => index !== own)
  const rest = await pagesAt(others)
  return answerOf(question, [...owners, ...[...rest.values()].flatMap((page) => page.owners)])
}

function answerOf(
  { name, owner, defaultTtlSeconds, isTaken }: TableQuestion,
  owners: readonly OwnerRecords[],
): TableAnswer {
  const bearing: OwnerRecords[] = []
  const existing = new Map<number, Uint8Array>()
  for (const entry of owners) {
    const place = lowerCaseName(parseAbsoluteName(hostName(entry.owner, name)))
    if (isTaken(place)) continue
    const common = lastCommon(owner, place)
    if (equalNames(place, owner) || isWildcardOf(place, common)) bearing.push(entry)
    // A name and all above it exist; for the question only those count that are its own or above it.
    existing.set(common.length, common)
  }
  return { rrsets: ownerRrsets(name, bearing, defaultTtlSeconds), otherOwners: [...existing.values()] }
}

/** The lowest name that both are at or below. */
function lastCommon(name: Uint8Array, other: Uint8Array): Uint8Array {
  let common = name
  while (!isAtOrBelow(other, common)) common = parentName(common) as Uint8Array
  return common
}

const isWildcardOf = (place: Uint8Array, parent: Uint8Array): boolean =>
  place.length === parent.length + 2 && place[0] === 1 && place[1] === 0x2a
