import type { Member } from '../entries/node.ts'

export function sortedMembers(members: readonly Member[]): Member[] {
  return [...members].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
