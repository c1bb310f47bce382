import type { Command } from 'commander'
import type { CommandKit } from '../../../command-kit.ts'
import { keyList, keyStatus } from './list.ts'
import { keyConfirm, keyRoll } from './roll.ts'

export function dnsKeyCommands(parent: Command, kit: CommandKit): void {
  const key = parent
    .command('key')
    .description(
      'keys of the zones of a running name server: "cresset dns serve --control", or a node with a control socket',
    )
  keyList(key, kit)
  keyStatus(key, kit)
  keyRoll(key, kit)
  keyConfirm(key, kit)
}
