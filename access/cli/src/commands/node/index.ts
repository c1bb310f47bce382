import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { nodeInit } from './init.ts'
import { nodeJoin } from './join.ts'
import { nodeStatus } from './status.ts'
import { nodeUp } from './up.ts'

export function nodeCommands(program: Command, kit: CommandKit): void {
  const node = program.command('node').description('one node on one machine: a validator, a follower or a local one')
  nodeInit(node, kit)
  nodeJoin(node, kit)
  nodeUp(node, kit)
  nodeStatus(node, kit)
}
