import { equalBytes, toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import type { NaiveCode } from './codes.ts'
import type { Outcome } from './registrations.ts'
import { type NaiveState, owned } from './state.ts'
import type { NaiveBody } from './transaction.ts'

/** docs/protocol/ledger.md, "Addresses". */

/** A host at an address: `since` when it has one of the address's places. Those with places stand in the order in which they got them. */
export interface NaiveClaim {
  address: Uint8Array
  name: string
  host: string
  since: number | undefined
}

export interface NaiveRange {
  prefix: Uint8Array
  prefixBits: number
  organization: string
  holder: Uint8Array
}

const places = 16
const placesOfName = 2
const confirmedPerAddress = 16

type Place = { name: string; host: string }
const isSame = (a: Place, b: Place): boolean => a.name === b.name && a.host === b.host
const isAt =
  (address: Uint8Array) =>
  (other: { address: Uint8Array }): boolean =>
    equalBytes(other.address, address)

export function distinct(addresses: Uint8Array[]): Uint8Array[] {
  return addresses.filter((address, index) => addresses.findIndex((other) => equalBytes(other, address)) === index)
}

function addressesOf(state: NaiveState, { name, host }: Place): Uint8Array[] {
  const hosts = owned(state).find((candidate) => candidate.name === name)?.ownership.hosts
  const servers = hosts?.find((candidate) => candidate.host === host)?.servers ?? []
  return distinct(servers.flatMap(({ addresses }) => addresses))
}

/** To be called after whatever changed hosts; `touched` was published, and so asks for places. */
export function syncAddresses(state: NaiveState, now: number, touched?: Place): void {
  const isHeld = (claim: { address: Uint8Array } & Place): boolean =>
    addressesOf(state, claim).some((address) => equalBytes(address, claim.address))
  state.addressClaims = state.addressClaims.filter(isHeld)
  for (const lost of state.confirmed.filter((claim) => !isHeld(claim))) state.reverseChanged.push(lost.address)
  state.confirmed = state.confirmed.filter(isHeld)
  if (touched === undefined) return
  for (const address of addressesOf(state, touched)) {
    const known = state.addressClaims.find((claim) => isSame(claim, touched) && isAt(address)(claim))
    if (known?.since !== undefined) continue
    const listed = state.addressClaims.filter(isAt(address)).filter(({ since }) => since !== undefined)
    const hasRoom = listed.length < places && listed.filter(({ name }) => name === touched.name).length < placesOfName
    if (known !== undefined && !hasRoom) continue
    const { name, host } = touched
    const claim = { address, name, host, since: hasRoom ? now : undefined }
    state.addressClaims = [...state.addressClaims.filter((other) => other !== known), claim]
  }
}

export function rangeOf(ranges: readonly NaiveRange[], address: Uint8Array): NaiveRange | undefined {
  const bits = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')
  return ranges.find(
    ({ prefix, prefixBits }) =>
      prefix.length === address.length && bits(address).startsWith(bits(prefix).slice(0, prefixBits)),
  )
}

/** `nameProblem`: why nobody owns the name. */
export function confirmAddress(
  state: NaiveState,
  { address, name, host, isConfirmed }: NaiveBody<'confirmAddress'>,
  from: { ranges: readonly NaiveRange[]; signers: Uint8Array[]; nameProblem: () => NaiveCode | undefined },
): Outcome {
  const refuse = (code: NaiveCode): Outcome => ({ code, events: [] })
  const range = rangeOf(from.ranges, address)
  if (range === undefined) return refuse('address-in-no-range')
  if (!from.signers.some((key) => equalBytes(accountOf(key), range.holder))) return refuse('not-address-holder')
  const there = state.confirmed.filter(isAt(address))
  const known = there.find((other) => isSame(other, { name, host }))
  if (isConfirmed) {
    const problem = from.nameProblem()
    if (problem !== undefined) return refuse(problem)
    const { hosts } = (owned(state).find((candidate) => candidate.name === name) ?? { ownership: { hosts: [] } })
      .ownership
    if (!hosts.some((other) => other.host === host)) return refuse('host-unknown')
    if (host.startsWith('*')) return refuse('host-label')
    if (!addressesOf(state, { name, host }).some((other) => equalBytes(other, address)))
      return refuse('address-not-of-host')
    if (known !== undefined) return refuse('address-confirmed-before')
    if (there.length === confirmedPerAddress) return refuse('too-many-confirmed')
    state.confirmed = [...state.confirmed, { address, name, host }]
  } else {
    if (known === undefined) return refuse('address-not-confirmed')
    state.confirmed = state.confirmed.filter((other) => other !== known)
  }
  state.reverseChanged.push(address)
  return { code: 'ok', events: [{ kind: 'addressConfirmed', body: { address, name, host, isConfirmed } }] }
}

/** The name of an address in DNS: its bytes or hex digits from the last to the first. */
export function reverseName(address: Uint8Array): string {
  if (address.length === 4) return `${[...address].reverse().join('.')}.in-addr.arpa`
  return `${[...toHex(address)].reverse().join('.')}.ip6.arpa`
}
