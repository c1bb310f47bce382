import { hostName, type OwnerRecords } from '@cresset/core-ledger'
import { ownerRrsets } from '@cresset/dns-records'
import { lowerCaseName, parseAbsoluteName, type Rrset } from '@cresset/dns-wire'
import type { OwnerIndex } from './owner-index.ts'

/** A question that may lead into the record table of a name. */
export interface TableQuestion {
  readonly name: string
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

/** What is proven for an owner by the records that the table has for it. */
export function ownerAnswer({ name, defaultTtlSeconds }: TableQuestion, found: OwnerRecords): TableAnswer {
  return { rrsets: ownerRrsets(name, [found], defaultTtlSeconds), otherOwners: [] }
}

/**
 * What a whole table has for an owner: its records, or how far down to it names exist and the wildcard there. One further up covers
 * nothing below (RFC 4592 section 3.3.1).
 */
export function tableAnswer(question: TableQuestion, owners: OwnerIndex): TableAnswer {
  const { name, host, defaultTtlSeconds, isTaken } = question
  const found = owners.get(host)
  if (found !== undefined) return ownerAnswer(question, found)
  // What is hidden below a delegation counts too: the delegation exists above it, and so does all that is above both.
  const lowest = wayUp(host).find((above) => owners.exists(above))
  if (lowest === undefined) return { rrsets: [], otherOwners: [] }
  const wireOf = (text: string): Uint8Array => lowerCaseName(parseAbsoluteName(hostName(text, name)))
  const wildcard = owners.get(lowest === '' ? '*' : `*.${lowest}`)
  const covers = wildcard !== undefined && !isTaken(wireOf(wildcard.owner))
  return {
    rrsets: covers ? ownerRrsets(name, [wildcard], defaultTtlSeconds) : [],
    otherOwners: [wireOf(lowest)],
  }
}

/** A host and all above it up to the name itself, which is empty. */
function wayUp(host: string): string[] {
  const hosts = [host]
  for (let at = host; at !== ''; ) {
    const dot = at.indexOf('.')
    at = dot < 0 ? '' : at.slice(dot + 1)
    hosts.push(at)
  }
  return hosts
}
