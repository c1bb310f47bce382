import { compareNames, parseAbsoluteName } from '@cresset/dns-wire'
import type { Comparable, Difference } from './compare.ts'
import type { Denial } from './signer.ts'
import { type MadeZone, parentOf } from './zone-maker.ts'

/** One question, and what two servers say. */
export interface Comparison {
  readonly peer: string
  readonly zone: MadeZone
  readonly denial: Denial
  /** Absolute. */
  readonly name: string
  readonly type: string
  readonly dnssecOk: boolean
  readonly ours: Comparable
  readonly theirs: Comparable
  readonly differences: readonly Difference[]
}

/** A difference that stays, and why ours is what the standard says. */
interface Accepted {
  readonly peer: 'knotd' | 'nsd' | 'both'
  readonly clause: string
  readonly reason: string
  is(comparison: Comparison): boolean
}

const isProof = (line: string): boolean => / (NSEC3?|RRSIG nsec3?) /.test(line)

/** Nothing but the proofs in the authority section differs, and what is added to an authoritative answer. */
function onlyProofs({ differences, ours }: Comparison): Difference | undefined {
  const [only, ...others] = differences.filter(({ section }) => section !== 'additional' || !ours.isAuthoritative)
  const isOnly = others.length === 0 && only?.section === 'authority' && [...only.missing, ...only.extra].every(isProof)
  return isOnly ? only : undefined
}

/** The peer leaves out proofs that we send. */
const lacksProofs = (comparison: Comparison): boolean => onlyProofs(comparison)?.missing.length === 0

const exists = ({ owners }: MadeZone, name: string): boolean =>
  owners.some((owner) => owner === name || owner.endsWith(`.${name}`))

/** The name itself, or its closest encloser. */
function nearestExisting(zone: MadeZone, name: string): string {
  let encloser = name
  while (encloser !== '' && !exists(zone, encloser)) encloser = parentOf(encloser)
  return encloser
}

/** The wildcard at the closest encloser of a name that is not there. */
function wildcardFor(zone: MadeZone, name: string): string | undefined {
  return exists(zone, name) ? undefined : `*.${nearestExisting(zone, name)}`
}

/** A name that exists only because of names below it. */
const isEmptyNonTerminal = (zone: MadeZone, name: string): boolean => exists(zone, name) && !zone.owners.includes(name)

/** Names that the answer speaks of: the one asked for, and all that aliases lead to. */
function namesOf({ name, ours }: Comparison): string[] {
  return [name, ...ours.answer.flatMap((line) => / (?:CNAME) (\S+)$/.exec(line)?.slice(1) ?? [])]
}

interface Alias {
  readonly owner: string
  readonly target: string
  readonly line: string
}

/** The aliases of our answer in the order in which they are followed. */
function aliasesOf({ name, ours }: Comparison): Alias[] {
  const aliases = new Map<string, Alias>()
  for (const line of ours.answer) {
    const [owner = '', , type, target = ''] = line.split(' ')
    if (type === 'CNAME') aliases.set(owner, { owner, target, line })
  }
  const followed: Alias[] = []
  for (let alias = aliases.get(name); alias !== undefined; alias = aliases.get(alias.target)) {
    followed.push(alias)
    aliases.delete(alias.owner)
  }
  return followed
}

/** Where the aliases of the answer end, if a DNAME made the last of them. */
function madeByDname(comparison: Comparison): string | undefined {
  const last = aliasesOf(comparison).at(-1)
  const isMade = comparison.ours.answer.some((line) => {
    const [owner = '', , type] = line.split(' ')
    return type === 'DNAME' && last?.owner.endsWith(`.${owner}`)
  })
  return isMade ? last?.target : undefined
}

/** The owner of an NSEC record, if no name of the zone is between it and the next one, and this one is (RFC 4034 section 4.1.1). */
function spanningOwner(line: string, name: string, { apex }: MadeZone): string | undefined {
  const [owner = '', , type, next = ''] = line.split(' ')
  const isBefore = (one: string, other: string): boolean =>
    compareNames(parseAbsoluteName(one), parseAbsoluteName(other)) < 0
  const isSpanned = type === 'NSEC' && isBefore(owner, name) && (next === apex || isBefore(name, next))
  return isSpanned ? owner : undefined
}

