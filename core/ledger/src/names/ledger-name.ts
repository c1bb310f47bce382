import type { Refusal } from '../codes.ts'
import { labelProblem } from './label.ts'

/** Bytes of a whole name, so that every registration fits its seal. */
export const maxNameBytes = 64
/** Name servers are `<node>.ns.<zone>`. */
const reservedLabels: ReadonlySet<string> = new Set(['ns'])

/** Why a text is no name that this ledger can register, or undefined: one label directly below a zone, in its one spelling. */
export function ledgerNameProblem(name: string, zones: readonly string[]): Refusal | undefined {
  if (name.length > maxNameBytes) return 'name-too-long'
  if (name.endsWith('.')) return 'name-trailing-dot'
  if (/[A-Z]/.test(name)) return 'name-upper-case'
  // Zones do not lie within each other, so at most one fits.
  const zone = zones.find((candidate) => name === candidate || name.endsWith(`.${candidate}`))
  if (zone === undefined) return 'zone-unknown'
  if (name === zone) return 'name-not-below-zone'
  const label = name.slice(0, -zone.length - 1)
  if (label.includes('.')) return label.split('.').includes('') ? 'label-empty' : 'name-not-below-zone'
  return reservedLabels.has(label) ? 'label-reserved' : labelProblem(label)
}
