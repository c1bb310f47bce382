import { asciiLowerCase } from '@cresset/core-codec'
import { ClientError } from './client-error.ts'

/** A host as the ledger keeps it: a registered name, and the labels below it (empty for the name itself). */
export interface HostName {
  readonly name: string
  readonly host: string
  readonly zone: string
}

/** `WWW.shop.acme.` → name `shop.acme`, host `www`. People write upper case and trailing dots; the ledger knows neither. */
export function splitHost(text: string, zones: readonly string[]): HostName {
  const full = asciiLowerCase(text.endsWith('.') ? text.slice(0, -1) : text)
  const labels = full.split('.')
  for (const zone of zones) {
    const zoneLabels = zone.split('.')
    const own = labels.length - zoneLabels.length
    if (own < 1 || labels.slice(own).join('.') !== zone) continue
    return { name: labels.slice(own - 1).join('.'), host: labels.slice(0, own - 1).join('.'), zone }
  }
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
