import { blockHash } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { type Draft, withEntry } from './draft.ts'
import type { RecordEntry } from './record.ts'
import { decodeBlock } from './verify.ts'

/**
 * Takes up the votes of the current height where the record ends, so that a restarted node never contradicts itself: it
 * stays in its highest view, keeps its prepared block, and sends the same signed messages again.
 */
export function restoreVotes(draft: Draft, entries: readonly RecordEntry[]): void {
  const { state } = draft
  for (const entry of entries) {
    if (entry.height !== state.height) continue
    restoreBlock(draft, entry.block)
    const { prepared } = entry
    if (prepared !== undefined && prepared.view >= (state.prepared?.view ?? -1)) state.prepared = prepared
    for (const message of entry.messages) restoreMessage(draft, message)
  }
  state.view = state.votedView
  state.own = entries
    .filter(({ height }) => height === state.height)
    .flatMap(({ messages }) => messages)
    .filter((message) => 'view' in message.body && message.body.view === state.view)
  if (state.ownProposals.has(state.view)) state.phase = 'preparing'
  else if (state.view > 0 && !state.ownPrepares.has(state.view)) state.phase = 'changing-view'
}

function restoreBlock(draft: Draft, bytes: Uint8Array | undefined): void {
  if (bytes === undefined) return
  const block = decodeBlock(bytes, draft.state.settings.codecs.block)
  if (block === undefined) throw new Error('the vote record holds a block that cannot be read')
  const candidate = draft.addCandidate(block, bytes, blockHash(block.header), true)
  if (candidate !== undefined) draft.putCandidate({ ...candidate, recorded: true })
}

function restoreMessage(draft: Draft, message: RecordEntry['messages'][number]): void {
  const { state } = draft
  switch (message.kind) {
    case 'proposal': {
      const { view, block, signature, newView } = message.body
      restoreBlock(draft, block)
      const decoded = decodeBlock(block, state.settings.codecs.block)
      if (decoded === undefined) throw new Error('the vote record holds a block that cannot be read')
      const hash = blockHash(decoded.header)
      state.ownProposals = withEntry(state.ownProposals, view, toHex(hash))
      const fresh = newView?.prepared === undefined
      state.proposals = withEntry(state.proposals, view, { hash, signature, fresh })
      break
    }
    case 'prepare': {
      const { view, validatorIndex, blockHash: hash } = message.body
      state.ownPrepares = withEntry(state.ownPrepares, view, toHex(hash))
      const votes = state.prepares.get(view) ?? new Map()
      state.prepares = withEntry(state.prepares, view, withEntry(votes, validatorIndex, message.body))
      break
    }
    case 'commit': {
      const { view, validatorIndex, blockHash: hash } = message.body
      state.ownCommits = withEntry(state.ownCommits, view, toHex(hash))
      const votes = state.commits.get(view) ?? new Map()
      state.commits = withEntry(state.commits, view, withEntry(votes, validatorIndex, message.body))
      break
    }
    case 'viewChange':
      state.viewChanges = withEntry(state.viewChanges, message.body.claim.validatorIndex, message.body)
      break
    default:
      throw new Error(`the vote record holds a ${message.kind}`)
  }
  if ('view' in message.body) state.votedView = Math.max(state.votedView, message.body.view)
}
