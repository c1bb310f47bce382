import { depositFor, parseName } from '@cresset/access-client'
import { type Command, Option } from 'commander'
import { formatAmount, parseAmount } from '../../amounts.ts'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import { UsageError } from '../../exit-codes.ts'
import { sendOrWrite, writeOffline } from '../../offline.ts'
import { addSendingOptions, printSent, type SendingOptions, sendAction } from '../../sending.ts'

interface Options extends SendingOptions {
  readonly cap?: string
  readonly days: number
  readonly amount?: string
  readonly payer?: string
  readonly revoke?: boolean
}

const dayMs = 86_400_000

export function nameRefill(parent: Command, kit: CommandKit): void {
  const command = addSendingOptions(
    parent
      .command('refill')
      .description("a standing order: the ledger refills a name's deposit from your account before it runs out")
      .argument('<name>', 'for example shop.acme')
      .addOption(new Option('--cap <amount>', 'the most that is taken in all').conflicts('revoke'))
      .addOption(
        new Option('--days <count>', 'each refill lasts this many days').argParser(wholeNumber(8, 36_500)).default(90),
      )
      .option('--amount <amount>', 'each refill, in place of --days')
      .option('--payer <key>', 'key whose account pays; that of --key when left out')
      .option('--revoke', 'end the standing order; payer and owner can'),
  )
  kit.add<Options>(
    command,
    'cresset name refill shop.acme --cap 12 --key alice.key',
    async (context, [text = ''], options) => {
      const client = await context.client()
      const name = parseName(text, client.genesis.zones)
      const currency = await context.currency()
      if (options.revoke) {
        const revocation = { kind: 'setStandingOrder' as const, body: { name, order: undefined } }
        const sent = await sendOrWrite(context, options, revocation, `revoking the order of ${name}`)
        if (sent === undefined) return
        printSent(context, sent, [`${name} is not refilled any more`], { name, revoked: true })
        return
      }
      if (options.cap === undefined) throw new UsageError('how much may be taken in all? give --cap, or --revoke')
      const cap = parseAmount(options.cap, currency)
      const refill =
        options.amount === undefined
          ? await depositFor(client, options.days * dayMs)
          : parseAmount(options.amount, currency)
      const action = { kind: 'setStandingOrder' as const, body: { name, order: { refill, cap } } }
      if (options.offline !== undefined) {
        if (options.payer !== undefined) throw new UsageError('--payer needs both keys here: leave --offline out')
        return writeOffline(context, options.offline, action)
      }
      const owner = await context.signer()
      const signers = options.payer === undefined ? [owner] : [await context.signer(options.payer), owner]
      const sent = await sendAction(context, signers, action, `ordering refills of ${name}`)
      printSent(
        context,
        sent,
        [
          `${name} is refilled with ${formatAmount(refill, currency)} whenever its deposit is about to run out, ${formatAmount(cap, currency)} in all`,
        ],
        { name, refill, cap },
      )
    },
  )
}
