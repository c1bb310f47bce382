import { type HostPlace, hostPlaceOf } from '@cresset/core-ledger'
import { ClientError } from './client-error.ts'

/** `WWW.shop.acme.` → zone `acme`, name `shop.acme`, host `www`. @throws ClientError `usage` for another zone */
export function splitHost(text: string, zones: readonly string[]): HostPlace {
  const place = hostPlaceOf(text, zones)
  if (place) return place
  throw new ClientError(
    'usage',
    'zone-unknown',
    `"${text}" is not in a zone of this ledger; its zones are ${zones.join(', ')}`,
  )
}

/** A registered name alone: `shop.acme`. */
export function parseName(text: string, zones: readonly string[]): string {
  const { name, host } = splitHost(text, zones)
  if (host !== '')
    throw new ClientError('usage', 'name-not-below-zone', `"${text}" is a host; the name on the ledger is ${name}`)
  return name
}
