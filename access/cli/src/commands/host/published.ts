import { type Client, overlapFor } from '@cresset/access-client'
import { fromHex, toHex } from '@cresset/core-codec'
import {
  type HostEntry,
  type HostPlace,
  hostName,
  type KeyOverlap,
  readParameters,
  readPublishedHost,
} from '@cresset/core-ledger'
import { UsageError } from '../../exit-codes.ts'

/** The host as it is now, and how long its old keys should stay. */
export async function readHostNow(
  client: Client,
  place: HostPlace,
): Promise<{ readonly entry: HostEntry | undefined; readonly usualOverlap: KeyOverlap }> {
  const { value } = await client.query(
    (view, at) => ({
      entry: readPublishedHost(view, place, at)?.entry,
      defaultTtlSeconds: readParameters(view).defaultTtlSeconds,
    }),
    `/v1/hosts/${hostName(place.host, place.name)}`,
  )
  return { entry: value.entry, usualOverlap: overlapFor(value.entry?.ttlSeconds ?? value.defaultTtlSeconds) }
}

/** The key of one of the host's servers, by its first hex digits. */
export function findServerKey(entry: HostEntry, text: string): Uint8Array {
  const keys = [...new Set(entry.servers.map(({ publicKey }) => toHex(publicKey)))]
  const found = keys.filter((key) => key.startsWith(text.toLowerCase()))
  const [only] = found
  if (/^[0-9a-fA-F]+$/.test(text) && only !== undefined && found.length === 1) return fromHex(only)
  const host = hostName(entry.host, entry.name)
  throw new UsageError(
    found.length > 1
      ? `several servers of ${host} have a key that begins with ${text}; give more of it`
      : `no server of ${host} has a key that begins with "${text}"; "host list" shows them`,
  )
}
