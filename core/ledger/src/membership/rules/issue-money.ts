import { credit } from '../../accounts.ts'
import { protocolEntry } from '../../entries/proposal.ts'
import { stateKeys } from '../../state-keys.ts'
import type { ChangeRule } from './rule.ts'

/** Two sums of money must add up within 64 bits. */
const mostMoney = 2n ** 63n - 1n

/** Makes new money and gives it to an account. */
export const issueMoney: ChangeRule<'issueMoney'> = {
  problem({ state }, { amount }) {
    if (amount === 0n) return 'amount-zero'
    return state.require(protocolEntry, stateKeys.protocol).supply + amount > mostMoney ? 'too-much-money' : undefined
  },
  apply({ state, events }, { to, amount }) {
    const protocol = state.require(protocolEntry, stateKeys.protocol)
    state.put(protocolEntry, stateKeys.protocol, { ...protocol, supply: protocol.supply + amount })
    credit(state, to, amount)
    events.push({ kind: 'moneyIssued', body: { to, amount } })
  },
}
