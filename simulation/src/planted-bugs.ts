import type { Invariant } from './invariants.ts'

/** A mistake put into a copy of the source; the simulator must find it by one of these invariants. */
export interface PlantedBug {
  readonly name: string
  readonly file: string
  /** Must stand exactly once in the file. */
  readonly right: string
  readonly wrong: string
  readonly foundBy: readonly Invariant[]
  /** Narrows the runs to where the bug can show. */
  /** Where to begin: near a seed that finds it. */
  readonly firstSeed?: number
  readonly options?: { readonly nodes?: number; readonly byzantine?: string; readonly heights?: number }
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
    options: { nodes: 4 },
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
