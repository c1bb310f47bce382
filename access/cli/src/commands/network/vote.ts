import { findProposal, signersOf, voteAction } from '@cresset/access-client'
import { type Command, InvalidArgumentError } from 'commander'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import { ClientError } from '../../exit-codes.ts'
import { printSent, sendAction } from '../../sending.ts'
import { describeChange, describeStanding, nodeNames } from './describe-proposal.ts'
import { addSpeakingOptions, memberSigners, type SpeakingOptions } from './speaking-for-node.ts'

function yesOrNo(value: string): string {
  if (value !== 'yes' && value !== 'no') throw new InvalidArgumentError('It is yes or no.')
  return value
}

export function networkVote(parent: Command, kit: CommandKit): void {
  const command = addSpeakingOptions(
    parent
      .command('vote')
      .description(
        'agree to a proposal or refuse it, in the name of your node; while it is open you can change your mind',
      )
      .argument('<proposal>', 'its number', wholeNumber(1, Number.MAX_SAFE_INTEGER))
      .argument('<answer>', 'yes or no', yesOrNo),
  )
  kit.add<SpeakingOptions>(
    command,
    'cresset network vote 3 yes --key founder.key --as consortium/nodes/east/keys/identity.key',
    async (context, [given = '', answer], options) => {
      const client = await context.client()
      const number = Number(given)
      const look = async () => {
        const { value } = await findProposal(client, number)
        if (value === undefined)
          throw new ClientError(
            'not-found',
            'proposal-unknown',
            `there is no proposal ${number}: look with "cresset network proposals"`,
          )
        return value
      }
      const { proposal } = await look()
      const nameOf = await nodeNames(client)
      const what = describeChange(proposal.change, nameOf, await context.currency())
      context.output.note(`proposal ${number}: ${what}`)
      const signers = await memberSigners(context, options)
      const action = voteAction(signers.node, number, proposal.change, answer === 'yes')
      const sent = await sendAction(context, signersOf(signers), action, 'voting')
      const after = await look()
      printSent(
        context,
        sent,
        [
          `${nameOf(signers.node)} ${answer === 'yes' ? 'agrees to' : 'refuses'} proposal ${number}`,
          ...describeStanding(after.proposal, after.voters, after.ledgerTimeMs, nameOf),
        ],
        {
          proposal: number,
          node: nameOf(signers.node),
          answer,
          outcome: after.proposal.outcome,
          yes: after.proposal.yes,
          no: after.proposal.no,
          needed: after.proposal.needed,
        },
      )
    },
  )
}
