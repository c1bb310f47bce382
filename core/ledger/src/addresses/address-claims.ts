import { equalBytes } from '@cresset/core-codec'
import { reverseName } from '@cresset/dns-wire'
import type { Server } from '../actions.ts'
import type { BlockContext } from '../block-context.ts'
import {
  type AddressClaims,
  addressClaimsEntry,
  type ConfirmedHost,
  maxClaimsPerAddress,
  maxListedHostsPerName,
} from '../entries/address.ts'
import { stateKeys } from '../state-keys.ts'

export interface ClaimingHost {
  readonly name: string
  readonly host: string
}

/** The addresses of servers, each once, in their order. */
export function addressesOf(servers: readonly Pick<Server, 'addresses'>[]): Uint8Array[] {
  const distinct: Uint8Array[] = []
  for (const { addresses } of servers) {
    for (const address of addresses) if (!holds(distinct, address)) distinct.push(address)
  }
  return distinct
}

/** Brings the index by address to what a host now holds, its addresses before and after the change. */
export function moveClaims(
  context: BlockContext,
  place: ClaimingHost,
  before: readonly Uint8Array[],
  after: readonly Uint8Array[],
): void {
  for (const address of before) if (!holds(after, address)) release(context, address, place)
  for (const address of after) {
    if (holds(before, address)) enlist(context, address, place)
    else claim(context, address, place)
  }
}

function claimsAt({ state }: BlockContext, address: Uint8Array): AddressClaims {
  const found = state.get(addressClaimsEntry, stateKeys.addressClaims(address))
  return found ?? { address, claims: [], unlisted: 0, confirmed: [] }
}

function putClaims({ state }: BlockContext, entry: AddressClaims): void {
  const key = stateKeys.addressClaims(entry.address)
  if (entry.claims.length === 0 && entry.unlisted === 0) state.remove(addressClaimsEntry, key)
  else state.put(addressClaimsEntry, key, entry)
}

/** Whoever fills the list with hosts of their own needs a name for every two places. */
function hasRoom({ claims }: AddressClaims, name: string): boolean {
  const ofName = claims.filter((other) => other.name === name).length
  return claims.length < maxClaimsPerAddress && ofName < maxListedHostsPerName
}

function claim(context: BlockContext, address: Uint8Array, place: ClaimingHost): void {
  const entry = claimsAt(context, address)
  putClaims(
    context,
    hasRoom(entry, place.name) ? listed(context, entry, place) : { ...entry, unlisted: entry.unlisted + 1 },
  )
}

/** A host that found no place takes one that has become free when it is published again. */
function enlist(context: BlockContext, address: Uint8Array, place: ClaimingHost): void {
  const entry = claimsAt(context, address)
  if (entry.claims.some((other) => isSame(other, place)) || !hasRoom(entry, place.name)) return
  putClaims(context, { ...listed(context, entry, place), unlisted: entry.unlisted - 1 })
}

function listed({ ledgerTimeMs }: BlockContext, entry: AddressClaims, { name, host }: ClaimingHost): AddressClaims {
  return { ...entry, claims: [...entry.claims, { name, host, sinceLedgerMs: ledgerTimeMs }] }
}

function release(context: BlockContext, address: Uint8Array, place: ClaimingHost): void {
  const entry = claimsAt(context, address)
  const claims = entry.claims.filter((other) => !isSame(other, place))
  const unlisted = claims.length < entry.claims.length ? entry.unlisted : entry.unlisted - 1
  const confirmed = entry.confirmed.filter((other) => !isSame(other, place))
  if (confirmed.length < entry.confirmed.length) context.changedNames.add(reverseName(address))
  putClaims(context, { ...entry, claims, unlisted, confirmed })
}

/** Sets the hosts that the address's holder confirmed, which is what its PTR records are made of. */
export function putConfirmed(context: BlockContext, address: Uint8Array, confirmed: readonly ConfirmedHost[]): void {
  putClaims(context, { ...claimsAt(context, address), confirmed: [...confirmed] })
  context.changedNames.add(reverseName(address))
}

export function isSame(a: ClaimingHost, b: ClaimingHost): boolean {
  return a.name === b.name && a.host === b.host
}

function holds(addresses: readonly Uint8Array[], address: Uint8Array): boolean {
  return addresses.some((other) => equalBytes(other, address))
}
