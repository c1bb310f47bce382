import { listOffers, offersOf, parseName } from '@cresset/access-client'
import { toHex, toJson } from '@cresset/core-codec'
import type { Offer } from '@cresset/core-ledger'
import { type Command, Option } from 'commander'
import { accountForms, accountFromArgument } from '../../account-argument.ts'
import { type Currency, formatAmount, formatTime, parseAmount } from '../../amounts.ts'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import type { Context } from '../../context.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'

interface Options {
  readonly zone?: string
  readonly maxPrice?: string
  readonly seller?: string
  readonly buyer?: string
  readonly after?: string
  readonly limit: number
}

function describe(name: string, { id, price, buyer, expiresMs }: Offer, currency: Currency): string {
  const whom = buyer === undefined ? '' : `  only for ${toHex(buyer)}`
  return `${name}  ${formatAmount(price, currency)}  until ${formatTime(expiresMs)}  offer ${toHex(id)}${whom}`
}

export function nameOffers(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('offers')
    .description('what a name is offered for, proven; or all names on offer, on the word of the node')
    .argument('[name]', 'for example shop.acme')
    .option('--zone <zone>', 'names of this zone')
    .option('--max-price <amount>', 'at most this expensive')
    .option('--seller <account>', `what this account offers: ${accountForms}`)
    .option('--buyer <account>', 'what this account may buy')
    .option('--after <cursor>', 'go on from there')
    .addOption(new Option('--limit <count>', 'how many').argParser(wholeNumber(1, 1000)).default(100))
  kit.add<Options>(command, 'cresset name offers --zone acme --max-price 100', async (context, [text], options) => {
    if (text !== undefined) return showOffersOf(context, text)
    const client = await context.client()
    const currency = await context.currency()
    const { zone, after, limit } = options
    const page = await listOffers(client, {
      limit,
      ...(zone === undefined ? {} : { zone }),
      ...(after === undefined ? {} : { after }),
      ...(options.seller === undefined ? {} : { seller: await accountFromArgument(context, options.seller) }),
      ...(options.buyer === undefined ? {} : { buyer: await accountFromArgument(context, options.buyer) }),
      ...(options.maxPrice === undefined ? {} : { maxPrice: parseAmount(options.maxPrice, currency) }),
    })
    const lines = page.offers.map((offer) => describe(offer.name, offer, currency))
    context.output.result(
      { offers: toJson(page.offers), next: page.next ?? null },
      lines.length > 0 ? lines : ['no names are offered'],
    )
    if (page.next !== undefined) context.output.note(`there may be more: --after ${page.next}`)
  })
}

async function showOffersOf(context: Context, text: string): Promise<void> {
  const client = await context.client()
  const name = parseName(text, client.genesis.zones)
  const currency = await context.currency()
  const { value, rests } = await offersOf(client, name)
  const lines = value.offers.map((offer) => describe(name, offer, currency))
  const seller = value.seller === undefined ? [] : [`seller ${toHex(value.seller)}`]
  context.output.result({ ...(toJson(value) as object), rests: restsOnJson(rests) }, [
    ...(lines.length > 0 ? [...lines, ...seller] : [`${name} is not offered`]),
    restsOnLine(rests),
  ])
}
