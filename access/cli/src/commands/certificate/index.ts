import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { certificateCreate } from './create.ts'
import { certificateIssue } from './issue.ts'
import { certificateShow } from './show.ts'

export function certificateCommands(program: Command, kit: CommandKit): void {
  const certificate = program
    .command('certificate')
    .description('certificates of names: authorities, and hosts under them')
  certificateCreate(certificate, kit)
  certificateIssue(certificate, kit)
  certificateShow(certificate, kit)
}
