import type { Member, NodeEntry } from '../entries/node.ts'

export function sortedMembers(nodes: readonly NodeEntry[]): Member[] {
  return nodes
    .map(({ id, name, securityLevel }) => ({ node: id, name, securityLevel }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
