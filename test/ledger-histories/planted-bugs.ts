/** A mistake put into a copy of core/ledger, which the comparison must find. */
export interface PlantedBug {
  readonly name: string
  /** Below core/ledger/src. */
  readonly file: string
  /** Must stand exactly once in the file. */
  readonly right: string
  readonly wrong: string
  /** Name of a written history, for what random ones seldom come to. */
  readonly foundBy?: string
  /** Where to begin: near a seed that finds it. */
  readonly firstSeed?: number
}

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'the fee is charged twice',
    file: 'execute-block.ts',
    right: 'balance: payer.balance - fee,',
    wrong: 'balance: payer.balance - 2n * fee,',
  },
  {
    name: 'the sequence is given back when a transaction fails',
    file: 'execute-block.ts',
    right: 'const code = runAction(context, prepared)\n',
    wrong:
      "const code = runAction(context, prepared)\n  if (code !== 'ok') context.state.put(accountEntry, senderKey, { ...accountAt(context.state, senderKey), sequence: payer.sequence })\n",
  },
  {
    name: 'the younger seal gets the claim',
    file: 'operations/reveal.ts',
    right: "claim.order < seal.order ? 'claim-older'",
    wrong: "claim.order > seal.order ? 'claim-older'",
  },
  {
    name: 'the bond of a lapsed seal goes back',
    file: 'registration/settle.ts',
    right: "closeSeal(context, place, seal, 'treasury', 'expired')",
    wrong: "closeSeal(context, place, seal, 'sender', 'expired')",
  },
  {
    name: 'a late reveal costs nothing',
    file: 'registration/late-reveal.ts',
    right: 'openMs <= promptMs ||',
    wrong: 'openMs >= 0 ||',
  },
  {
    name: 'the bond of a beaten seal is lost',
    file: 'operations/reveal.ts',
    right: "close(context, place, seal, 'sender', taken)",
    wrong: "close(context, place, seal, 'treasury', taken)",
  },
  {
    name: 'a seal lapses one block early',
    file: 'registration/settle.ts',
    right: 'height - seal.height >= blocksPerValidator',
    wrong: 'height - seal.height + 1 >= blocksPerValidator',
  },
  {
    name: 'who reveals pays the deposit',
    file: 'operations/reveal.ts',
    right: 'const senderKey = stateKeys.account(sender)',
    wrong: 'const senderKey = _prepared.senderKey',
  },
  {
    name: 'a seal older than the freedom of the name wins it',
    file: 'operations/reveal.ts',
    right: 'seal.ledgerTimeMs < standing.sinceLedgerMs',
    wrong: 'seal.ledgerTimeMs < 0',
  },
  {
    name: 'grace is a millisecond too long',
    file: 'names/status.ts',
    right: 'ledgerTimeMs < untilLedgerMs)',
    wrong: 'ledgerTimeMs <= untilLedgerMs)',
  },
  {
    name: 'a name runs out a fee block early',
    file: 'deposit/fee-table.ts',
    right: 'row.paidQuanta > quanta',
    wrong: 'row.paidQuanta >= quanta',
  },
  {
    name: 'what rounding leaves of the income is lost',
    file: 'deposit/fee-block.ts',
    right: 'pot: income - paid,',
    wrong: 'pot: 0n,',
  },
  {
    name: 'time below a quantum is forgotten',
    file: 'deposit/fee-block.ts',
    right: 'carry: Number(accrued % period)',
    wrong: 'carry: 0',
  },
  {
    name: 'quanta of a deposit are rounded up',
    file: 'deposit/fund.ts',
    right: 'amount / parameters.quantum',
    wrong: '(amount + parameters.quantum - 1n) / parameters.quantum',
  },
  {
    name: 'the first charge is rounded down',
    file: 'deposit/fund.ts',
    right: '+ period - 1n) / period',
    wrong: ') / period',
  },
  {
    name: 'arrears are no income',
    file: 'deposit/fund.ts',
    right: 'addIncome(context, worthOf(arrears,',
    wrong: 'addIncome(context, worthOf(0 * arrears,',
  },
  {
    name: 'ledger time runs on through a halt',
    file: 'ledger-time.ts',
    right: 'Math.min(elapsedMs, mostMs)',
    wrong: 'Math.max(elapsedMs, Math.min(0, mostMs))',
  },
  {
    name: 'a name that moves in the index keeps its old position',
    file: 'deposit/lease-index.ts',
    right: '{ ...state.require(leaseEntry, movedKey), position }',
    wrong: '{ ...state.require(leaseEntry, movedKey) }',
  },
  {
    name: 'a transaction is admitted one sequence too far ahead',
    file: 'admission.ts',
    right: 'export const admissionWindow = 64',
    wrong: 'export const admissionWindow = 65',
  },
  {
    name: 'the seller is paid what the buyer would give at most',
    file: 'operations/buy-name.ts',
    right: 'credit(state, seller, price)',
    wrong: 'credit(state, seller, body.highestPrice)',
    foundBy: 'transfers and sales to their limits',
  },
  {
    name: 'hosts go with a sold name',
    file: 'operations/buy-name.ts',
    right: '{ keepRecords: false }',
    wrong: '{ keepRecords: true }',
  },
  {
    name: 'an offer outlives the owner who made it',
    file: 'trade/change-owner.ts',
    right: '  endOffers(state, name)\n',
    wrong: '  if (!keepRecords) endOffers(state, name)\n',
  },
  {
    name: 'a transfer is good again for a later owner',
    file: 'operations/transfer-name.ts',
    right: 'ownership !== entry.ownerships',
    wrong: 'ownership > entry.ownerships',
    foundBy: 'transfers and sales to their limits',
  },
  {
    name: 'an address keeps a host that has left it',
    file: 'addresses/address-claims.ts',
    right: 'for (const address of before) if (!holds(after, address)) release(',
    wrong: 'for (const address of before) if (holds(after, address) && after.length === 0) release(',
  },
  {
    name: 'an old key stays a second longer',
    file: 'hosts/retiring-keys.ts',
    right: 'if (untilLedgerMs > ledgerTimeMs) break',
    wrong: 'if (untilLedgerMs + 1_000 > ledgerTimeMs) break',
    firstSeed: 215,
  },
  {
    name: 'a stolen key leaves those of earlier changes',
    file: 'hosts/retiring-keys.ts',
    right: "overlap === 'none' || servers.length === 0",
    wrong: 'servers.length === 0',
  },
  {
    name: 'a name holds hosts of any size',
    file: 'hosts/change-host.ts',
    right: 'kibibytes > maxKibibytesPerName || ',
    wrong: '',
    foundBy: 'more hosts than a name may have',
  },
  {
    name: 'what is below a delegated host can be published',
    file: 'delegation/delegation-place.ts',
    right: "return delegations.some((other) => isBelow(host, other)) ? 'below-delegation' : undefined",
    wrong: 'return undefined',
    foundBy: 'more hosts than a name may have',
  },
  {
    name: 'delegations outlive the registration of their name',
    file: 'names/release-name.ts',
    right: '  endDelegations(context, name, registration)\n',
    wrong: '',
  },
  {
    name: 'any authority may be that of a delegated host',
    file: 'delegation/delegation-content.ts',
    right:
      "return checkChain([certificate, domain], { timeMs }) === undefined ? undefined : 'authority-not-from-domain'",
    wrong: 'return undefined',
  },
  {
    name: 'a standing order outlives the owner who agreed to it',
    file: 'trade/change-owner.ts',
    right: "  endStandingOrder(context, name, 'owner-changed')\n",
    wrong: '',
    foundBy: 'more standing orders fall due at once than a block sweeps',
  },
  {
    name: 'a standing order takes more than its cap',
    file: 'deposit/standing-order.ts',
    right: 'order.leftQuanta - quanta',
    wrong: 'Math.max(1, order.leftQuanta - quanta)',
  },
  {
    name: 'a name that was just refilled is warned all the same',
    file: 'deposit/sweep.ts',
    right: '        else events.push(',
    wrong: '        events.push(',
    foundBy: 'more standing orders fall due at once than a block sweeps',
  },
  {
    name: 'parties agree on a document a second time',
    file: 'operations/agree.ts',
    right: 'stateKeys.agreement(id)) !== undefined',
    wrong: 'stateKeys.agreement(id)) === null',
  },
  {
    name: 'each transfer of an agreement is checked alone',
    file: 'operations/agree.ts',
    right: '(given[from] as bigint) + amount',
    wrong: 'amount',
  },
  {
    name: 'terms add up',
    file: 'operations/renew.ts',
    right: 'fundOf(state).paidQuanta + termQuanta(parameters) - owned.lease.paidQuanta',
    wrong: 'termQuanta(parameters)',
  },
  {
    name: 'half of the votes are enough',
    file: 'membership/proposals.ts',
    right: 'thresholdOf(parameters, change)) / 100) + 1',
    wrong: 'thresholdOf(parameters, change)) / 100)',
    firstSeed: 3,
  },
  {
    name: 'a removed node keeps its votes',
    file: 'operations/vote.ts',
    right: 'withoutRemoved(state, voters.with(place, { node: nodeId, ballot }))',
    wrong: 'voters.with(place, { node: nodeId, ballot })',
    firstSeed: 3,
  },
  {
    name: 'a key of a node that is gone is taken again',
    file: 'membership/nodes.ts',
    right: 'state.remove(nodeEntry, stateKeys.node(node.id))\n',
    wrong:
      'state.remove(nodeEntry, stateKeys.node(node.id))\n  for (const { hash } of keysOfNode(node)) state.remove(nodeKeyEntry, stateKeys.nodeKey(hash))\n',
    firstSeed: 3,
  },
  {
    name: 'other validators act one block later, not two',
    file: 'membership/validators.ts',
    right: 'afterNext: isNew ? sorted : undefined }',
    wrong: 'afterNext: undefined, ...(isNew ? { next: sorted } : {}) }',
    firstSeed: 3,
  },
  {
    name: 'rules that were voted on hold within the block',
    file: 'membership/rules/parameters.ts',
    right: 'context.nextParameters = changed(context.nextParameters, changes)',
    wrong:
      'Object.assign(context, { parameters: changed(context.nextParameters, changes) }); context.nextParameters = { ...context.parameters }',
    foundBy: 'the price of transactions changes in a block that goes on',
  },
  {
    name: 'anchors of a zone are named as easily as a node is admitted',
    file: 'membership/proposals.ts',
    right: "kind === 'setZoneAnchors' ? 'setNodeKeys' : kind",
    wrong: "kind === 'setZoneAnchors' ? 'addNode' : kind",
    foundBy: 'anchors are named by as many as change the keys of nodes',
  },
  {
    name: 'signatures over keys of a zone cost no work',
    file: 'units.ts',
    right: '2 * keys.length + signatures.length + 2',
    wrong: '2 * keys.length + 2',
    foundBy: 'keys of zones to their limits',
  },
  {
    name: 'a generation of records comes back under the next owner',
    file: 'record-tables/end-record-table.ts',
    right: '{ generation, served: undefined, building: undefined })',
    wrong: '{ generation: 0, served: undefined, building: undefined })',
    foundBy: 'records of names to their limits',
  },
  {
    name: 'records that a page loses are counted on',
    file: 'operations/set-records.ts',
    right: 'records += page.moreRecords',
    wrong: 'records += Math.max(0, page.moreRecords)',
  },
  {
    name: 'the last page of records that ended stays',
    file: 'record-tables/removals.ts',
    right: 'const pages = 2 ** removal.bits\n',
    wrong: 'const pages = Math.max(1, 2 ** removal.bits - 1)\n',
    foundBy: 'records of names to their limits',
  },
  {
    name: 'an owner of records stands in any page',
    file: 'record-tables/plan-pages.ts',
    right: "    if (recordPageOf(owner, bits) !== index) return 'record-page-bad'\n",
    wrong: '',
    foundBy: 'records of names to their limits',
  },
  {
    name: 'a delegation is taken back from beside records for nothing',
    file: 'operations/set-delegation.ts',
    right: '    if (unpaid !== undefined) return unpaid\n    endDelegation(',
    wrong: '    endDelegation(',
    foundBy: 'records of names to their limits',
  },
]
