import { type Proposals, proposalsEntry } from '../entries/proposal.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateOverlay } from '../state-overlay.ts'

export function proposalsOf(state: StateOverlay): Proposals {
  return state.require(proposalsEntry, stateKeys.proposals)
}
