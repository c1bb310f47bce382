import { type ProvenReceipt, prepareTransaction } from '@cresset/access-client'
import { toHex } from '@cresset/core-codec'
import { type Action, signedLength } from '@cresset/core-ledger'
import { formatAmount, formatTime } from './amounts.ts'
import type { Context } from './context.ts'
import { type SendingOptions, sendAction, writeUnsigned } from './sending.ts'

/** A day: an offline signer needs time to walk to the safe. Genesis allows no more. */
const offlineValidForMs = 23 * 3_600_000

/** Writes an action down for signing elsewhere. Only the public half of the key is read here. */
export async function writeOffline(context: Context, path: string, action: Action): Promise<void> {
  const client = await context.client()
  const key = await context.publicKey()
  const unsigned = await prepareTransaction(client, [key], action, { validForMs: offlineValidForMs })
  await writeUnsigned(path, unsigned)
  context.output.result(
    {
      file: path,
      kind: action.kind,
      payer: toHex(key),
      sequence: unsigned.sequence,
      fee: unsigned.fee,
      validUntilMs: unsigned.validUntilMs,
      bytes: signedLength(unsigned),
    },
    [
      `wrote an unsigned ${action.kind} to ${path}; it costs at most ${formatAmount(unsigned.fee, await context.currency())} and is good until ${formatTime(unsigned.validUntilMs)}`,
      `next: cresset transaction sign ${path} --key KEY, then cresset transaction submit ${path}.signed`,
    ],
  )
}

/** What most commands end with: the action is sent by the user's key, or with `--offline` written down, and then nothing was sent. */
export async function sendOrWrite(
  context: Context,
  { offline }: SendingOptions,
  action: Action,
  what: string,
): Promise<ProvenReceipt | undefined> {
  if (offline === undefined) return sendAction(context, [await context.signer()], action, what)
  await writeOffline(context, offline, action)
  return undefined
}
