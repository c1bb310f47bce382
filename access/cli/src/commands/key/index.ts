import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { agentCommands } from './agent/index.ts'
import { keyImport } from './import.ts'
import { keyNew } from './new.ts'
import { keyShow } from './show.ts'

export function keyCommands(program: Command, kit: CommandKit): void {
  const key = program.command('key').description('make, take in, hold and look at keys')
  keyNew(key, kit)
  keyShow(key, kit)
  keyImport(key, kit)
  agentCommands(key, kit)
}
