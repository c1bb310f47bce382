import { findNode, signersOf } from '@cresset/access-client'
import { toHex } from '@cresset/core-codec'
import { readNode } from '@cresset/core-ledger'
import type { Command } from 'commander'
import { formatAmount, formatDuration, parseAmount } from '../../amounts.ts'
import type { CommandKit } from '../../command-kit.ts'
import { UsageError } from '../../exit-codes.ts'
import { printSent, sendAction } from '../../sending.ts'
import { addSpeakingOptions, memberSigners, type SpeakingOptions } from './speaking-for-node.ts'

const kinds = {
  stake: {
    description: "give your node stake, which is its power as validator; --key pays, and the money is the node's",
    now: 'staking',
  },
  unstake: {
    description: 'take stake of your node back; it has no power at once, and arrives at its account later',
    now: 'unstaking',
  },
} as const

/** `network stake` and `network unstake`, on a ledger whose engine is `stake`. */
export function networkStake(parent: Command, kit: CommandKit): void {
  for (const [kind, { description, now }] of Object.entries(kinds) as [keyof typeof kinds, (typeof kinds)['stake']][]) {
    const command = addSpeakingOptions(
      parent.command(kind).description(description).argument('<amount>', 'for example 500'),
    )
    kit.add<SpeakingOptions>(
      command,
      `cresset network ${kind} 500 --key founder.key --as consortium/nodes/north/keys/identity.key`,
      async (context, [text = ''], options) => {
        const client = await context.client()
        const currency = await context.currency()
        const amount = parseAmount(text, currency)
        if (client.genesis.engine !== 'stake')
          throw new UsageError(`power does not come from stake here: genesis chose the engine ${client.genesis.engine}`)
        const signers = await memberSigners(context, options)
        const action = { kind, body: { node: signers.node, amount } } as const
        const sent = await sendAction(context, signersOf(signers), action, now)
        const { value: entry } = await client.query((view) => readNode(view, signers.node))
        const name = entry?.name ?? toHex(signers.node)
        const view = entry && (await findNode(client, name)).value
        const bonded = view?.stake?.bonded ?? 0n
        const power = view?.power ?? 0
        const delay = formatDuration(client.genesis.parameters.unbondingMs)
        printSent(
          context,
          sent,
          [
            `${name} has staked ${formatAmount(bonded, currency)}; its power is ${power} from two blocks later on`,
            ...(kind === 'unstake'
              ? [`${formatAmount(amount, currency)} come back after ${delay} of ledger time`]
              : []),
            ...(entry?.isValidator === false
              ? ['it is no validator: put it to the vote with "network propose validator-in"']
              : []),
          ],
          { node: name, staked: bonded, power },
        )
      },
    )
  }
}
