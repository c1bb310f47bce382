import type { Command } from 'commander'
import type { CommandKit } from '../../../command-kit.ts'
import { agentAdd } from './add.ts'
import { agentList } from './list.ts'
import { agentLock, agentUnlock } from './lock.ts'
import { agentRemove } from './remove.ts'
import { agentStart } from './start.ts'

export function agentCommands(parent: Command, kit: CommandKit): void {
  const agent = parent.command('agent').description('a process that holds keys, so that a passphrase is typed once')
  agentStart(agent, kit)
  agentAdd(agent, kit)
  agentList(agent, kit)
  agentRemove(agent, kit)
  agentLock(agent, kit)
  agentUnlock(agent, kit)
}
