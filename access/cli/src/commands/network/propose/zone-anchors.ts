import type { Command } from 'commander'
import type { CommandKit } from '../../../command-kit.ts'
import { UsageError } from '../../../exit-codes.ts'
import { zoneArgument } from '../../zone/zone-argument.ts'
import { addSpeakingOptions, type SpeakingOptions } from '../speaking-for-node.ts'
import { putToVote } from './put-to-vote.ts'

interface Options extends SpeakingOptions {
  readonly unsigned?: boolean
}

export function proposeZoneAnchors(parent: Command, kit: CommandKit): void {
  const command = addSpeakingOptions(
    parent
      .command('zone-anchors')
      .description('say which keys sign the keys of a zone (DNSSEC): the first time, or when those before are lost')
      .argument('<zone>', 'for example acme')
      .argument('[key...]', 'one to three keys: files, agent:NAME or pkcs11:URI; only their public parts are read')
      .option('--unsigned', 'none: the zone is signed no more'),
  )
  kit.add<Options>(
    command,
    'cresset network propose zone-anchors acme anchor.key --key north.key',
    async (context, [zone = '', ...names], options) => {
      if ((names.length === 0) !== (options.unsigned === true))
        throw new UsageError('name one to three keys, or give --unsigned to end the signing of the zone')
      if (names.length > 3) throw new UsageError('a zone has three anchors at most')
      const anchors = await Promise.all(names.map((name) => context.publicKey(name)))
      await putToVote(context, options, { kind: 'setZoneAnchors', body: { zone: zoneArgument(zone), anchors } })
    },
  )
}
