import { fromHex } from '@cresset/core-codec'
import type { Signer } from '@cresset/core-crypto'
import { newNodeKeysBytes } from '@cresset/core-ledger'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type CommandKit, repeated } from '../../../command-kit.ts'
import { addSpeakingOptions, type SpeakingOptions } from '../speaking-for-node.ts'
import { nodeArgument } from './nodes.ts'
import { putToVote } from './put-to-vote.ts'

interface Options extends SpeakingOptions {
  readonly identityKey: string
  readonly consensusKey: string
  readonly dnsKey?: readonly string[]
  readonly tlsFingerprint?: Uint8Array
}

function fingerprint(value: string): Uint8Array {
  const hex = value.replaceAll(':', '').toLowerCase()
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new InvalidArgumentError('It is the SHA-256 of the certificate in hex.')
  return fromHex(hex)
}

/** Each key signs here: nobody registers a key that he does not hold. */
export function proposeSetKeys(parent: Command, kit: CommandKit): void {
  const command = addSpeakingOptions(
    parent
      .command('set-keys')
      .description('give a node other keys, all of which sign here; keys that it keeps are named too')
      .argument('<node>', 'name of the node')
      .requiredOption('--identity-key <key>', 'its identity key from then on: a key file, agent:NAME or pkcs11:URI')
      .requiredOption('--consensus-key <key>', 'its consensus key from then on')
      .addOption(new Option('--dns-key <key>', 'its DNS key from then on; repeat for more').argParser(repeated))
      .addOption(
        new Option(
          '--tls-fingerprint <hex>',
          'SHA-256 of its TLS certificate; by default it keeps the one it has',
        ).argParser(fingerprint),
      ),
  )
  kit.add<Options>(
    command,
    'cresset network propose set-keys north --identity-key new.key --consensus-key votes.key --dns-key zone.key --as east.key --key founder.key',
    async (context, [name = ''], options) => {
      const before = await nodeArgument(context, name)
      const signers: Signer[] = [await context.signer(options.identityKey), await context.signer(options.consensusKey)]
      for (const key of options.dnsKey ?? []) signers.push(await context.signer(key))
      const [identityKey, consensusKey, ...dnsKeys] = signers.map(({ publicKey }) => publicKey)
      const keys = {
        node: before.id,
        identityKey: identityKey as Uint8Array,
        consensusKey: consensusKey as Uint8Array,
        tlsFingerprint: options.tlsFingerprint ?? before.tlsFingerprint,
        dnsKeys,
      }
      const message = newNodeKeysBytes((await context.client()).chainId, keys)
      const proofs: Uint8Array[] = []
      for (const signer of signers) proofs.push(await signer.sign(message))
      await putToVote(context, options, { kind: 'setNodeKeys', body: { ...keys, proofs } })
    },
  )
}
