import type { Refusal } from '../codes.ts'
import { aLabelProblem } from './idna.ts'

/** Why a label is none of a registered name, or undefined: letters, digits and hyphens (RFC 5890 2.3.1), A-labels checked. */
export function labelProblem(label: string): Refusal | undefined {
  if (label.length === 0) return 'label-empty'
  if (!/^[a-z0-9-]*$/.test(label)) return 'label-character'
  if (label.startsWith('-') || label.endsWith('-')) return 'label-hyphen'
  if (label.startsWith('xn--')) return aLabelProblem(label)
  return label.slice(2, 4) === '--' ? 'label-hyphen' : undefined
}
