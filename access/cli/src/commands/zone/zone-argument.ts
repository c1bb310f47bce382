import { UsageError } from '../../exit-codes.ts'

/** A zone as the ledger writes it: lower case, without the last dot. */
export function zoneArgument(text: string): string {
  const zone = text.replace(/\.$/, '').replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(zone) || zone.length > 253)
    throw new UsageError(`"${text.slice(0, 60)}" is not a zone; write for example acme`)
  return zone
}
