import { feeStatement, parseName } from '@cresset/access-client'
import { toJson } from '@cresset/core-codec'
import { type Command, Option } from 'commander'
import { formatAmount, formatTime } from '../../amounts.ts'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import { AnsweredError } from '../../exit-codes.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'

interface Options {
  readonly limit: number
  readonly before?: number
}

export function nameStatement(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('statement')
    .description('what fees took from the deposit of a name, newest first, proven')
    .argument('<name>', 'for example shop.acme')
    .addOption(new Option('--limit <count>', 'how many lines').argParser(wholeNumber(1, 1000)).default(100))
    .addOption(new Option('--before <height>', 'lines of earlier blocks than this').argParser(wholeNumber(0, 2 ** 48)))
  kit.add<Options>(command, 'cresset name statement shop.acme', async (context, [text = ''], options) => {
    const client = await context.client()
    const name = parseName(text, client.genesis.zones)
    const currency = await context.currency()
    const { limit, before } = options
    const { value, rests } = await feeStatement(client, name, { limit, ...(before === undefined ? {} : { before }) })
    const { lines = [] } = value
    const { status, balance } = value.name
    const json = { name, status, balance, lines: toJson(lines), rests: restsOnJson(rests) }
    context.output.result(json, [
      ...(balance === undefined ? [] : [`${name} has ${formatAmount(balance, currency)} of its deposit left`]),
      ...lines.map(
        (line) =>
          `${formatTime(line.ledgerTimeMs)}  block ${line.height}  -${formatAmount(line.charged, currency)}  left ${formatAmount(line.balance, currency)}`,
      ),
      ...(lines.length === 0 && value.lines !== undefined ? ['no fee block has charged it yet'] : []),
      restsOnLine(rests),
    ])
    const last = lines.at(-1)
    if (lines.length === limit && last !== undefined) context.output.note(`there may be more: --before ${last.height}`)
    if (value.lines === undefined) throw new AnsweredError('not-found', 'name-unknown', `nobody owns ${name}`)
  })
}
