import { stat } from 'node:fs/promises'
import { parseAccount } from '@cresset/access-client'
import { accountOf, type PublicKey } from '@cresset/core-crypto'
import { parseKeyName } from '@cresset/keys'
import type { Context } from './context.ts'
import { UsageError } from './exit-codes.ts'

/** What every command takes for an account. */
export const accountForms = 'account or public key in hex, or a key: file, agent:NAME, pkcs11:URI'

/** An account from an argument. Of a key only the public half is read. */
export async function accountFromArgument(context: Context, text: string): Promise<Uint8Array> {
  if (/^[0-9a-f]{64,68}$/.test(text)) return parseAccount(text)
  return accountOf(await keyFromArgument(context, text, 'neither an account (64 hex digits) nor a public key'))
}

/** The public half of a key that an argument names; `isNot` tells what else the argument could have been. */
export async function keyFromArgument(context: Context, text: string, isNot: string): Promise<PublicKey> {
  const { kept } = await context.withKeys((async () => parseKeyName(text))())
  if (kept === 'file' && !(await stat(text).catch(() => undefined)))
    throw new UsageError(`"${text}" is ${isNot}, and there is no such key file`)
  return context.publicKey(text)
}
