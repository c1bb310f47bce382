import type { Comparable } from './compare.ts'
import type { MadeZone } from './zone-maker.ts'

/** The rules that the comparison aims at; each must have been needed by many answers to count as covered. */
export const allRules = [
  'data',
  'no data',
  'no data at an empty non-terminal',
  'no such name',
  'data from a wildcard',
  'alias from a wildcard',
  'no data at a wildcard',
  'name blocked from a wildcard',
  'alias',
  'chain of aliases',
  'no such name behind an alias',
  'circle of aliases',
  'DNAME',
  'chain through a DNAME',
  'delegation',
  'delegation with DS',
  'delegation with proof that there is no DS',
  'glue',
  'DS at a delegation',
  'type by number',
  'addresses of a target',
  'proof by NSEC',
  'proof by NSEC3',
] as const

type Rule = (typeof allRules)[number]

/** Which of them an answer needed, told by what was asked and what came. */
export function rulesOf(zone: MadeZone, name: string, type: string, dnssecOk: boolean, ours: Comparable): Rule[] {
  const { answer, authority, additional, rcode, isAuthoritative } = ours
  const rules: Rule[] = []
  const has = (lines: readonly string[], wanted: string): boolean => lines.some((line) => line.split(' ')[2] === wanted)
  const isOwner = zone.owners.includes(name)
  const exists = isOwner || zone.owners.some((owner) => owner.endsWith(`.${name}`))
  const aliases = answer.filter((line) => line.split(' ')[2] === 'CNAME').length
  const isReferral = !isAuthoritative && has(authority, 'NS')
  const isDenied = has(authority, 'SOA')
  const isMade = !exists && answer.some((line) => line.startsWith(`${name.toLowerCase()} `)) && !has(answer, 'DNAME')
  const aboveWildcard = zone.owners.some((owner) => owner.startsWith('*.') && name.endsWith(owner.slice(1)))

  if (isReferral) {
    rules.push(has(authority, 'DS') ? 'delegation with DS' : 'delegation')
    if (dnssecOk && (has(authority, 'NSEC') || has(authority, 'NSEC3')))
      rules.push('delegation with proof that there is no DS')
    if (additional.length > 0) rules.push('glue')
  } else if (additional.length > 0) rules.push('addresses of a target')
  if (has(answer, type) && aliases === 0) rules.push(isMade ? 'data from a wildcard' : 'data')
  if (aliases > 0) rules.push(isMade ? 'alias from a wildcard' : 'alias')
  if (aliases > 1) rules.push('chain of aliases')
  // Not a chain that leaves the zone: its last target stands at the left of an alias too.
  if (aliases > 1 && type !== 'CNAME' && isCircle(answer)) rules.push('circle of aliases')
  if (has(answer, 'DNAME') && type !== 'DNAME') rules.push(aliases > 1 ? 'chain through a DNAME' : 'DNAME')
  if (rcode === 'NXDOMAIN') rules.push(aliases > 0 ? 'no such name behind an alias' : 'no such name')
  if (rcode === 'NXDOMAIN' && aboveWildcard) rules.push('name blocked from a wildcard')
  if (rcode === 'NOERROR' && isDenied && aliases === 0) {
    if (isOwner) rules.push('no data')
    else rules.push(exists ? 'no data at an empty non-terminal' : 'no data at a wildcard')
  }
  if (type === 'DS' && isAuthoritative && zone.text.includes(`\n${name} NS `)) rules.push('DS at a delegation')
  if (zone.text.includes(`\n${name} TYPE731`)) rules.push('type by number')
  if (dnssecOk && isDenied && has(authority, 'NSEC')) rules.push('proof by NSEC')
  if (dnssecOk && isDenied && has(authority, 'NSEC3')) rules.push('proof by NSEC3')
  return rules
}

/** True when each alias of the answer leads to another one that stands in it. */
function isCircle(answer: readonly string[]): boolean {
  const aliases = answer.map((line) => line.split(' ')).filter(([, , type]) => type === 'CNAME')
  const owners = new Set(aliases.map(([owner]) => owner?.toLowerCase()))
  return aliases.every((fields) => owners.has(fields.at(-1)?.toLowerCase()))
}
