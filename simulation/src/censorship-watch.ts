import type { Clients } from './clients.ts'
import { InvariantBroken, type Invariants } from './invariants.ts'
import type { SimulatedNode } from './node.ts'

/**
 * A transaction that every honest validator holds, and that could stand in the next block, is in a block within
 * n + 2f + 2 proposals, whatever f of the proposers leave out. Counted while nothing disturbs the network: no bound holds
 * for a network that loses messages.
 */
export class CensorshipWatch {
  readonly #clients: Clients
  readonly #invariants: Invariants
  readonly #honest: readonly SimulatedNode[]
  readonly #bound: number
  /** Proposals made since all hold it. */
  readonly #since = new Map<string, number>()

  constructor(options: {
    readonly clients: Clients
    readonly invariants: Invariants
    readonly honest: readonly SimulatedNode[]
    readonly nodes: number
    readonly faulty: number
  }) {
    this.#clients = options.clients
    this.#invariants = options.invariants
    this.#honest = options.honest
    this.#bound = options.nodes + 2 * options.faulty + 2
  }

  /** A height was decided; `isQuiet`: nothing has disturbed the network since the height before. */
  decided(height: number, isQuiet: boolean): void {
    if (!isQuiet) {
      this.#since.clear()
      return
    }
    const proposals = 1 + this.#invariants.viewOf(height)
    for (const { id, digest, after } of this.#clients.open) {
      if (this.#invariants.isCommitted(id)) {
        this.#since.delete(id)
        continue
      }
      const isNext = after === undefined || this.#invariants.isCommitted(after)
      if (!isNext || !this.#isHeldByAll(digest)) {
        this.#since.delete(id)
        continue
      }
      const made = this.#since.get(id)
      // What waits since this height has seen no proposal yet that could hold it.
      const now = made === undefined ? 0 : made + proposals
      this.#since.set(id, now)
      if (now <= this.#bound) continue
      throw new InvariantBroken(
        'censorship-bound',
        `transaction ${id.slice(0, 12)} waits at all honest nodes and was left out of ${now} proposals, ${this.#bound} may be`,
      )
    }
  }

  #isHeldByAll(id: Uint8Array): boolean {
    return this.#honest.every((node) => node.application?.isPending(id) === true)
  }
}
