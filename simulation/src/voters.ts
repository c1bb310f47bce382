import { fromHex, toHex } from '@cresset/core-codec'
import {
  type Action,
  changeDigest,
  type LedgerChange,
  nodeEntry,
  proposalsEntry,
  roleBitsOf,
  type StateView,
  stateKeys,
  validatorsAfter,
} from '@cresset/core-ledger'
import type { Clients, Finality } from './clients.ts'
import type { Consortium, Member } from './consortium.ts'
import type { SimulatedNode } from './node.ts'
import type { Random } from './random.ts'

/** How many validators there shall be, one number after the other, one change at a time; then at random within the bounds. */
export interface Course {
  readonly nodes: number
  /** So many begin; absent: all. */
  readonly first?: number
  readonly sizes: readonly number[]
  readonly least: number
  readonly most: number
}

/** `changing`: validators come and go, never fewer than four; `shrinking`: two of seven leave; `growing`: from one to seven and back to four, then at random. */
export const memberPlans = {
  fixed: undefined,
  changing: { nodes: 7, sizes: [], least: 4, most: 7 },
  shrinking: { nodes: 7, sizes: [5], least: 5, most: 5 },
  growing: { nodes: 7, first: 1, sizes: [4, 5, 6, 7, 4], least: 1, most: 7 },
} as const satisfies Readonly<Record<string, Course | undefined>>
export type MembersPlan = keyof typeof memberPlans

/** The organizations behind the nodes: they vote validators in and out, as fast as the ledger takes it. */
export class Voters {
  readonly #consortium: Consortium
  readonly #clients: Clients
  readonly #finality: Finality
  readonly #random: Random
  readonly #course: Course
  #step = 0
  /** Sent and not known to be final. */
  #open: string[] = []

  constructor(consortium: Consortium, clients: Clients, finality: Finality, random: Random, course: Course) {
    this.#consortium = consortium
    this.#clients = clients
    this.#finality = finality
    this.#random = random
    this.#course = course
  }

  /** Proposes and votes, unless what was sent before is still open. */
  act(nodes: readonly SimulatedNode[]): void {
    const running = nodes.filter((node) => node.running && node.height > 0)
    this.#open = this.#open.filter((id) => !this.#finality.isCommitted(id))
    if (running.length === 0 || this.#open.length > 0) return
    const furthest = running.reduce((best, node) => (node.height > best.height ? node : best))
    const view = furthest.application?.queries.view()
    if (view === undefined) return
    const change = this.#nextChange(view)
    if (change === undefined) return
    const number = nextProposal(view)
    const members = this.#shuffled()
    const needed = Math.floor(members.length / 2) + 1
    for (const [index, { id, identityKey }] of members.slice(0, needed).entries()) {
      const node = fromHex(id)
      const vote = { node, proposal: number, change: changeDigest(change), isYes: true }
      const action: Action = index === 0 ? { kind: 'propose', body: { node, change } } : { kind: 'vote', body: vote }
      this.#open.push(this.#clients.act(running, identityKey, action))
    }
  }

  #shuffled(): Member[] {
    const { members } = this.#consortium
    const left = [...members]
    return members.map(() => left.splice(this.#random.between(0, left.length - 1), 1)[0] as Member)
  }

  #nextChange(view: StateView): LedgerChange | undefined {
    const { afterNext } = validatorsAfter(view)
    const isIn = ({ id }: Member): boolean => afterNext.some(({ nodeId }) => toHex(nodeId) === id)
    const inside = this.#consortium.members.filter(isIn)
    const outside = this.#consortium.members.filter((member) => !isIn(member))
    const { sizes, least, most } = this.#course
    while (this.#step < sizes.length && sizes[this.#step] === inside.length) this.#step++
    const wanted = sizes[this.#step] ?? this.#random.between(least, most)
    if (wanted < inside.length && inside.length > least) {
      return { kind: 'validatorOut', body: { node: fromHex(this.#random.pick(inside).id) } }
    }
    if (outside.length === 0 || inside.length >= most) return undefined
    const entering = this.#random.pick(outside)
    return admission(view, fromHex(entering.id))
  }
}

/** A node that has not the role gets that first. */
function admission(view: StateView, node: Uint8Array): LedgerChange | undefined {
  const stored = view.get(stateKeys.node(node))
  if (stored === undefined) return undefined
  const { roleBits, securityLevel, endpoints } = nodeEntry.codec.decode(stored)
  const role = roleBitsOf(['transaction'])
  if ((roleBits & role) !== 0) return { kind: 'validatorIn', body: { node } }
  return { kind: 'setNodeProperties', body: { node, roleBits: roleBits | role, securityLevel, endpoints } }
}

function nextProposal(view: StateView): number {
  const stored = view.get(stateKeys.proposals)
  return stored === undefined ? 1 : proposalsEntry.codec.decode(stored).nextNumber
}
