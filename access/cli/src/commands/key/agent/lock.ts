import type { Command } from 'commander'
import type { CommandKit } from '../../../command-kit.ts'
import { withAgent } from './with-agent.ts'

export function agentLock(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('lock')
    .description('encrypt the keys that the agent holds, until it is unlocked; for a break')
  kit.add(command, 'cresset key agent lock', async (context) => {
    const passphrase = await context.passphrase('New passphrase of the lock', true)
    await withAgent(context, (client) => client.request({ kind: 'lock', body: { passphrase } }, 'done'))
    context.output.result({ locked: true }, ['locked; "cresset key agent unlock" opens it'])
  })
}

export function agentUnlock(parent: Command, kit: CommandKit): void {
  const command = parent.command('unlock').description('open a locked agent again')
  kit.add(command, 'cresset key agent unlock', async (context) => {
    const passphrase = await context.passphrase('Passphrase of the lock')
    await withAgent(context, (client) => client.request({ kind: 'unlock', body: { passphrase } }, 'done'))
    context.output.result({ locked: false }, ['unlocked'])
  })
}
