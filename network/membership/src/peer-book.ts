import type { PeerAddress, PeerId } from '@cresset/network-transport'
import { isLoopback, parseHostPort } from './host-port.ts'
import type { KnownNode } from './known-node.ts'

/** A node that was removed keeps its links so long, to hear of it. */
export const farewellMs = 3_000

export interface PeerBookOptions {
  readonly self: PeerId
  /** Where this node says that it is reached. Nobody else's loopback address is dialled unless its own is one too. */
  readonly ownAgreement: string
  /** From a joining file: how the nodes were at this height, until the ledger here is as far. */
  readonly introduction?: { readonly height: number; readonly nodes: readonly KnownNode[] } | undefined
}

/**
 * With whom this node has links: the nodes of the ledger at its newest height. Besides, who was removed stays for a moment, and
 * as long as it votes: the blocks until its last vote counts may need it.
 */
export class PeerBook {
  readonly #options: PeerBookOptions
  #nodes: ReadonlyMap<PeerId, KnownNode> = new Map()
  readonly #leaving = new Map<PeerId, { readonly node: KnownNode; readonly untilMs: number }>()
  #voting: ReadonlySet<PeerId> = new Set()
  #height = 0

  constructor(options: PeerBookOptions) {
    this.#options = options
  }

  /** Whether the ledger here lists this node. */
  get isMember(): boolean {
    return this.#nodes.has(this.#options.self)
  }

  /** `addresses` changes by time, or with the next block whatever is in it. */
  get isUnsettled(): boolean {
    return this.#leaving.size > 0 || this.#isIntroduced
  }

  /** What an operator wrote down is newer than a ledger that is still being fetched. */
  get #isIntroduced(): boolean {
    const { introduction } = this.#options
    return introduction !== undefined && (this.#height < introduction.height || this.#height === 0)
  }

  nameOf(id: PeerId): string | undefined {
    const introduced = this.#options.introduction?.nodes.find((node) => node.id === id)
    return (this.#nodes.get(id) ?? this.#leaving.get(id)?.node ?? introduced)?.name
  }

  /** The ledger's nodes after the block of this height, and who votes on the next two. */
  update(height: number, nodes: readonly KnownNode[], voting: ReadonlySet<PeerId>, nowMs: number): void {
    const now = new Map(nodes.map((node) => [node.id, node]))
    for (const [id, node] of this.#nodes) {
      if (!now.has(id)) this.#leaving.set(id, { node, untilMs: nowMs + farewellMs })
    }
    for (const id of now.keys()) this.#leaving.delete(id)
    this.#nodes = now
    this.#voting = voting
    this.#height = height
  }

  /** For the transport, sorted by id. */
  addresses(nowMs: number): PeerAddress[] {
    for (const [id, { untilMs }] of this.#leaving) {
      if (nowMs >= untilMs && !this.#voting.has(id)) this.#leaving.delete(id)
    }
    const { self, introduction } = this.#options
    const peers = new Map(this.#nodes)
    for (const [id, { node }] of this.#leaving) peers.set(id, node)
    if (this.#isIntroduced) for (const node of introduction?.nodes ?? []) peers.set(node.id, node)
    peers.delete(self)
    return Array.from(peers.values(), (node) => this.#addressOf(node)).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  #addressOf({ id, agreement, tlsFingerprint }: KnownNode): PeerAddress {
    const address = { id, ...parseHostPort(agreement), certificateFingerprint: tlsFingerprint }
    const isElsewhere = isLoopback(address.host) && !isLoopback(parseHostPort(this.#options.ownAgreement).host)
    return isElsewhere ? { ...address, isDialled: false } : address
  }
}
