import { parseName } from '@cresset/access-client'
import { equalBytes, toHex } from '@cresset/core-codec'
import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { UsageError } from '../../exit-codes.ts'
import { printSent, sendAction } from '../../sending.ts'

interface Options {
  readonly newKey: string
  readonly payer?: string
}

export function nameChangeKey(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('change-key')
    .description('give a name another primary key of yours; hosts stay, offers and open transfers end')
    .argument('<name>', 'for example shop.acme')
    .requiredOption('--new-key <key>', 'key that owns the name from now on')
    .option('--payer <key>', 'key that pays the fee, if not --key')
  kit.add<Options>(
    command,
    'cresset name change-key shop.acme --new-key new.key --key alice.key',
    async (context, [text = ''], options) => {
      const client = await context.client()
      const name = parseName(text, client.genesis.zones)
      const [oldKey, newKey] = [await context.signer(), await context.signer(options.newKey)]
      if (equalBytes(oldKey.publicKey, newKey.publicKey)) throw new UsageError('the two keys are the same')
      const payer = options.payer === undefined ? [] : [await context.signer(options.payer)]
      const others = [oldKey, newKey].filter((key) => !payer.some((p) => equalBytes(p.publicKey, key.publicKey)))
      const action = { kind: 'changeKey' as const, body: { name, newKey: newKey.publicKey } }
      const sent = await sendAction(context, [...payer, ...others], action, `changing the key of ${name}`)
      printSent(context, sent, [`${name} belongs to the key ${toHex(newKey.publicKey)} now`], {
        name,
        primaryKey: newKey.publicKey,
      })
    },
  )
}
