import type { Block, CommitCertificate } from '@cresset/core-chain'
import type { CatchUpMessage, Message } from '@cresset/network-consensus/quorum'

/** Situations that a campaign must have been in: one that never came was not tested. */
export const marks = [
  'view change',
  'view change with a prepared block',
  'prepared block proposed again',
  'block decided in a later view',
  'heights decided by commits of several views',
  'prepared block fetched by its hash',
  'catch-up',
  'state transfer',
  'forgotten block asked for',
  'state in the place of blocks',
  'state refused',
  'abstention without a vote record',
  'votes again after abstaining',
  'vote missing in the record',
  'same vote sent again after a restart',
  'contradiction seen',
  'evidence in a block',
  'block time refused',
  'proposal refused by the application',
  'proposal refused for its header',
  'signature refused',
  'empty block',
  'whole network down',
  'write lost in a crash',
  'write kept in a crash',
  'vote record torn',
  'clock stepped back',
  'progress with a minority frozen',
  'transaction that failed',
  'reveals that crossed',
  'proposer that censors',
  'validators changed',
] as const
export type Mark = (typeof marks)[number]

/** Names of log lines of the engine that say a situation came about. */
const ofEvents: Readonly<Record<string, Mark>> = {
  'view change': 'view change',
  'abstains: its vote record is missing': 'abstention without a vote record',
  'votes again': 'votes again after abstaining',
  'a final block holds a vote that is not in the vote record': 'vote missing in the record',
  misbehaviour: 'contradiction seen',
  'proposal not voted for': 'block time refused',
  'message refused': 'signature refused',
  'has the state': 'state transfer',
  'no state from this peer': 'state refused',
}

/** Refusals that the engine makes itself; the others are the application's. */
const headerProblems = new Set([
  'protocol-version',
  'parent',
  'time-not-rising',
  'validators',
  'next-validators',
  'proposer',
])

/** What one run went through. */
export class Coverage {
  readonly #seen = new Set<Mark>()
  readonly #viewsOfHeight = new Map<number, Set<number>>()

  see(mark: Mark): void {
    this.#seen.add(mark)
  }

  get seen(): readonly Mark[] {
    return marks.filter((mark) => this.#seen.has(mark))
  }

  event(name: string, details: Readonly<Record<string, unknown>> | undefined): void {
    const mark = ofEvents[name]
    if (mark !== undefined) this.see(mark)
    if (name !== 'proposal refused') return
    const isHeader = headerProblems.has(String(details?.['problem']))
    this.see(isHeader ? 'proposal refused for its header' : 'proposal refused by the application')
  }

  sent(message: Message): void {
    switch (message.kind) {
      case 'proposal':
        if (message.body.newView?.prepared !== undefined) this.see('prepared block proposed again')
        break
      case 'viewChange':
        if (message.body.prepared !== undefined) this.see('view change with a prepared block')
        break
      case 'blockReply':
        this.see('prepared block fetched by its hash')
        break
      default:
        break
    }
  }

  told(message: CatchUpMessage): void {
    if (message.kind === 'reply' && message.body.blocks.length > 0) this.see('catch-up')
    if (message.kind === 'forgotten') this.see('forgotten block asked for')
  }

  committed(block: Block, certificate: CommitCertificate): void {
    if (certificate.view > 0) this.see('block decided in a later view')
    if (block.misbehaviour.length > 0) this.see('evidence in a block')
    if (block.transactions.length === 0) this.see('empty block')
    const views = this.#viewsOfHeight.get(certificate.height) ?? new Set()
    this.#viewsOfHeight.set(certificate.height, views.add(certificate.view))
    if (views.size > 1) this.see('heights decided by commits of several views')
  }
}

/** Marks over many runs. */
export class CoverageSum {
  readonly counts = new Map<string, number>()

  add(seen: readonly string[]): void {
    for (const mark of seen) this.counts.set(mark, (this.counts.get(mark) ?? 0) + 1)
  }

  get missing(): readonly Mark[] {
    return marks.filter((mark) => !this.counts.has(mark))
  }
}
