import { equalBytes } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import type { ActionBody } from '../actions.ts'
import { addressesOf, isSame, putConfirmed } from '../addresses/address-claims.ts'
import { rangeOf } from '../addresses/address-range.ts'
import type { BlockContext } from '../block-context.ts'
import type { Refusal } from '../codes.ts'
import { addressClaimsEntry, type ConfirmedHost, maxConfirmedPerAddress } from '../entries/address.ts'
import { hostEntry } from '../entries/name.ts'
import { isUsableAddress } from '../names/address.ts'
import { findOwnedName } from '../names/owned-name.ts'
import { stateKeys } from '../state-keys.ts'
import type { Operation } from './operation.ts'

type Body = ActionBody<'confirmAddress'>

/** The holder of an address says that it belongs to a host, which reverse look-up then tells; or takes that back. */
export const confirmAddress: Operation<'confirmAddress'> = (context, prepared, body) => {
  const { address, name, host, isConfirmed } = body
  if (!isUsableAddress(address)) return 'address-bad'
  const range = rangeOf(context.state, address)
  if (range === undefined) return 'address-in-no-range'
  if (!prepared.transaction.signers.some((key) => equalBytes(accountOf(key), range.holder))) return 'not-address-holder'
  const confirmed = context.state.get(addressClaimsEntry, stateKeys.addressClaims(address))?.confirmed ?? []
  const next = isConfirmed ? withHost(context, confirmed, body) : withoutHost(confirmed, body)
  if (typeof next === 'string') return next

  putConfirmed(context, address, next)
  context.events.push({ kind: 'addressConfirmed', body: { address, name, host, isConfirmed } })
  return 'ok'
}

function withHost(context: BlockContext, confirmed: readonly ConfirmedHost[], body: Body): ConfirmedHost[] | Refusal {
  const { address, name, host } = body
  const owned = findOwnedName(context, name)
  if (typeof owned === 'string') return owned
  const entry = context.state.get(hostEntry, stateKeys.host(name, host))
  if (entry === undefined) return 'host-unknown'
  // A wildcard is no name that an address could have.
  if (host.startsWith('*')) return 'host-label'
  if (!addressesOf(entry.servers).some((other) => equalBytes(other, address))) return 'address-not-of-host'
  if (confirmed.some((other) => isSame(other, body))) return 'address-confirmed-before'
  return confirmed.length === maxConfirmedPerAddress ? 'too-many-confirmed' : [...confirmed, { name, host }]
}

function withoutHost(confirmed: readonly ConfirmedHost[], body: Body): ConfirmedHost[] | Refusal {
  const others = confirmed.filter((other) => !isSame(other, body))
  return others.length === confirmed.length ? 'address-not-confirmed' : others
}
