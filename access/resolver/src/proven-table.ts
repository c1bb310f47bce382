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

/** What a whole table has for an owner: its records and those of wildcards beside its way down, and how far down names exist. */
export function tableAnswer(question: TableQuestion, owners: OwnerIndex): TableAnswer {
  const { name, host, defaultTtlSeconds, isTaken } = question
  const way = hostsFrom(host)
  const wireOf = (text: string): Uint8Array => lowerCaseName(parseAbsoluteName(hostName(text, name)))
  const bearing = [host, ...way.map((above) => (above === '' ? '*' : `*.${above}`))].flatMap<OwnerRecords>((owner) => {
    const entry = owners.get(owner)
    return entry === undefined || isTaken(wireOf(owner)) ? [] : [entry]
  })
  // What is hidden below a delegation counts too: the delegation exists above it, and so does all that is above both.
  const lowest = way.find((above) => owners.exists(above))
  return {
    rrsets: ownerRrsets(name, bearing, defaultTtlSeconds),
    otherOwners: lowest === undefined ? [] : [wireOf(lowest)],
  }
}

/** A host and all above it up to the name itself, which is empty. */
function hostsFrom(host: string): string[] {
  const hosts = [host]
  for (let at = host; at !== ''; ) {
    const dot = at.indexOf('.')
    at = dot < 0 ? '' : at.slice(dot + 1)
    hosts.push(at)
  }
  return hosts
}
