import assert from 'node:assert/strict'
import { clientAddressBytes } from '../client-address.ts'
import { ipv4Rest, proxyHeader } from '../testing/proxy-header.ts'
import { MAX_PROXY_HEADER_BYTES, readProxyHeader } from './proxy-header.ts'

export const name = 'dns-proxy-header'

export const seeds: readonly Uint8Array[] = [
  proxyHeader({ rest: ipv4Rest(198, 51, 100, 7) }),
  proxyHeader({ rest: [...ipv4Rest(198, 51, 100, 7), 4, 0, 1, 7, 3, 0, 4, 1, 2, 3, 4] }),
  proxyHeader({ familyAndProtocol: 0x21, rest: new Array(36).fill(7) }),
  proxyHeader({ familyAndProtocol: 0x22, rest: [...new Array(36).fill(0), 4, 0, 2, 1, 2] }),
  proxyHeader({ versionAndCommand: 0x20, familyAndProtocol: 0, rest: [] }),
]

/** A header ends where it says, is incomplete before and the same whatever follows; its client is an address. */
export function run(bytes: Uint8Array): void {
  const before = bytes.slice()
  const header = readProxyHeader(bytes)
  assert.deepEqual(bytes, before)
  if (header === 'incomplete') assert.ok(bytes.length < MAX_PROXY_HEADER_BYTES)
  if (typeof header === 'string') return
  const { client, length } = header
  assert.ok(length >= 16 && length <= Math.min(bytes.length, MAX_PROXY_HEADER_BYTES))
  assert.deepEqual(readProxyHeader(bytes.subarray(0, length)), header)
  for (const part of [0, 1, 12, 15, length - 1]) assert.equal(readProxyHeader(bytes.subarray(0, part)), 'incomplete')
  if (client !== undefined) assert.ok(clientAddressBytes(client) !== undefined, client)
}