const accepted: readonly Accepted[] = [
  {
    peer: 'both',
    clause: 'RFC 1034 section 4.3.2 step 6',
    reason:
      "what is added to an answer is the server's choice: we add addresses and keys of targets, but none that a wildcard made and no proofs",
    is: ({ ours, differences }) => ours.isAuthoritative && differences.every(({ section }) => section === 'additional'),
  },
  {
    peer: 'both',
    clause: 'RFC 4035 section 3.1.3.4, RFC 5155 section 7.2.5',
    reason: 'a wildcard that is an empty non-terminal is proven like any other; the peer leaves its record out',
    is: (comparison) =>
      lacksProofs(comparison) &&
      namesOf(comparison).some((name) => {
        const wildcard = wildcardFor(comparison.zone, name)
        return wildcard !== undefined && isEmptyNonTerminal(comparison.zone, wildcard)
      }),
  },
  {
    peer: 'knotd',
    clause: 'RFC 4592 section 2.1.1, RFC 5155 sections 7.2.5 and 7.2.6',
    reason:
      'a name that begins with an asterisk can be made by another wildcard; the peer takes it for a wildcard itself and does not prove that it is not there',
    is: (comparison) =>
      lacksProofs(comparison) &&
      namesOf(comparison).some(
        (name) => name.startsWith('*.') && comparison.zone.owners.includes(wildcardFor(comparison.zone, name) ?? ''),
      ),
  },
  {
    peer: 'nsd',
    clause: 'RFC 5155 section 7.2.3',
    reason:
      'asked for a wildcard by its own name, the record that matches it proves all; the peer adds that of its encloser',
    is: (comparison) =>
      onlyProofs(comparison)?.extra.length === 0 && namesOf(comparison).some((name) => name.startsWith('*.')),
  },
  {
    peer: 'nsd',
    clause: 'RFC 4035 sections 3.1.3.3 and 3.1.3.4',
    reason:
      'behind a DNAME, what a wildcard answers is proven by the span of the name that was made; the peer sends another',
    is: (comparison) =>
      onlyProofs(comparison) !== undefined &&
      comparison.ours.answer.some((line) => line.includes(' DNAME ')) &&
      namesOf(comparison).some((name) => comparison.zone.owners.includes(wildcardFor(comparison.zone, name) ?? '')),
  },
  {
    peer: 'nsd',
    clause: 'RFC 4035 section 3.1.3.2',
    reason: 'what a DNAME leads to and is not there is proven by the record that spans it; the peer leaves it out',
    is: (comparison) => {
      const { denial, ours } = comparison
      const denied = madeByDname(comparison)
      if (denial !== 'nsec' || ours.rcode !== 'NXDOMAIN' || denied === undefined || !lacksProofs(comparison))
        return false
      // No more than that record and its signature.
      const [record, signature, ...more] = onlyProofs(comparison)?.extra ?? []
      const owner = record === undefined ? undefined : spanningOwner(record, denied, comparison.zone)
      return owner !== undefined && signature?.startsWith(`${owner} `) === true && more.length === 0
    },
  },
  {
    peer: 'both',
    clause: 'RFC 1034 section 4.3.3',
    reason: 'a delegation ends the reach of wildcards; the peer makes glue from one below it',
    is: ({ ours, differences, zone }) =>
      !ours.isAuthoritative &&
      differences.every(({ section, extra }) => section === 'additional' && extra.length === 0) &&
      ours.authority.some((line) => {
        const [cut, , type] = line.split(' ')
        return type === 'NS' && zone.owners.some((owner) => owner.startsWith('*.') && owner.endsWith(`.${cut}`))
      }),
  },
  {
    peer: 'nsd',
    clause: 'RFC 5155 section 7.2.5',
    reason:
      'the closest encloser is proven too; the peer leaves it out when names below the wildcard stand in the zone, as owners or as targets',
    is: (comparison) =>
      lacksProofs(comparison) &&
      namesOf(comparison).some((name) => {
        const wildcard = wildcardFor(comparison.zone, name)
        return wildcard !== undefined && comparison.zone.text.includes(`.${wildcard}`)
      }),
  },
  {
    peer: 'both',
    clause: 'RFC 5155 sections 7.2.1 and 7.2.4',
    reason:
      'where an opt-out left an empty non-terminal without a record, proofs begin at the closest provable encloser above it',
    is: (comparison) =>
      comparison.denial === 'nsec3-opt-out' &&
      onlyProofs(comparison) !== undefined &&
      namesOf(comparison).some((name) => isEmptyNonTerminal(comparison.zone, nearestExisting(comparison.zone, name))),
  },
  {
    peer: 'knotd',
    clause: 'RFC 5155 section 7.2.2',
    reason: 'below an empty non-terminal without a record the peer denies a name without SOA, proof and authority',
    is: ({ denial, theirs, ours }) =>
      denial === 'nsec3-opt-out' &&
      theirs.rcode === 'NXDOMAIN' &&
      ours.rcode === 'NXDOMAIN' &&
      theirs.authority.length === 0 &&
      !theirs.isAuthoritative,
  },
  {
    peer: 'knotd',
    clause: 'RFC 1034 section 3.6.2',
    reason: 'chains of aliases are followed; the peer ends its answer behind the fifth',
    is: (comparison) => {
      const { ours, theirs } = comparison
      const aliases = aliasesOf(comparison).map(({ line }) => line)
      const theirAliases = theirs.answer.filter((line) => line.includes(' CNAME '))
      return (
        aliases.length > 5 &&
        theirs.rcode === 'NOERROR' &&
        theirAliases.length === 5 &&
        aliases.slice(0, 5).every((line) => theirAliases.includes(line)) &&
        theirs.answer.every((line) => ours.answer.includes(line)) &&
        theirs.authority.every((line) => isProof(line) && ours.authority.includes(line))
      )
    },
  },
  {
    peer: 'both',
    clause: 'RFC 1034 section 3.6.2',
    reason: 'aliases that lead back to themselves are no answer; each server stops at a step of its own',
    is: ({ ours, theirs, differences }) => {
      const targets = ours.answer.flatMap((line) => / CNAME (\S+)$/.exec(line)?.slice(1) ?? [])
      return (
        differences.every(({ section }) => section === 'answer') &&
        theirs.answer.length > 0 &&
        ours.answer.every((line) => / (CNAME|DNAME|RRSIG cname|RRSIG dname) /.test(line)) &&
        targets.every((target) => ours.answer.some((line) => line.startsWith(`${target} `)))
      )
    },
  },
  {
    peer: 'both',
    clause: 'RFC 6672 section 3.2',
    reason:
      'a DNAME whose target is below itself makes a chain without end; each server follows it a number of steps of its own',
    is: ({ ours, theirs, differences }) =>
      differences.every(({ section, missing }) => section === 'answer' && missing.length === 0) &&
      theirs.answer.length > 1 &&
      ours.answer.some((line) => {
        const [owner, , type, target] = line.split(' ')
        return type === 'DNAME' && target?.endsWith(`.${owner}`) === true
      }),
  },
]

/** What explains a comparison: one accepted difference, or one for each section that differs. None when anything is left over. */
export function explain(comparison: Comparison): readonly Accepted[] {
  const { peer, differences } = comparison
  const find = (part: readonly Difference[]): Accepted | undefined =>
    accepted.find((one) => (one.peer === 'both' || one.peer === peer) && one.is({ ...comparison, differences: part }))
  const whole = find(differences)
  if (whole !== undefined) return [whole]
  const parts = differences.flatMap((difference) => find([difference]) ?? [])
  return parts.length === differences.length ? parts : []
}
