import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { nameCancel } from './cancel.ts'
import { nameList } from './list.ts'
import { namePublish } from './publish.ts'
import { nameRegister } from './register.ts'
import { nameRenew } from './renew.ts'
import { nameShow } from './show.ts'

export function nameCommands(program: Command, kit: CommandKit): void {
  const name = program.command('name').description('register names and publish hosts under them')
  nameRegister(name, kit)
  namePublish(name, kit)
  nameShow(name, kit)
  nameRenew(name, kit)
  nameCancel(name, kit)
  nameList(name, kit)
}
