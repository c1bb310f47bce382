import { depositFor, namesRunByTerm, parseName } from '@cresset/access-client'
import { readName } from '@cresset/core-ledger'
import { type Command, Option } from 'commander'
import { formatAmount, formatTime, parseAmount } from '../../amounts.ts'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import { UsageError } from '../../exit-codes.ts'
import { sendOrWrite } from '../../offline.ts'
import { addSendingOptions, printSent, type SendingOptions } from '../../sending.ts'

interface Options extends SendingOptions {
  readonly amount?: string
  readonly days: number
}

const dayMs = 86_400_000

export function nameRenew(parent: Command, kit: CommandKit): void {
  const command = addSendingOptions(
    parent
      .command('renew')
      .description("add to a name's deposit; anybody may pay. Where names run by term: begin the term anew")
      .argument('<name>', 'for example shop.acme')
      .option('--amount <amount>', 'how much to add')
      .addOption(
        new Option('--days <count>', 'add enough for this many days').argParser(wholeNumber(1, 36_500)).default(90),
      ),
  )
  kit.add<Options>(
    command,
    'cresset name renew shop.acme --days 365 --key alice.key',
    async (context, [text = ''], options) => {
      const client = await context.client()
      const name = parseName(text, client.genesis.zones)
      const currency = await context.currency()
      const byTerm = await namesRunByTerm(client)
      if (byTerm && options.amount !== undefined)
        throw new UsageError('on this ledger names run by term and cost nothing: leave --amount out')
      const amount =
        options.amount === undefined
          ? await depositFor(client, options.days * dayMs)
          : parseAmount(options.amount, currency)
      const action = byTerm
        ? { kind: 'renew' as const, body: { name } }
        : { kind: 'topUp' as const, body: { name, amount } }
      const sent = await sendOrWrite(context, options, action, `renewing ${name}`)
      if (sent === undefined) return
      const { value } = await client.query((view, at) => readName(view, name, at), `/v1/names/${name}`)
      printSent(
        context,
        sent,
        [
          byTerm
            ? `${name} runs for another term`
            : `added to the deposit of ${name}; it holds ${formatAmount(value.balance ?? 0n, currency)}`,
          ...(value.paidUntilLedgerMs === undefined ? [] : [`paid until about ${formatTime(value.paidUntilLedgerMs)}`]),
        ],
        { name, balance: value.balance, paidUntilLedgerMs: value.paidUntilLedgerMs },
      )
    },
  )
}
