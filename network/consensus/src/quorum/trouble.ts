import { toHex } from '@cresset/core-codec'
import { isQuorumOf } from './draft.ts'
import type { State } from './state.ts'

/** Why there is no progress, or none by this node, in one line; undefined when nothing is wrong. */
export function troubleOf(state: State, linked: readonly number[]): string | undefined {
  if (state.trouble !== undefined) return state.trouble
  if (state.clockTrouble !== undefined) return state.clockTrouble
  const { abstention, members, nextMembers } = state
  const isMember = members.self !== undefined || nextMembers.self !== undefined
  if (isMember && abstention?.reason === 'record-ahead') {
    return `does not vote below height ${abstention.untilHeight}: its votes are newer than its state`
  }
  if (isMember && abstention !== undefined && abstention.untilHeight !== undefined) {
    return `does not vote below height ${abstention.untilHeight}: its vote record is missing`
  }
  if (isMember && state.settings.votesWithoutRecord) {
    return 'votes without waiting for its vote record: start it without --vote-without-record once blocks are made'
  }
  const present = members.self === undefined ? linked : [...linked, members.self]
  if (isQuorumOf(state, present)) {
    return abstention === undefined || !isMember ? undefined : 'does not vote yet: asks the others for their heights'
  }
  const { validators } = members.set
  const missing = validators.filter((_, index) => !present.includes(index))
  const names = missing.map(({ nodeId }) => toHex(nodeId).slice(0, 16))
  return `no quorum: ${present.length} of ${validators.length} validators linked; missing ${names.join(', ')}`
}
