import { open } from 'node:fs/promises'
import { type PrepareOptions, type ProvenReceipt, prepareTransaction, submitTransaction } from '@cresset/access-client'
import { CodecError, fromHex, toHex } from '@cresset/core-codec'
import type { Signer } from '@cresset/core-crypto'
import { type Action, signTransaction, type UnsignedTransaction, unsignedTransactionCodec } from '@cresset/core-ledger'
import type { Command } from 'commander'
import { readBoundedFile } from './bounded-file.ts'
import type { Context } from './context.ts'
import { UsageError } from './exit-codes.ts'
import { cannotMake } from './file-problem.ts'
import { restsOnJson, restsOnLine } from './rests-on.ts'
import { withProgress } from './terminal/progress.ts'

/** Options of every command that sends a transaction. */
export interface SendingOptions {
  readonly offline?: string
}

export function addSendingOptions(command: Command): Command {
  return command.option(
    '--offline <file>',
    'write the unsigned transaction to a file instead of sending it; sign it with "transaction sign"',
  )
}

const fileHead = 'cresset-unsigned-transaction-v1'
const maxFileBytes = 3 * 1024 * 1024

/** The file is text: a head line, then the encoding in hex, so that it survives mail and USB sticks. */
export async function writeUnsigned(path: string, unsigned: UnsignedTransaction): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch(cannotMake(path))
  try {
    await file.writeFile(`${fileHead}\n${toHex(unsignedTransactionCodec.encode(unsigned))}\n`)
  } finally {
    await file.close()
  }
}

export async function readHexFile(path: string, head: string, what: string): Promise<Uint8Array> {
  const [first, hex = ''] = (await readBoundedFile(path, maxFileBytes)).toString('utf8').split('\n')
  try {
    if (first !== head) throw new CodecError('wrong-type', head)
    return fromHex(hex.trim())
  } catch {
    throw new UsageError(`${path} is not ${what}`)
  }
}

export async function readUnsigned(path: string): Promise<UnsignedTransaction> {
  const bytes = await readHexFile(path, fileHead, 'an unsigned transaction')
  try {
    return unsignedTransactionCodec.decode(bytes)
  } catch {
    throw new UsageError(`${path} is damaged: write it again with --offline`)
  }
}

/** Sends an action and waits for its certified receipt, or writes it down for signing elsewhere. */
export async function sendAction(
  context: Context,
  signers: readonly Signer[],
  action: Action,
  what: string,
  options: PrepareOptions = {},
): Promise<ProvenReceipt> {
  const client = await context.client()
  return withProgress(context.output, what, async () => {
    const unsigned = await prepareTransaction(
      client,
      signers.map((signer) => signer.publicKey),
      action,
      options,
    )
    return submitTransaction(client, await signTransaction(unsigned, signers), context.timeoutMs)
  })
}

/** The common end of a command that sent one transaction. */
export function printSent(
  context: Context,
  sent: ProvenReceipt,
  lines: readonly string[],
  value: Record<string, unknown> = {},
): void {
  context.output.result(
    {
      ...value,
      transaction: sent.id,
      code: sent.receipt.code,
      height: sent.rests.height,
      rests: restsOnJson(sent.rests),
    },
    [...lines, `transaction ${toHex(sent.id)}`, restsOnLine(sent.rests)],
  )
}
