import { findAgentKey } from '@cresset/keys'
import { type Command, Option } from 'commander'
import type { CommandKit } from '../../../command-kit.ts'
import { UsageError } from '../../../exit-codes.ts'
import { withAgent } from './with-agent.ts'

export function agentRemove(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('remove')
    .description('let the agent forget a key')
    .argument('[name]', 'its name, or at least 8 digits of its account or public key')
    .addOption(new Option('--all', 'forget every key, also when the agent is locked'))
  kit.add<{ all?: boolean }>(command, 'cresset key agent remove alice', async (context, [given], options) => {
    if ((given === undefined) !== (options.all === true)) throw new UsageError('name one key, or give --all')
    const removed = await withAgent(context, async (client) => {
      if (given === undefined) {
        await client.request({ kind: 'removeAll', body: {} }, 'done')
        return 'all keys'
      }
      const { name, publicKey } = await findAgentKey(client, given.replace(/^agent:/, ''))
      await client.request({ kind: 'remove', body: { publicKey } }, 'done')
      return `agent:${name}`
    })
    context.output.result({ removed }, [`forgot ${removed}`])
  })
}
