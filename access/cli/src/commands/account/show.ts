import { toHex } from '@cresset/core-codec'
import { readAccount } from '@cresset/core-ledger'
import type { Command } from 'commander'
import { accountForms, accountFromArgument } from '../../account-argument.ts'
import { formatAmount } from '../../amounts.ts'
import type { CommandKit } from '../../command-kit.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'
import { columns } from '../../terminal/output.ts'

export function accountShow(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('show')
    .description('balance of an account, proven')
    .argument('[account]', `${accountForms}; that of --key when left out`)
  kit.add(command, 'cresset account show --key alice.key', async (context, [given]) => {
    const account = await accountFromArgument(context, given ?? context.keyName())
    const client = await context.client()
    const { value, rests } = await client.query((view) => readAccount(view, account), `/v1/accounts/${toHex(account)}`)
    const currency = await context.currency()
    context.output.result({ account, balance: value.balance, sequence: value.sequence, rests: restsOnJson(rests) }, [
      ...columns([
        ['account', toHex(account)],
        ['balance', formatAmount(value.balance, currency)],
        ['sent so far', `${value.sequence} transactions`],
      ]),
      restsOnLine(rests),
    ])
  })
}
