import { parseName } from '@cresset/access-client'
import { toHex, toJson } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { readName } from '@cresset/core-ledger'
import type { Command } from 'commander'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import { describeBlock, follow } from '../../following.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'

interface Options {
  readonly from?: number
  readonly count?: number
}

export function nameWatch(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('watch')
    .description(
      'a name whenever something happens to it: a node says when, and what it then is is proven; ends with Ctrl-C',
    )
    .argument('<name>', 'for example shop.acme')
    .option('--from <height>', 'begin there; else now', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--count <changes>', 'end after so many', wholeNumber(1, Number.MAX_SAFE_INTEGER))
  kit.add<Options>(command, 'cresset name watch shop.acme', async (context, [text = ''], { from, count }) => {
    const client = await context.client()
    const name = parseName(text, client.genesis.zones)
    await follow(context, { names: [name], from, count }, async (block) => {
      const { value, rests } = await client.query((view, at) => readName(view, name, at), `/v1/names/${name}`)
      const { registration } = value.entry ?? {}
      const isOwned = registration !== undefined && (value.status === 'active' || value.status === 'grace')
      const owner = isOwned ? `, owned by ${toHex(accountOf(registration.primaryKey))}` : ''
      context.output.result({ told: block, name: toJson(value), rests: restsOnJson(rests) }, [
        ...describeBlock(block).map((line) => `${line} (as a node tells)`),
        `${name} is ${value.status}${owner}`,
        restsOnLine(rests),
      ])
    })
  })
}
