import { type AccountTransaction, listAccountTransactions } from '@cresset/access-client'
import { toHex, toJson } from '@cresset/core-codec'
import { type Command, Option } from 'commander'
import { accountForms, accountFromArgument } from '../../account-argument.ts'
import { type Currency, formatAmount, formatTime } from '../../amounts.ts'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'

interface Options {
  readonly kind?: string
  readonly after?: string
  readonly limit: number
}

function describe(transaction: AccountTransaction, currency: Currency): string {
  const { height, timeMs, id, kind, code, amount, direction, counterpart } = transaction
  const moved = amount === undefined ? '' : `  ${direction === 'out' ? '-' : '+'}${formatAmount(amount, currency)}`
  const side = counterpart === undefined ? '' : `  ${direction === 'in' ? 'from' : 'to'} ${toHex(counterpart)}`
  const failed = code === 'ok' ? '' : `  failed: ${code}`
  return `${formatTime(timeMs)}  block ${height}  ${kind}${moved}${side}${failed}  ${toHex(id)}`
}

export function accountHistory(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('history')
    .description("an account's transactions, newest first, on the word of the node ('ledger transaction' proves one)")
    .argument('[account]', `${accountForms}; that of --key when left out`)
    .option('--kind <kind>', 'of this kind alone, for example transfer')
    .option('--after <cursor>', 'go on from there')
    .addOption(new Option('--limit <count>', 'how many').argParser(wholeNumber(1, 200)).default(50))
  kit.add<Options>(command, 'cresset account history --key alice.key', async (context, [given], options) => {
    const account = await accountFromArgument(context, given ?? context.keyName())
    const { kind, after, limit } = options
    const client = await context.client()
    const currency = await context.currency()
    const page = await listAccountTransactions(client, account, {
      limit,
      ...(kind === undefined ? {} : { kind }),
      ...(after === undefined ? {} : { after }),
    })
    const { fromHeight, height, transactions, next } = page
    context.output.result(
      { account, fromHeight, height, transactions: toJson(transactions), next: next ?? null },
      transactions.length > 0 ? transactions.map((each) => describe(each, currency)) : ['no transactions'],
    )
    context.output.note(`blocks ${fromHeight} to ${height}, on the word of the node`)
    if (next !== undefined) context.output.note(`there may be more: --after ${next}`)
  })
}
