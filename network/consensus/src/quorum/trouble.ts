import type { State } from './state.ts'

/** Why this node does not take part as it should, in one line; undefined when nothing is wrong. Who else is missing: `standingOf`. */
export function troubleOf(state: State): string | undefined {
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
  return abstention === undefined || !isMember ? undefined : 'does not vote yet: asks the others for their heights'
}
