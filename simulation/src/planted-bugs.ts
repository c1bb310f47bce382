import type { Invariant } from './invariants.ts'

/** A mistake put into a copy of the source; the simulator must find it by one of these invariants. */
export interface PlantedBug {
  readonly name: string
  readonly file: string
  /** Must stand exactly once in the file. */
  readonly right: string
  readonly wrong: string
  /** Another place that must be wrong too: two checks stand one behind the other. */
  readonly also?: { readonly file: string; readonly right: string; readonly wrong: string }
  readonly foundBy: readonly Invariant[]
  /** Where to begin: near a seed that finds it. */
  readonly firstSeed?: number
  /** A written scenario that shows it, where chance would take too long to. */
  readonly scenario?: string
  /** Narrows the runs to where the bug can show. */
  readonly options?: {
    readonly nodes?: number
    readonly byzantine?: string
    readonly heights?: number
    readonly members?: string
    readonly engine?: string
  }
}

const quorum = 'network/consensus/src/quorum'

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'quorum one short',
    file: 'core/chain/src/quorums.ts',
    right: 'return Math.floor((2 * count) / 3) + 1',
    wrong: 'return Math.floor((2 * count) / 3)',
    foundBy: ['valid-certificate', 'one-block-a-height', 'decided-block-stays'],
  },
  {
    name: '2f+1 at n=5',
    file: 'core/chain/src/quorums.ts',
    right: 'return Math.floor((2 * count) / 3) + 1',
    wrong: 'return 2 * Math.floor((count - 1) / 3) + 1',
    foundBy: ['valid-certificate', 'one-block-a-height'],
    options: { nodes: 5 },
  },
  {
    name: '2f+1 at n=6',
    file: 'core/chain/src/quorums.ts',
    right: 'return Math.floor((2 * count) / 3) + 1',
    wrong: 'return 2 * Math.floor((count - 1) / 3) + 1',
    foundBy: ['valid-certificate', 'one-block-a-height'],
    options: { nodes: 6 },
  },
  {
    name: 'vote sent before durable',
    file: `${quorum}/draft.ts`,
    right: "this.effects.push({ kind: 'record', record, height, entry })",
    wrong:
      "for (const message of messages) this.effects.push({ kind: 'send', to: 'all', message })\n    this.effects.push({ kind: 'record', record, height, entry })",
    foundBy: ['vote-durable-before-sent'],
  },
  {
    name: 'new view not verified',
    file: `${quorum}/verify.ts`,
    right: 'const code = verifyNewView(proposal, proposal.newView, hash, context)',
    wrong: "const code = 'ok' as ReturnType<typeof verifyNewView>",
    foundBy: ['decided-block-stays', 'one-block-a-height'],
    options: { nodes: 4, byzantine: 'usurping' },
  },
  {
    name: 'view changes not checked for their signatures',
    file: `${quorum}/verify.ts`,
    right: 'const code = verifyVote(claim, viewChangeBytes(chainId, target, claim), context)',
    wrong: "const code = 'ok' as 'ok' | VerifyCode",
    foundBy: ['decided-block-stays', 'one-block-a-height'],
    options: { nodes: 4, byzantine: 'usurping' },
  },
  {
    name: 'prepared certificate dropped at view change',
    file: `${quorum}/view-change.ts`,
    right: 'const { settings, height, prepared } = state',
    wrong: 'const { settings, height } = state\n  const prepared = undefined as ViewChange["prepared"]',
    foundBy: ['decided-block-stays', 'one-block-a-height'],
    scenario: 'all stop between their commit votes and the certificate',
  },
  {
    name: 'votes forgotten at a restart',
    file: `${quorum}/restore.ts`,
    right: 'if (entry.height !== state.height) continue',
    wrong: 'if (entry.height >= 0) continue',
    foundBy: ['one-vote-a-view', 'no-vote-below-the-view-asked-for'],
  },
  {
    name: 'commit votes of several views make a certificate',
    file: `${quorum}/decide.ts`,
    right: 'const votes = [...(state.commits.get(view)?.values() ?? [])]',
    wrong: 'const votes = [...state.commits.values()].flatMap((ofView) => [...ofView.values()])',
    foundBy: ['valid-certificate'],
    firstSeed: 20,
  },
  {
    name: 'roots left out of the comparison of commit votes',
    file: `${quorum}/draft.ts`,
    right:
      'equalBytes(a.blockHash, b.blockHash) &&\n    equalBytes(a.stateRoot ?? none, b.stateRoot ?? none) &&\n    equalBytes(a.receiptsRoot ?? none, b.receiptsRoot ?? none)',
    wrong: 'equalBytes(a.blockHash, b.blockHash) && none.length === 0',
    foundBy: ['valid-certificate', 'equal-roots'],
    options: { nodes: 4, byzantine: 'false-roots' },
  },
  {
    name: 'commit vote without state root',
    file: 'core/chain/src/votes.ts',
    right: "signingBytes('commit', chainId, commitVoteCodec.encode(vote))",
    wrong: "signingBytes('commit', chainId, commitVoteCodec.encode({ ...vote, stateRoot: vote.blockHash }))",
    foundBy: ['valid-certificate'],
  },
  {
    name: 'slashing the wrong key',
    file: 'core/ledger/src/stake/punish.ts',
    right: 'state.get(stakeEntry, stateKeys.stake(owner.node))',
    wrong: 'state.get(stakeEntry, stateKeys.stake(validatorsWithout(context, owner.node)[0]?.nodeId ?? owner.node))',
    foundBy: ['only-liars-lose-stake'],
    options: { nodes: 4, engine: 'stake', byzantine: 'contradicting' },
  },
  {
    name: 'commit acknowledged before it is flushed',
    file: 'network/application/src/ledger-application.ts',
    right: "await this.#meter.measure('store', () => this.#store.write(writes))",
    wrong: "void this.#meter.measure('store', () => this.#store.write(writes))",
    foundBy: ['committed-stays-committed', 'engine-goes-on', 'equal-roots'],
  },
  {
    name: 'history taken without its certificate',
    file: `${quorum}/catch-up.ts`,
    right: "if (checkCommitCertificate(certificate, validators(), chainId, check) !== 'ok') return undefined",
    wrong: 'if (validators().validators.length === 0 || chainId === "" || check === undefined) return undefined',
    foundBy: ['valid-certificate', 'equal-roots'],
    options: { nodes: 4, byzantine: 'lying-history' },
  },
  {
    name: 'no view change',
    file: `${quorum}/view-change.ts`,
    right: 'if (!state.viewTimerArmed || state.phase',
    wrong: 'if (state.height > 0 || !state.viewTimerArmed || state.phase',
    foundBy: ['progress-after-healing', 'progress-of-a-quorum'],
  },
  {
    name: 'root of a fetched state not compared',
    file: 'network/application/src/snapshot-restore.ts',
    right: "if (!isTrue) return 'wrong-root'",
    wrong: 'void isTrue',
    foundBy: ['equal-roots', 'engine-goes-on'],
    options: { nodes: 4, byzantine: 'false-state' },
    firstSeed: 40,
  },
  {
    name: 'a signer counted as often as it stands in a certificate',
    file: 'core/chain/src/certificate.ts',
    right: "    if (validatorIndex <= previous) return 'signers-not-distinct'\n",
    wrong: '',
    also: {
      file: 'core/chain/src/validators.ts',
      right: 'for (const index of new Set(indexes)) power +=',
      wrong: 'for (const index of indexes) power +=',
    },
    foundBy: ['valid-certificate', 'equal-roots'],
    options: { nodes: 4, byzantine: 'lying-history' },
  },
  {
    name: 'a wiped validator votes at once',
    file: `${quorum}/height.ts`,
    right: "? { reason: 'record-lost', untilHeight: undefined }\n        : newest",
    wrong: '? undefined\n        : newest',
    foundBy: ['one-vote-a-view', 'no-vote-below-the-view-asked-for', 'decided-block-stays'],
    options: { nodes: 4, byzantine: 'none' },
    firstSeed: 18,
  },
  {
    name: 'the time of a block proposed again is checked',
    file: `${quorum}/propose.ts`,
    right: 'const late = seen.fresh ? timeProblem(state, candidate.block.header.timeMs, nowMs) : undefined',
    wrong: 'const late = timeProblem(state, candidate.block.header.timeMs, nowMs)',
    foundBy: ['progress-of-a-quorum', 'progress-after-healing'],
    scenario: 'view change after 60 s with a prepared block',
  },
  {
    name: 'good signatures remembered by what they cover',
    file: 'core/ledger/src/transaction.ts',
    right: 'export function transactionId(bytes: Uint8Array): Uint8Array {\n  return sha256(bytes)',
    wrong:
      'export function transactionId(bytes: Uint8Array): Uint8Array {\n  return sha256(bytes.subarray(0, Math.max(0, bytes.length - 64)))',
    foundBy: ['valid-block', 'equal-roots', 'progress-after-healing'],
    options: { nodes: 4, byzantine: 'rule-breaking' },
    firstSeed: 62,
  },
  {
    name: 'signatures in a proposal not checked',
    file: 'network/application/src/ledger-application.ts',
    right: "if (!this.#cache.verify(transaction)) return { code: 'signature-bad' }",
    wrong: 'void transaction',
    foundBy: ['valid-block'],
    options: { nodes: 4, byzantine: 'rule-breaking' },
    firstSeed: 62,
  },
  {
    name: 'sequence not compared in a block',
    file: 'core/ledger/src/execute-block.ts',
    right: "if (payer.sequence !== transaction.sequence) return 'sequence-not-next'",
    wrong: "if (payer.sequence > transaction.sequence + 8) return 'sequence-not-next'",
    foundBy: ['valid-block', 'nothing-executed-twice'],
    options: { nodes: 4, byzantine: 'rule-breaking' },
  },
  {
    name: 'parent of a proposal not compared',
    file: `${quorum}/propose.ts`,
    right: "if (!equalBytes(header.parentHash, state.parentHash)) return 'parent'\n",
    wrong: '',
    foundBy: ['valid-block'],
    options: { nodes: 4, byzantine: 'rule-breaking' },
    firstSeed: 36,
  },
  {
    name: 'sequence not advanced on failure',
    file: 'core/ledger/src/execute-block.ts',
    right: 'const code = runAction(context, prepared)\n',
    wrong:
      "const code = runAction(context, prepared)\n  if (code !== 'ok') context.state.put(accountEntry, senderKey, { ...accountAt(context.state, senderKey), sequence: payer.sequence })\n",
    foundBy: ['censorship-bound', 'progress-after-healing', 'valid-block', 'nothing-executed-twice'],
  },
  {
    name: 'a transfer credits one unit too many',
    file: 'core/ledger/src/operations/transfer.ts',
    right: 'credit(state, to, amount)',
    wrong: 'credit(state, to, amount + 1n)',
    foundBy: ['money-conserved'],
  },
  {
    name: 'claim given to the younger seal when reveals cross',
    file: 'core/ledger/src/operations/reveal.ts',
    right: "claim.order < seal.order ? 'claim-older'",
    wrong: "claim.order > seal.order ? 'claim-older'",
    foundBy: ['oldest-seal-wins', 'state-sound'],
    options: { heights: 120 },
  },
  {
    name: 'proposers pass over a sender',
    file: 'network/application/src/mempool.ts',
    right: 'if (transaction === undefined || transaction.validUntilMs < selection.timeMs) continue',
    wrong:
      'if (transaction === undefined || transaction.validUntilMs < selection.timeMs || (transaction as unknown as { sender: Uint8Array }).sender[0]! < 64) continue',
    foundBy: ['censorship-bound', 'progress-after-healing'],
    options: { heights: 60 },
  },
  {
    name: 'prepared certificate not taken from the record',
    file: `${quorum}/restore.ts`,
    right: 'if (prepared !== undefined && prepared.view >= (state.prepared?.view ?? -1)) state.prepared = prepared',
    wrong: 'void prepared',
    foundBy: ['decided-block-stays', 'one-block-a-height', 'one-vote-a-view'],
    scenario: 'all stop between their commit votes and the certificate',
  },
  {
    name: 'vote in a view below one asked for',
    file: `${quorum}/propose.ts`,
    right: 'if (!mayVote(state) || state.view < state.votedView || state.ownPrepares.has(state.view)) return',
    wrong: 'if (!mayVote(state) || state.ownPrepares.has(state.view)) return',
    also: {
      file: `${quorum}/restore.ts`,
      right: '  state.view = state.votedView\n',
      wrong: '',
    },
    foundBy: ['no-vote-below-the-view-asked-for', 'decided-block-stays', 'one-vote-a-view'],
    options: { nodes: 4 },
  },
  {
    name: 'uncapped timeouts',
    file: `${quorum}/settings.ts`,
    right: 'return Math.min(timing.maxViewTimeoutMs, timing.viewTimeoutMs * 2 ** Math.min(view + slowness, 30))',
    wrong: 'return timing.viewTimeoutMs * 2 ** Math.min(view + slowness, 30)',
    foundBy: ['progress-of-a-quorum', 'progress-after-healing'],
    scenario: 'timeouts after many views without a decision',
  },
  {
    name: 'set change acting at H+1',
    file: `${quorum}/height.ts`,
    right: 'enterMembership(draft, state.nextMembers, application.nextMembers)',
    wrong: 'enterMembership(draft, application.nextMembers, application.nextMembers)',
    foundBy: ['valid-certificate', 'only-validators-vote', 'validators-act-two-heights-later'],
    options: { members: 'growing', byzantine: 'none' },
  },
  {
    name: 'a removed validator goes on voting',
    file: `${quorum}/members.ts`,
    right: 'self: ownKey === undefined ? undefined : indexOfKey(set, ownKey),',
    wrong: 'self: ownKey === undefined ? undefined : (indexOfKey(set, ownKey) ?? 0),',
    foundBy: ['only-validators-vote', 'valid-certificate'],
    options: { members: 'growing', byzantine: 'none' },
  },
  {
    name: 'old validators accepted in a new set',
    file: `${quorum}/height.ts`,
    right: 'enterMembership(draft, state.nextMembers, application.nextMembers)',
    wrong:
      'enterMembership(draft, state.height % 2 === 0 ? state.members : state.nextMembers, application.nextMembers)',
    foundBy: ['valid-certificate', 'only-validators-vote', 'validators-act-two-heights-later'],
    options: { members: 'growing', byzantine: 'none' },
  },
]

/** Those that `npm test` plants; the campaign plants all. */
export const plantedInTests: readonly string[] = [
  'quorum one short',
  'vote sent before durable',
  'new view not verified',
  'prepared certificate dropped at view change',
  'votes forgotten at a restart',
]
