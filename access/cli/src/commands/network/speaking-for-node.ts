import { type MemberSigners, nodeOfKey } from '@cresset/access-client'
import { toHex } from '@cresset/core-codec'
import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { ClientError, UsageError } from '../../exit-codes.ts'

export interface SpeakingOptions {
  readonly as?: string
}

export function addSpeakingOptions(command: Command): Command {
  return command.option(
    '--as <key>',
    'identity key of the node in whose name you speak; by default --key is that key and pays too',
  )
}

/** Keys of a member: the node's identity key signs, `--key` pays. */
export async function memberSigners(
  context: Context,
  { as }: SpeakingOptions,
): Promise<MemberSigners & { node: Uint8Array }> {
  const payer = await context.signer()
  const identity = as === undefined ? payer : await context.signer(as)
  const client = await context.client()
  try {
    return { payer, identity, node: await nodeOfKey(client, identity.publicKey) }
  } catch (error) {
    if (error instanceof ClientError && error.code === 'node-unknown')
      throw new UsageError(
        `${toHex(identity.publicKey)} is no node's identity key: name the one of your node with --as, as in --as consortium/nodes/NAME/keys/identity.key`,
      )
    throw error
  }
}
