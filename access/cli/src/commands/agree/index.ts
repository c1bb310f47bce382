import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { agreePropose } from './propose.ts'
import { agreeShow } from './show.ts'
import { agreeSign } from './sign.ts'
import { agreeSubmit } from './submit.ts'

export function agreeCommands(program: Command, kit: CommandKit): void {
  const agree = program
    .command('agree')
    .description('several parties sign one document and pay each other, all or nothing')
  agreePropose(agree, kit)
  agreeSign(agree, kit)
  agreeSubmit(agree, kit)
  agreeShow(agree, kit)
}
