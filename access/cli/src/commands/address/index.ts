import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { addressConfirm } from './confirm.ts'
import { addressShow } from './show.ts'

export function addressCommands(program: Command, kit: CommandKit): void {
  const address = program.command('address').description('which hosts an IP address belongs to')
  addressShow(address, kit)
  addressConfirm(address, kit)
}
