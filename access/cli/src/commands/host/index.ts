import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { hostAdd } from './add.ts'
import { hostHistory } from './history.ts'
import { hostList } from './list.ts'
import { hostWithdraw } from './withdraw.ts'

export function hostCommands(program: Command, kit: CommandKit): void {
  const host = program.command('host').description('servers of a host, one by one')
  hostAdd(host, kit)
  hostWithdraw(host, kit)
  hostList(host, kit)
  hostHistory(host, kit)
}
