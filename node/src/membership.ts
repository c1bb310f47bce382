import { type NodeEntry, readNodes } from '@cresset/core-ledger'
import type { CommitEvent, LedgerApplication } from '@cresset/network-application'
import type { PeerBook } from '@cresset/network-membership'
import type { PeerAddress } from '@cresset/network-transport'
import { knownNodeOf, votingNodes } from './ledger-nodes.ts'

/**
 * - `waiting`: not on the ledger yet, as far as this node knows
 * - `arriving`: has blocks from before it was admitted, and fetches the others
 * - `member`: on the ledger
 * - `removed`: has all blocks, and the ledger does not list it
 */
export type MemberState = 'waiting' | 'arriving' | 'member' | 'removed'

export interface MembershipOptions {
  /** Of this node, hex. */
  readonly self: string
  readonly book: PeerBook
  readonly application: Pick<LedgerApplication, 'head' | 'queries' | 'feed'>
  setPeers(peers: readonly PeerAddress[]): void
  /** The highest height that a peer told. */
  highestSeen(): number
  /** Told when the ledger's nodes are others than before. */
  onNodes?(nodes: readonly NodeEntry[]): void
}

/** Keeps the links in step with the nodes that the ledger lists. */
export class Membership {
  readonly #options: MembershipOptions
  #nodes: readonly NodeEntry[] = []
  #self: NodeEntry | undefined

  constructor(options: MembershipOptions) {
    this.#options = options
    this.#read()
    const { feed } = options.application
    feed.onCommit((event) => this.#commit(event))
    feed.onJump(() => this.#read())
  }

  /** This node's entry. */
  get self(): NodeEntry | undefined {
    return this.#self
  }

  /** All of the ledger, sorted by name. */
  get nodes(): readonly NodeEntry[] {
    return this.#nodes
  }

  /** Whether it is among those who decide on one of the next two blocks. */
  get votes(): boolean {
    return votingNodes(this.#options.application.queries.view()).has(this.#options.self)
  }

  get state(): MemberState {
    if (this.#self !== undefined) return 'member'
    const { head } = this.#options.application
    if (head.height === 0) return 'waiting'
    return this.#options.highestSeen() > head.height ? 'arriving' : 'removed'
  }

  /** To be called now and then: who leaves has its links for a moment only. */
  tick(): void {
    if (this.#options.book.isUnsettled) this.#tellTransport()
  }

  #commit(event: CommitEvent): void {
    const isChange = (kinds: readonly { readonly kind: string }[]): boolean =>
      kinds.some(({ kind }) => kind === 'nodesChanged')
    if (isChange(event.blockEvents) || event.transactions.some(({ events }) => isChange(events))) this.#read()
    else if (this.#options.book.isUnsettled) this.#update()
  }

  #read(): void {
    this.#nodes = readNodes(this.#options.application.queries.view())
    this.#update()
    this.#options.onNodes?.(this.#nodes)
  }

  #update(): void {
    const { application, book, self } = this.#options
    const voting = votingNodes(application.queries.view())
    const nodes = this.#nodes.map(knownNodeOf)
    this.#self = this.#nodes[nodes.findIndex(({ id }) => id === self)]
    book.update(application.head.height, nodes, voting, Date.now())
    this.#tellTransport()
  }

  #tellTransport(): void {
    this.#options.setPeers(this.#options.book.addresses(Date.now()))
  }
}
