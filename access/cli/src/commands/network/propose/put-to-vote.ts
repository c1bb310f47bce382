import { findProposal, proposalNumberOf, signersOf } from '@cresset/access-client'
import { toJson } from '@cresset/core-codec'
import type { LedgerChange } from '@cresset/core-ledger'
import type { Context } from '../../../context.ts'
import { printSent, sendAction } from '../../../sending.ts'
import { describeChange, describeStanding, nodeNames } from '../describe-proposal.ts'
import { memberSigners, type SpeakingOptions } from '../speaking-for-node.ts'

/** Proposes a change, and says who may vote, how many must agree and until when. */
export async function putToVote(context: Context, options: SpeakingOptions, change: LedgerChange): Promise<void> {
  const signers = await memberSigners(context, options)
  const action = { kind: 'propose', body: { node: signers.node, change } } as const
  const sent = await sendAction(context, signersOf(signers), action, 'proposing')
  const number = proposalNumberOf(sent)
  const client = await context.client()
  const { value } = await findProposal(client, number)
  if (value === undefined) throw new Error('invariant: a proposal is kept')
  const { proposal, voters, ledgerTimeMs } = value
  const nameOf = await nodeNames(client)
  printSent(
    context,
    sent,
    [
      `proposal ${number}: ${describeChange(change, nameOf, await context.currency())}`,
      ...describeStanding(proposal, voters, ledgerTimeMs, nameOf),
      ...(proposal.outcome === 'open' ? [`to agree: cresset network vote ${number} yes`] : []),
    ],
    {
      proposal: number,
      ...(toJson({
        outcome: proposal.outcome,
        needed: proposal.needed,
        electorate: proposal.electorate,
        endsLedgerMs: proposal.endsLedgerMs,
      }) as object),
    },
  )
}
