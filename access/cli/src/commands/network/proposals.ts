import { findProposal, listProposals } from '@cresset/access-client'
import { toJson } from '@cresset/core-codec'
import { type Command, Option } from 'commander'
import { formatDuration } from '../../amounts.ts'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import { AnsweredError, ClientError } from '../../exit-codes.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'
import { table } from '../../terminal/output.ts'
import { describeChange, describeStanding, nodeNames } from './describe-proposal.ts'

interface Options {
  readonly open?: boolean
  readonly before?: number
  readonly limit: number
}

export function networkProposals(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('proposals')
    .description('what members vote or have voted on, proven; with a number, who voted how')
    .argument('[proposal]', 'number of one', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--open', 'only those that are not decided')
    .addOption(new Option('--before <number>', 'go on below this number').argParser(wholeNumber(1, 1e15)))
    .addOption(new Option('--limit <count>', 'how many').argParser(wholeNumber(1, 100)).default(20))
  kit.add<Options>(command, 'cresset network proposals 3', async (context, [number], options) => {
    const client = await context.client()
    const currency = await context.currency()
    const nameOf = await nodeNames(client)
    if (number !== undefined) {
      const { value, rests } = await findProposal(client, Number(number))
      if (value === undefined) throw new ClientError('not-found', 'proposal-unknown', `there is no proposal ${number}`)
      const { proposal, voters, ledgerTimeMs } = value
      context.output.result({ ...(toJson(value) as object), rests: restsOnJson(rests) }, [
        `proposal ${number} of ${nameOf(proposal.proposer)} at height ${proposal.height}`,
        describeChange(proposal.change, nameOf, currency),
        ...describeStanding(proposal, voters, ledgerTimeMs, nameOf),
        restsOnLine(rests),
      ])
      return
    }
    const { open: onlyOpen = false, before, limit } = options
    const { value, rests } = await listProposals(client, { onlyOpen, before, limit })
    const rows = value.proposals.map((proposal) => [
      String(proposal.number),
      proposal.outcome,
      `${proposal.yes}/${proposal.needed}`,
      String(proposal.no),
      proposal.outcome === 'open' ? formatDuration(proposal.endsLedgerMs - value.ledgerTimeMs) : '',
      describeChange(proposal.change, nameOf, currency),
    ])
    const none = onlyOpen ? 'nothing is being voted on' : 'nothing was ever proposed'
    context.output.result({ ...(toJson(value) as object), rests: restsOnJson(rests) }, [
      ...(rows.length === 0 ? [none] : table(['number', 'outcome', 'yes/needed', 'no', 'left', 'change'], rows)),
      restsOnLine(rests),
    ])
    if (value.next !== undefined) context.output.note(`there are more: --before ${value.next}`)
    if (rows.length === 0) throw new AnsweredError('not-found', 'no-proposal', none)
  })
}
