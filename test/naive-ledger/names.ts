import type { NaiveCode } from './codes.ts'
import { aLabelProblem } from './idna.ts'

/** docs/protocol/ledger.md, "Which names". */
export function nameProblem(name: string, zones: readonly string[]): NaiveCode | undefined {
  if (name.length > 64) return 'name-too-long'
  if (name.endsWith('.')) return 'name-trailing-dot'
  if (/[A-Z]/.test(name)) return 'name-upper-case'
  if (zones.includes(name)) return 'name-not-below-zone'
  const zone = zones.find((candidate) => name.endsWith(`.${candidate}`))
  if (zone === undefined) return 'zone-unknown'
  const labels = name.slice(0, -zone.length - 1).split('.')
  if (labels.length > 1) return labels.includes('') ? 'label-empty' : 'name-not-below-zone'
  const label = labels[0] as string
  return label === 'ns' ? 'label-reserved' : labelProblem(label)
}

export function labelProblem(label: string): NaiveCode | undefined {
  if (label === '') return 'label-empty'
  if (!/^[a-z0-9-]*$/.test(label)) return 'label-character'
  if (label.startsWith('-') || label.endsWith('-')) return 'label-hyphen'
  if (label.startsWith('xn--')) return aLabelProblem(label)
  return label.slice(2, 4) === '--' ? 'label-hyphen' : undefined
}

/** `host` is relative to the name; step 2 of "Hosts". */
export function hostProblem(name: string, host: string, hasServices: boolean): NaiveCode | undefined {
  if (fullHost(name, host).length > (hasServices ? 241 : 253)) return 'host-too-long'
  if (host === '') return undefined
  for (const [index, label] of host.split('.').entries()) {
    if (index === 0 && label === '*') continue
    if (label.length > 63) return 'host-label'
    if (label.startsWith('_')) {
      if (/^_[0-9]+$/.test(label) || labelProblem(label.slice(1)) !== undefined) return 'host-label'
    } else if (labelProblem(label) !== undefined) return 'host-label'
  }
  return undefined
}

export function fullHost(name: string, host: string): string {
  return host === '' ? name : `${host}.${name}`
}
