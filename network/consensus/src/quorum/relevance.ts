import { equalBytes } from '@cresset/core-codec'
import { saysTheSame } from './draft.ts'
import type { Message } from './messages.ts'
import type { State } from './state.ts'

/**
 * Whether a message is worth checking its signatures:
 * - `check`: it can change something
 * - `late`: it says what is known or settled already
 * - `behind`: its height is final here; its sender lacks a block
 * - `ahead`: its height is further on than the next one; this node lacks blocks
 */
export type Relevance = 'check' | 'late' | 'behind' | 'ahead'

/** Costs no signature check. A vote that contradicts one held is always worth it: it may be evidence. */
export function relevanceOf(state: State, message: Message): Relevance {
  const { height } = message.body
  if (height < state.height) return 'behind'
  if (height > state.height + 1) return 'ahead'
  if (height > state.height) return 'check'
  if (state.phase === 'storing' && message.kind !== 'blockRequest' && message.kind !== 'blockReply') return 'late'
  switch (message.kind) {
    case 'prepare': {
      const vote = message.body
      const held = state.prepares.get(vote.view)?.get(vote.validatorIndex)
      if (held !== undefined) return saysTheSame(held, vote) ? 'late' : 'check'
      const { prepared } = state
      const settled =
        prepared !== undefined && prepared.view >= vote.view && equalBytes(prepared.blockHash, vote.blockHash)
      return settled ? 'late' : 'check'
    }
    case 'commit': {
      const held = state.commits.get(message.body.view)?.get(message.body.validatorIndex)
      return held !== undefined && saysTheSame(held, message.body) ? 'late' : 'check'
    }
    case 'viewChange': {
      const held = state.viewChanges.get(message.body.claim.validatorIndex)
      const old = message.body.view < state.view || (held !== undefined && held.view >= message.body.view)
      return old ? 'late' : 'check'
    }
    case 'proposal': {
      const seen = state.proposals.get(message.body.view)
      return seen !== undefined && equalBytes(seen.signature, message.body.signature) ? 'late' : 'check'
    }
    default:
      return 'check'
  }
}
