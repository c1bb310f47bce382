import { toHex, utf8 } from '@cresset/core-codec'
import { memoBytes } from '@cresset/core-ledger'
import type { Command } from 'commander'
import { accountForms, accountFromArgument } from '../../account-argument.ts'
import { formatAmount, parseAmount } from '../../amounts.ts'
import type { CommandKit } from '../../command-kit.ts'
import { UsageError } from '../../exit-codes.ts'
import { sendOrWrite } from '../../offline.ts'
import { addSendingOptions, printSent, type SendingOptions } from '../../sending.ts'

interface Options extends SendingOptions {
  readonly memo?: string
}

export function accountTransfer(parent: Command, kit: CommandKit): void {
  const command = addSendingOptions(
    parent
      .command('transfer')
      .description('pay another account')
      .argument('<to>', accountForms)
      .argument('<amount>', 'for example 12.5')
      .option('--memo <text>', `a note on the ledger, at most ${memoBytes} bytes, for all to see`),
  )
  kit.add<Options>(
    command,
    'cresset account transfer alice.key 12.5 --key founder.key',
    async (context, [toText = '', amountText = ''], options) => {
      const to = await accountFromArgument(context, toText)
      const currency = await context.currency()
      const amount = parseAmount(amountText, currency)
      const memo = utf8(options.memo ?? '')
      if (memo.length > memoBytes)
        throw new UsageError(`the memo has ${memo.length} bytes; at most ${memoBytes} are allowed`)
      const action = { kind: 'transfer' as const, body: { to, amount, memo } }
      const sent = await sendOrWrite(context, options, action, 'paying')
      if (sent === undefined) return
      printSent(context, sent, [`paid ${formatAmount(amount, currency)} to ${toHex(to)}`], { to, amount })
    },
  )
}
