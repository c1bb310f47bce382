import { dueRenewals, nameRenewals, parseName } from '@cresset/access-client'
import { toHex, toJson } from '@cresset/core-codec'
import { readParameters, worthOf } from '@cresset/core-ledger'
import { type Command, Option } from 'commander'
import { accountForms, accountFromArgument } from '../../account-argument.ts'
import { formatAmount, formatTime } from '../../amounts.ts'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import type { Context } from '../../context.ts'
import { AnsweredError } from '../../exit-codes.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'

interface Options {
  readonly owner?: string
  readonly mine?: boolean
  readonly before?: number
  readonly after?: string
  readonly limit: number
}

export function nameRenewalsCommand(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('renewals')
    .description('when a name was renewed and by whom, proven; without a name, those that are due within 7 days')
    .argument('[name]', 'for example shop.acme')
    .option('--owner <account>', `those due of this ${accountForms}`)
    .option('--mine', 'those due of --key')
    .addOption(
      new Option('--before <place>', 'renewals of a name: go on below this place').argParser(wholeNumber(0, 1e15)),
    )
    .option('--after <place>', 'those due: go on behind this')
    .addOption(new Option('--limit <count>', 'how many').argParser(wholeNumber(1, 200)).default(100))
  kit.add<Options>(command, 'cresset name renewals shop.acme', async (context, [text], options) =>
    text === undefined ? showDue(context, options) : showRenewals(context, text, options),
  )
}

async function showRenewals(context: Context, text: string, { before, limit }: Options): Promise<void> {
  const client = await context.client()
  const name = parseName(text, client.genesis.zones)
  const { value, rests } = await nameRenewals(client, name, { before, limit })
  const currency = await context.currency()
  const { value: parameters } = await client.query((view) => readParameters(view))
  const { page, standingOrder } = value
  const order = standingOrder && {
    payer: standingOrder.payer,
    refill: worthOf(standingOrder.refillQuanta, parameters),
    left: worthOf(standingOrder.leftQuanta, parameters),
  }
  const renewals = page?.renewals ?? []
  const json = { name, count: page?.count ?? 0, renewals, standingOrder: order ?? null }
  context.output.result({ ...(toJson(json) as object), rests: restsOnJson(rests) }, [
    ...renewals.map(
      ({ height, ledgerTimeMs, amount, payer }) =>
        `${formatTime(ledgerTimeMs)}  block ${height}  ${amount === 0n ? 'a term' : formatAmount(amount, currency)}  by ${toHex(payer)}`,
    ),
    ...(renewals.length === 0 ? ['not renewed yet'] : []),
    ...(order === undefined
      ? []
      : [
          `standing order: ${formatAmount(order.refill, currency)} at a time from ${toHex(order.payer)}, ${formatAmount(order.left, currency)} left`,
        ]),
    restsOnLine(rests),
  ])
  if (page?.next !== undefined) context.output.note(`there are more: --before ${page.next}`)
  if (page === undefined) throw new AnsweredError('not-found', 'name-unknown', `nobody owns ${name}`)
}

async function showDue(context: Context, { owner, mine, after, limit }: Options): Promise<void> {
  const client = await context.client()
  const whose = mine ? context.keyName() : owner
  const account = whose === undefined ? undefined : toHex(await accountFromArgument(context, whose))
  const { height, names, next } = await dueRenewals(client, { owner: account, after, limit })
  const lines = names.map(({ name, paidUntilLedgerMs, expiresLedgerMs }) => {
    if (expiresLedgerMs !== null) return `${name}  has run out and expires ${formatTime(expiresLedgerMs)}`
    return paidUntilLedgerMs === null ? name : `${name}  runs out ${formatTime(paidUntilLedgerMs)}`
  })
  context.output.result({ height, names, next }, names.length > 0 ? lines : ['no renewal is due'])
  if (next !== null) context.output.note(`there may be more: --after ${next}`)
}
