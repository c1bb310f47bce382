import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { listAgentKeys } from '@cresset/keys'
import type { Command } from 'commander'
import type { CommandKit } from '../../../command-kit.ts'
import { table } from '../../../terminal/output.ts'
import { withAgent } from './with-agent.ts'

export function agentList(parent: Command, kit: CommandKit): void {
  const command = parent.command('list').description('the keys that the agent holds')
  kit.add(command, 'cresset key agent list', async (context) => {
    const keys = (await withAgent(context, listAgentKeys)).map(({ name, type, publicKey }) => ({
      key: `agent:${name}`,
      type,
      publicKey: toHex(publicKey),
      account: toHex(accountOf(publicKey)),
    }))
    context.output.result(
      { keys },
      keys.length === 0
        ? ['no keys']
        : table(
            ['key', 'type', 'account'],
            keys.map(({ key, type, account }) => [key, type, account]),
          ),
    )
  })
}
