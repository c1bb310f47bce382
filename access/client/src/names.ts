import { type HostPlace, hostPlaceOf, ledgerNameProblem } from '@cresset/core-ledger'
import { ClientError } from './client-error.ts'
import { explainCode } from './transactions.ts'

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

/** A registered name alone, in the ledger's spelling: `shop.acme`. @throws ClientError `usage` with the ledger's code */
export function parseName(text: string, zones: readonly string[]): string {
  const { name, host } = splitHost(text, zones)
  const problem = ledgerNameProblem(name, zones)
  if (problem !== undefined) throw new ClientError('usage', problem, `"${text}": ${explainCode(problem)}`)
  if (host !== '')
    throw new ClientError('usage', 'name-not-below-zone', `"${text}" is a host; the name on the ledger is ${name}`)
  return name
}
