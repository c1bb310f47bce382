import { offersOf, parseName } from '@cresset/access-client'
import { fromHex, toHex } from '@cresset/core-codec'
import { type Command, Option } from 'commander'
import { accountForms, accountFromArgument } from '../../account-argument.ts'
import { type Currency, formatAmount, formatTime, parseAmount } from '../../amounts.ts'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import type { Context } from '../../context.ts'
import { UsageError } from '../../exit-codes.ts'
import { sendOrWrite } from '../../offline.ts'
import { addSendingOptions, printSent, type SendingOptions } from '../../sending.ts'

interface Options extends SendingOptions {
  readonly price?: string
  readonly buyer?: string
  readonly days: number
  readonly withdraw?: string
}

const dayMs = 86_400_000

export function nameSell(parent: Command, kit: CommandKit): void {
  const command = addSendingOptions(
    parent
      .command('sell')
      .description('offer a name for a price, or withdraw an offer; whoever takes it pays you in the same transaction')
      .argument('<name>', 'for example shop.acme')
      .option('--price <amount>', 'what the buyer pays')
      .option('--buyer <account>', `the only one who may buy: ${accountForms}`)
      .addOption(new Option('--days <count>', 'how long the offer is good').argParser(wholeNumber(1, 90)).default(30))
      .option('--withdraw <offer>', 'withdraw the offer of this id'),
  )
  kit.add<Options>(
    command,
    'cresset name sell shop.acme --price 250 --key alice.key',
    async (context, [text = ''], options) => {
      const client = await context.client()
      const name = parseName(text, client.genesis.zones)
      if ((options.price === undefined) === (options.withdraw === undefined))
        throw new UsageError('give --price to offer the name, or --withdraw to take an offer back')
      if (options.withdraw !== undefined) return withdraw(context, name, options.withdraw, options)
      const currency = await context.currency()
      const price = parseAmount(options.price ?? '', currency)
      const buyer = options.buyer === undefined ? undefined : await accountFromArgument(context, options.buyer)
      const { value } = await offersOf(client, name)
      const expiresMs = value.ledgerTimeMs + options.days * dayMs
      const action = { kind: 'offerName' as const, body: { name, price, buyer, expiresMs } }
      const sent = await sendOrWrite(context, options, action, `offering ${name}`)
      if (sent === undefined) return
      printSent(context, sent, describeOffer({ name, price, buyer, expiresMs }, currency), {
        name,
        offer: sent.id,
        price,
        buyer,
        expiresMs,
      })
    },
  )
}

function describeOffer(
  { name, price, buyer, expiresMs }: { name: string; price: bigint; buyer: Uint8Array | undefined; expiresMs: number },
  currency: Currency,
): string[] {
  const whom = buyer === undefined ? 'everybody' : toHex(buyer)
  return [
    `${name} is offered to ${whom} for ${formatAmount(price, currency)} until ${formatTime(expiresMs)}`,
    'the transaction below is the id of the offer; when it is taken, hosts and all that is published under the name end',
  ]
}

async function withdraw(context: Context, name: string, id: string, options: SendingOptions): Promise<void> {
  if (!/^[0-9a-f]{64}$/.test(id)) throw new UsageError(`"${id}" is not the id of an offer (64 hex digits)`)
  const action = { kind: 'withdrawOffer' as const, body: { name, offer: fromHex(id) } }
  const sent = await sendOrWrite(context, options, action, `withdrawing an offer of ${name}`)
  if (sent === undefined) return
  printSent(context, sent, [`the offer of ${name} is withdrawn`], { name, offer: id })
}
