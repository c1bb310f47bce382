import { basename } from 'node:path'
import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { isAgentKeyName, openKeyFile, parseKeyName } from '@cresset/keys'
import type { Command } from 'commander'
import type { CommandKit } from '../../../command-kit.ts'
import { UsageError } from '../../../exit-codes.ts'
import { columns } from '../../../terminal/output.ts'
import { withAgent } from './with-agent.ts'

export function agentAdd(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('add')
    .description('give the agent a key; its passphrase is asked for now, and not again')
    .argument('<file>', 'key file')
    .option('--name <name>', "what to call it: agent:NAME (the file's name without .key when left out)")
  kit.add<{ name?: string }>(command, 'cresset key agent add alice.key', async (context, [path = ''], options) => {
    const name = options.name ?? basename(path).replace(/\.key$/, '')
    if (!isAgentKeyName(name))
      throw new UsageError(
        `"${name}" is no name for a key: give --name with up to 64 letters, digits, ".", "_", "-" or "@", not all of them hex digits`,
      )
    const { kept } = await context.withKeys((async () => parseKeyName(path))())
    if (kept !== 'file') throw new UsageError('an agent holds keys of files; a token keeps its own, use it directly')
    const { publicKey } = await withAgent(context, async (client) => {
      const key = await openKeyFile(path, { passphrase: () => context.passphrase(`Passphrase of ${path}`) })
      const { type, secret } = key.exportKeyPair()
      try {
        await client.request({ kind: 'add', body: { name, type, secret } }, 'done')
      } finally {
        await key.close()
      }
      return key
    })
    const account = toHex(accountOf(publicKey))
    context.output.result(
      { key: `agent:${name}`, publicKey: toHex(publicKey), account },
      columns([
        ['key', `agent:${name}`],
        ['account', account],
      ]),
    )
  })
}
