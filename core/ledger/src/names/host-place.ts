import { asciiLowerCase } from '@cresset/core-codec'

/** A host as the ledger keeps it: a name directly below a zone, and the labels below that; none for the name itself. */
export interface HostPlace {
  readonly zone: string
  readonly name: string
  readonly host: string
}

/**
 * `WWW.shop.acme.` → zone `acme`, name `shop.acme`, host `www`. People write upper case and trailing dots; the ledger knows neither.
 * Undefined when it is below none of the zones.
 */
export function hostPlaceOf(text: string, zones: readonly string[]): HostPlace | undefined {
  const full = asciiLowerCase(text.endsWith('.') ? text.slice(0, -1) : text)
  const labels = full.split('.')
  for (const zone of zones) {
    const own = labels.length - zone.split('.').length
    if (own < 1 || labels.slice(own).join('.') !== zone) continue
    return { zone, name: labels.slice(own - 1).join('.'), host: labels.slice(0, own - 1).join('.') }
  }
  return undefined
}
