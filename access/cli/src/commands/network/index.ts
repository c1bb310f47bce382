import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { networkDown } from './down.ts'
import { networkInit } from './init.ts'
import { networkInvite } from './invite.ts'
import { networkNodes } from './nodes.ts'
import { networkProposals } from './proposals.ts'
import { networkPropose } from './propose/index.ts'
import { networkStake } from './stake.ts'
import { networkStatus } from './status.ts'
import { networkUp } from './up.ts'
import { networkVote } from './vote.ts'

export function networkCommands(program: Command, kit: CommandKit): void {
  const network = program.command('network').description('make and run a consortium')
  networkInit(network, kit)
  networkUp(network, kit)
  networkDown(network, kit)
  networkStatus(network, kit)
  networkInvite(network, kit)
  networkNodes(network, kit)
  networkProposals(network, kit)
  networkPropose(network, kit)
  networkVote(network, kit)
  networkStake(network, kit)
}
