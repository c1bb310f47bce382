import { toHex } from '@cresset/core-codec'
import { type Command, Option } from 'commander'
import { accountForms, accountFromArgument } from '../../account-argument.ts'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'

interface Options {
  readonly owner?: string
  readonly mine?: boolean
  readonly zone?: string
  readonly after?: string
  readonly limit: number
}

export function nameList(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('list')
    .description("registered names, on the word of the node ('name show' proves one)")
    .option('--owner <account>', `names of this ${accountForms}`)
    .option('--mine', 'names of --key')
    .option('--zone <zone>', 'names of this zone')
    .option('--after <name>', 'go on after this name')
    .addOption(new Option('--limit <count>', 'how many').argParser(wholeNumber(1, 1000)).default(100))
  kit.add<Options>(command, 'cresset name list --mine --key alice.key', async (context, _positional, options) => {
    const query = new URLSearchParams({ limit: String(options.limit) })
    const owner = options.mine ? context.keyName() : options.owner
    if (owner) query.set('owner', toHex(await accountFromArgument(context, owner)))
    if (options.zone) query.set('zone', options.zone)
    if (options.after) query.set('after', options.after)
    const client = await context.client()
    const { names, next } = (await client.connection.first((node) => node.get(`/v1/names?${query}`))) as {
      names: string[]
      next: string | null
    }
    context.output.result({ names, next }, names.length > 0 ? names : ['no names'])
    if (next !== null) context.output.note(`there may be more: --after ${next}`)
  })
}
