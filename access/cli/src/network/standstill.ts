import { fewestMissing, type QuorumRule } from '@cresset/core-chain'

/** What the verdict needs of one node's answer to `/v1/status`. */
export interface AnsweredStatus {
  readonly node: string
  readonly engine: string
  readonly height: number
  readonly view: number
  readonly problems: readonly string[]
  readonly agreement: {
    readonly height: number
    readonly validators: readonly {
      readonly id: string
      readonly name: string
      readonly power: number
      readonly presence: 'voting' | 'abstaining' | 'silent' | 'unlinked'
      readonly stateRoot: string | null
    }[]
  }
}

export interface Standstill {
  /** The height that cannot be decided, and the highest view that a node is in. */
  readonly height: number
  readonly view: number
  readonly validators: number
  /** So many of the missing must vote again; 0 when all are there and their states differ. */
  readonly mustReturn: number
  readonly missing: readonly { readonly node: string; readonly reason: string }[]
  /** Who computed which state root, where not all computed the same; the largest group first. */
  readonly roots: readonly { readonly stateRoot: string; readonly nodes: readonly string[] }[]
}

/**
 * Why the network makes no block, put together from what its nodes say; undefined when a quorum takes part and agrees. `silent`
 * has the names of those that were asked and did not answer.
 */
export function standstillOf(
  answers: readonly AnsweredStatus[],
  silent: ReadonlyMap<string, string>,
): Standstill | undefined {
  const newest = [...answers].sort((a, b) => b.height - a.height || b.view - a.view)[0]
  if (newest === undefined) return undefined
  const { height, validators } = newest.agreement
  const present = answers.filter((answer) => answer.agreement.height === height)
  const missing = validators.flatMap(({ id, name, power }) => {
    const reason = whyMissing(id, name, present, answers, silent)
    return reason === undefined ? [] : [{ node: name, reason, power }]
  })
  const total = sum(validators.map(({ power }) => power))
  const signed = total - sum(missing.map(({ power }) => power))
  const rule = newest.engine as QuorumRule
  const mustReturn = fewestMissing(
    rule,
    signed,
    missing.map(({ power }) => power),
    total,
  )
  const groups = rootGroups(present)
  const largest = groups[0]?.power ?? 0
  const areApart =
    groups.length > 1 && fewestMissing(rule, largest, [total - sum(groups.map(({ power }) => power))], total) > 1
  if (validators.length === 0 || (mustReturn === 0 && !areApart)) return undefined
  return {
    height,
    view: Math.max(...present.map(({ view }) => view)),
    validators: validators.length,
    mustReturn,
    missing: missing.map(({ node, reason }) => ({ node, reason })).sort((a, b) => (a.node < b.node ? -1 : 1)),
    roots: areApart ? groups.map(({ stateRoot, nodes }) => ({ stateRoot, nodes: nodes.sort() })) : [],
  }
}

const sum = (powers: readonly number[]): number => powers.reduce((total, power) => total + power, 0)

/** Undefined when it takes part. What a node says of itself counts before what others say of it. */
function whyMissing(
  id: string,
  name: string,
  present: readonly AnsweredStatus[],
  answers: readonly AnsweredStatus[],
  silent: ReadonlyMap<string, string>,
): string | undefined {
  const own = answers.find(({ node }) => node === name)
  const seen = present.flatMap(({ node, agreement }) =>
    node === name ? [] : agreement.validators.flatMap((one) => (one.id === id ? [one.presence] : [])),
  )
  if (own?.agreement.validators.find((one) => one.id === id)?.presence === 'abstaining') {
    const cause = own.problems.map((line) => /^does not vote [^:]*(: .+)$/.exec(line)?.[1]).find(Boolean)
    return `may not vote yet${cause ?? ''}`
  }
  if (seen.length === 0 || seen.includes('voting')) return undefined
  if (own !== undefined && !present.includes(own)) return `is at height ${own.height}, behind the others`
  if (seen.includes('silent')) return 'is linked and says nothing'
  const address = silent.get(name)
  if (address !== undefined) return `does not answer at ${address}, and no node is linked to it`
  return own === undefined ? 'no node is linked to it' : 'answers, and no node is linked to it'
}

function rootGroups(present: readonly AnsweredStatus[]) {
  const rootOf = new Map<string, { readonly stateRoot: string; readonly power: number }>()
  for (const { agreement } of present) {
    for (const { name, power, stateRoot } of agreement.validators) {
      if (stateRoot !== null) rootOf.set(name, { stateRoot, power })
    }
  }
  const groups = new Map<string, { stateRoot: string; nodes: string[]; power: number }>()
  for (const [name, { stateRoot, power }] of rootOf) {
    const group = groups.get(stateRoot) ?? { stateRoot, nodes: [], power: 0 }
    group.nodes.push(name)
    group.power += power
    groups.set(stateRoot, group)
  }
  return [...groups.values()].sort((a, b) => b.power - a.power)
}

/** The verdict for people: what is wrong, who is missing and why, and what would help. */
export function describeStandstill(standstill: Standstill): string[] {
  const { height, view, validators, mustReturn, missing, roots } = standstill
  const where = `block ${height} waits in view ${view}`
  const lines: string[] = []
  if (mustReturn > 0) {
    const takePart = `${validators - missing.length} of ${validators} validators take part`
    lines.push(`The network stands still: ${where}, ${takePart}.`)
    const width = Math.max(...missing.map(({ node }) => node.length))
    for (const { node, reason } of missing) lines.push(`  ${node.padEnd(width)}  ${reason}`)
    const whole = mustReturn === missing.length
    const count = mustReturn === 1 ? 'One' : `${mustReturn}`
    const verb =
      missing.length === 1 ? 'It must return.' : whole ? 'All of them must return.' : `${count} of them must return.`
    lines.push(mustReturn > missing.length ? 'Even all of them are not enough.' : verb)
  }
  if (roots.length > 0) {
    lines.push(`The network stands still: ${where}, and the validators computed different states.`)
    for (const { stateRoot, nodes } of roots) lines.push(`  ${stateRoot.slice(0, 16)}…  ${nodes.join(', ')}`)
  }
  return lines
}
