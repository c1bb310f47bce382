import type { Standing } from '@cresset/network-consensus/interface'

/** For the operator: why no block can be decided, by the names of the nodes; no line when nothing is missing. */
export function standingLines(standing: Standing, view: number, nameOf: (id: string) => string): string[] {
  const { height, validators, mustReturn } = standing
  const lines: string[] = []
  const where = view === 0 ? `height ${height}` : `height ${height}, view ${view}`
  if (mustReturn > 0) {
    const named = (presence: string): string[] =>
      validators.flatMap((one) => (one.presence === presence ? [nameOf(one.id)] : []))
    const missing = [
      ...named('unlinked').map((name) => `${name} has no link to this node`),
      ...named('silent').map((name) => `${name} is linked and silent`),
      ...named('abstaining').map(() => 'this node may not vote yet'),
    ]
    lines.push(`no quorum for ${where}: ${missing.join(', ')}; ${mustReturn} must return`)
  }
  const differing = rootsThatDiffer(standing, nameOf)
  if (differing !== undefined) lines.push(`state roots differ at height ${height}: ${differing}`)
  return lines
}

/** Who computed which state, where not all computed the same: the largest group first. */
function rootsThatDiffer({ validators }: Standing, nameOf: (id: string) => string): string | undefined {
  const groups = new Map<string, string[]>()
  for (const { id, stateRoot } of validators) {
    if (stateRoot !== undefined) groups.set(stateRoot, [...(groups.get(stateRoot) ?? []), nameOf(id)])
  }
  if (groups.size < 2) return undefined
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length)
  return sorted.map(([root, names]) => `${names.sort().join(' and ')} computed ${root.slice(0, 16)}…`).join(', ')
}
