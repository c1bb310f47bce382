import { toHex } from '@cresset/core-codec'
import {
  type AddressView,
  type HostPlace,
  hostName,
  type KeyOverlap,
  type PairView,
  readAddress,
  readPair,
  type Server,
} from '@cresset/core-ledger'
import type { Client, Proven } from './client.ts'

/** All there is about an address of 4 or 16 bytes, proven: claims, oldest first, and what its holder confirmed. */
export function lookUpAddress(client: Client, address: Uint8Array): Promise<Proven<AddressView>> {
  return client.query((view) => readAddress(view, address), `/v1/addresses/${toHex(address)}`)
}

/** A host by name and address together, proven: the code says which half differs. */
export function lookUpPair(client: Client, place: HostPlace, address: Uint8Array): Promise<Proven<PairView>> {
  const hint = `/v1/addresses/${toHex(address)}/hosts/${hostName(place.host, place.name)}`
  return client.query((view, at) => readPair(view, place, address, at), hint)
}

/** One more server of a host, or one in the place of that with the key `replaces`. */
export function addServerAction(
  { name, host }: HostPlace,
  server: Server,
  { replaces, keyOverlap }: { readonly replaces?: Uint8Array | undefined; readonly keyOverlap: KeyOverlap },
) {
  return { kind: 'addServer' as const, body: { name, host, server, replaces, keyOverlap } }
}

export function withdrawServerAction({ name, host }: HostPlace, publicKey: Uint8Array, keyOverlap: KeyOverlap) {
  return { kind: 'withdrawServer' as const, body: { name, host, publicKey, keyOverlap } }
}

/** Signed by the holder of the address's range. */
export function confirmAddressAction(address: Uint8Array, { name, host }: HostPlace, isConfirmed = true) {
  return { kind: 'confirmAddress' as const, body: { address, name, host, isConfirmed } }
}
