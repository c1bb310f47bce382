import { AssertionError } from 'node:assert/strict'
import { equalBytes } from '@cresset/core-codec'
import { checkInvariants, MemoryState, scanState } from '@cresset/core-ledger/testing'
import type { Clients } from './clients.ts'
import { InvariantBroken, short } from './invariants.ts'
import type { SimulatedNode } from './node.ts'

/** All there is in a node's state fits together, to the last unit of money. */
export function checkState(node: SimulatedNode, supply: bigint): MemoryState {
  const state = new MemoryState()
  state.apply([...node.disk.entries()])
  try {
    checkInvariants(state, supply)
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error
    const invariant = error.message.includes('money is conserved') ? 'money-conserved' : 'state-sound'
    throw new InvariantBroken(invariant, `${short(node.id)}: ${error.message}`)
  }
  return state
}

/** Names that two accounts wanted belong to the older seal, however the reveals came. */
export function checkNames(node: SimulatedNode, state: MemoryState, clients: Clients): void {
  const names = scanState(state).all('name')
  for (const { name, owner, crossed } of clients.outcomes) {
    if (!crossed) continue
    const entry = names.find((other) => other.name === name)
    const holder = entry?.registration?.primaryKey
    if (holder === undefined || !equalBytes(holder, owner)) {
      const who = holder === undefined ? 'nobody' : 'the younger seal'
      throw new InvariantBroken('oldest-seal-wins', `${short(node.id)}: ${name} belongs to ${who}`)
    }
  }
}
