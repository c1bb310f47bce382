import { buyNameAction, ClientError, chooseOffer, offersOf, parseName } from '@cresset/access-client'
import { equalBytes, fromHex, toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import type { Command } from 'commander'
import { formatAmount, parseAmount } from '../../amounts.ts'
import type { CommandKit } from '../../command-kit.ts'
import { UsageError } from '../../exit-codes.ts'
import { printSent, sendAction } from '../../sending.ts'

interface Options {
  readonly maxPrice: string
  readonly offer?: string
  readonly payer?: string
}

export function nameBuy(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('buy')
    .description('take the cheapest offer of a name that you may take: money and name change hands in one transaction')
    .argument('<name>', 'for example shop.acme')
    .requiredOption('--max-price <amount>', 'the most that you pay')
    .option('--offer <id>', 'take this offer')
    .option('--payer <key>', 'key that pays, if not --key, which owns the name then')
  kit.add<Options>(
    command,
    'cresset name buy shop.acme --max-price 250 --key bob.key',
    async (context, [text = ''], options) => {
      const client = await context.client()
      const name = parseName(text, client.genesis.zones)
      const currency = await context.currency()
      const highestPrice = parseAmount(options.maxPrice, currency)
      if (options.offer !== undefined && !/^[0-9a-f]{64}$/.test(options.offer))
        throw new UsageError(`"${options.offer}" is not the id of an offer (64 hex digits)`)
      const owner = await context.signer()
      const payer = options.payer === undefined ? owner : await context.signer(options.payer)
      const { value } = await offersOf(client, name)
      const id = options.offer === undefined ? undefined : fromHex(options.offer)
      const offer = chooseOffer(value, accountOf(payer.publicKey), id)
      // The ledger would refuse it all the same, for a fee.
      if (offer.price > highestPrice) {
        const price = formatAmount(offer.price, currency)
        throw new ClientError('refused', 'price-above-highest', `${name} costs ${price}, more than you give at most`)
      }
      const action = buyNameAction(value, offer, { highestPrice, primaryKey: owner.publicKey })
      const signers = equalBytes(payer.publicKey, owner.publicKey) ? [owner] : [payer, owner]
      const sent = await sendAction(context, signers, action, `buying ${name}`)
      printSent(
        context,
        sent,
        [
          `${name} is yours; ${formatAmount(offer.price, currency)} went to ${toHex(value.seller as Uint8Array)}`,
          'it has no hosts: publish them again',
        ],
        { name, offer: offer.id, price: offer.price, seller: value.seller },
      )
    },
  )
}
