import type { Command } from 'commander'
import type { CommandKit } from '../../../command-kit.ts'
import { proposeNodeChanges } from './nodes.ts'
import { proposeRuleChanges } from './rules.ts'
import { proposeSetKeys } from './set-keys.ts'
import { proposeZoneAnchors } from './zone-anchors.ts'

export function networkPropose(parent: Command, kit: CommandKit): void {
  const propose = parent
    .command('propose')
    .description('put a change to the vote of the members, in the name of your node, which agrees by that')
  proposeNodeChanges(propose, kit)
  proposeSetKeys(propose, kit)
  proposeRuleChanges(propose, kit)
  proposeZoneAnchors(propose, kit)
}
