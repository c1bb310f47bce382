import { equalBytes } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { incomeEntry } from '../../entries/ledger.ts'
import type { NodeEntry } from '../../entries/node.ts'
import { replacedKeyEntry, stakeEntry } from '../../entries/stake.ts'
import { stateKeys } from '../../state-keys.ts'
import type { StateOverlay } from '../../state-overlay.ts'
import { newNodeKeysBytes } from '../change.ts'
import { keysOfNode } from '../node-keys.ts'
import { keysProblem } from '../node-problem.ts'
import { accountOfNode, nodeOf, putNode } from '../nodes.ts'
import { syncValidator } from '../validating.ts'
import type { ChangeRule } from './rule.ts'

/** Gives a node other keys. Its id stays; with another identity key its income goes to another account from now on. */
export const setNodeKeys: ChangeRule<'setNodeKeys'> = {
  problem({ state, chainId }, keys) {
    const node = nodeOf(state, keys.node)
    if (node === undefined) return 'node-unknown'
    const [before, after] = [keysOfNode(node), keysOfNode(keys)]
    const isSame =
      before.length === after.length &&
      before.every(({ hash }, index) => equalBytes(hash, (after[index] as { hash: Uint8Array }).hash))
    if (isSame) return 'nothing-changes'
    return keysProblem(state, keys, { message: newNodeKeysBytes(chainId, keys), proofs: keys.proofs }, node)
  },
  apply(context, { node: id, identityKey, consensusKey, tlsFingerprint, dnsKeys }) {
    const { state, height, zones } = context
    const before = nodeOf(state, id) as NodeEntry
    const after = { ...before, identityKey, consensusKey, tlsFingerprint, dnsKeys, height }
    putNode(context, after, 'keys')
    moveIncome(state, accountOfNode(before), accountOfNode(after))
    const stake = state.get(stakeEntry, stateKeys.stake(id))
    if (stake !== undefined) state.put(stakeEntry, stateKeys.stake(id), { ...stake, account: accountOfNode(after) })
    if (zones.engine === 'stake' && !equalBytes(before.consensusKey, consensusKey)) {
      // The set without the old key votes from the block after the next one on.
      const replaced = stateKeys.replacedKey(accountOf(before.consensusKey))
      state.put(replacedKeyEntry, replaced, { fromHeight: height + 2 })
    }
    syncValidator(context, after)
  },
}

/** The blocks of this interval are paid to the new account: the old key may have been stolen. */
function moveIncome(state: StateOverlay, from: Uint8Array, to: Uint8Array): void {
  const income = state.require(incomeEntry, stateKeys.income)
  const producers = income.producers.map((producer) =>
    equalBytes(producer.account, from) ? { ...producer, account: to } : producer,
  )
  state.put(incomeEntry, stateKeys.income, { ...income, producers })
}
