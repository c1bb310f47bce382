import { parseAccount, parseName } from '@cresset/access-client'
import { actionTable, eventKinds } from '@cresset/core-ledger'
import { type Command, InvalidArgumentError } from 'commander'
import { type CommandKit, repeated, wholeNumber } from '../../command-kit.ts'
import { describeBlock, follow } from '../../following.ts'

interface Options {
  readonly name?: readonly string[]
  readonly account?: readonly string[]
  readonly kind?: readonly string[]
  readonly from?: number
  readonly count?: number
}

const kinds: ReadonlySet<string> = new Set([...Object.keys(actionTable), ...eventKinds])

/** A node would wait for one that never comes. */
function repeatedKind(text: string, earlier: readonly string[] | undefined): string[] {
  if (kinds.has(text)) return repeated(text, earlier)
  throw new InvalidArgumentError(`there are: ${[...kinds].sort().join(', ')}`)
}

export function ledgerWatch(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('watch')
    .description('what happens to names and accounts as it happens, on the word of a node; ends with Ctrl-C')
    .option('--name <name>', 'a name; repeat for more', repeated)
    .option('--account <account>', 'an account or public key; repeat for more', repeated)
    .option(
      '--kind <kind>',
      'kind of transaction or event, such as transfer or renewalDue; repeat for more',
      repeatedKind,
    )
    .option('--from <height>', 'begin there; else now', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--count <blocks>', 'end after so many', wholeNumber(1, Number.MAX_SAFE_INTEGER))
  kit.add<Options>(command, 'cresset ledger watch --name shop.acme', async (context, _positional, options) => {
    const { zones } = await context.genesis()
    const { from, count } = options
    const chosen = {
      names: (options.name ?? []).map((name) => parseName(name, zones)),
      accounts: (options.account ?? []).map(parseAccount),
      kinds: options.kind ?? [],
      from,
      count,
    }
    await follow(context, chosen, (block) => context.output.result({ ...block }, describeBlock(block)))
  })
}
