import { protocolEntry } from '../../entries/proposal.ts'
import { stateKeys } from '../../state-keys.ts'
import type { ChangeRule } from './rule.ts'

/** Blocks between the vote that decides an upgrade and the first block under it, at least: operators need time to see it. */
export const minUpgradeBlocks = 10

/** Has blocks follow another version of the rules from a height on. A later vote takes the place of one that is still due. */
export const upgrade: ChangeRule<'upgrade'> = {
  problem({ state, height }, to) {
    if (to.version <= state.require(protocolEntry, stateKeys.protocol).version) return 'upgrade-version-known'
    return to.height < height + minUpgradeBlocks ? 'upgrade-too-soon' : undefined
  },
  apply({ state, events }, { version, height }) {
    const protocol = state.require(protocolEntry, stateKeys.protocol)
    state.put(protocolEntry, stateKeys.protocol, { ...protocol, upgrade: { version, height } })
    events.push({ kind: 'upgradeDecided', body: { version, height } })
  },
}
