import { parseName } from '@cresset/access-client'
import type { Command } from 'commander'
import { formatAmount } from '../../amounts.ts'
import type { CommandKit } from '../../command-kit.ts'
import { sendOrWrite } from '../../offline.ts'
import { addSendingOptions, printSent, type SendingOptions } from '../../sending.ts'

export function nameCancel(parent: Command, kit: CommandKit): void {
  const command = addSendingOptions(
    parent
      .command('cancel')
      .description('give a name up; the rest of its deposit comes back')
      .argument('<name>', 'for example shop.acme'),
  )
  kit.add<SendingOptions>(
    command,
    'cresset name cancel shop.acme --key alice.key',
    async (context, [text = ''], options) => {
      const client = await context.client()
      const name = parseName(text, client.genesis.zones)
      const action = { kind: 'cancel' as const, body: { name } }
      const sent = await sendOrWrite(context, options, action, `giving up ${name}`)
      if (sent === undefined) return
      const cancelled = sent.receipt.events.find((event) => event.kind === 'nameCancelled')
      const refund = cancelled?.kind === 'nameCancelled' ? cancelled.body.refund : 0n
      printSent(context, sent, [`${name} is given up; ${formatAmount(refund, await context.currency())} came back`], {
        name,
        refund,
      })
    },
  )
}
