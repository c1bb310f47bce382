import { fromHex, toHex } from '@cresset/core-codec'
import { accountOf, type PublicKey, type Signer } from '@cresset/core-crypto'
import {
  type Action,
  codes,
  readAccount,
  readParameters,
  signedLength,
  signTransaction,
  transactionFee,
  transactionId,
  type UnsignedTransaction,
} from '@cresset/core-ledger'
import type { Client } from './client.ts'
import { ClientError } from './client-error.ts'
import { type ProvenReceipt, verifyReceipt } from './receipt.ts'

/** How long a transaction stays good when nothing else is said: 10 minutes. */
const defaultValidForMs = 600_000
/** The fee's own length can differ by this much once it is filled in. */
const feeMarginBytes = 16

export interface PrepareOptions {
  /** The payer's next when absent. */
  readonly sequence?: number
  readonly validForMs?: number
}

/** Fills in sequence, price and validity for the first signer, from proven state. */
export async function prepareTransaction(
  client: Client,
  signers: readonly PublicKey[],
  action: Action,
  options: PrepareOptions = {},
): Promise<UnsignedTransaction> {
  const payer = signers[0]
  if (!payer) throw new ClientError('usage', 'no-signer', 'a transaction needs a signer')
  const account = accountOf(payer)
  const { value } = await client.query(
    (view) => ({ account: readAccount(view, account), parameters: readParameters(view) }),
    `/v1/accounts/${toHex(account)}`,
  )
  const draft: UnsignedTransaction = {
    chainId: client.chainId,
    signers,
    sequence: options.sequence ?? value.account.sequence,
    validUntilMs: client.clock.nowMs + (options.validForMs ?? defaultValidForMs),
    fee: 0n,
    action,
  }
  return { ...draft, fee: transactionFee(signedLength(draft) + feeMarginBytes, value.parameters) }
}

/** A sentence for a code of the ledger, or the code itself for one of the API. */
export function explainCode(code: string): string {
  const row = (codes as Record<string, { meaning: string; remedy: string }>)[code]
  return row ? `${row.meaning} ${row.remedy}` : code
}

interface TransactionJson {
  readonly status: 'pending' | 'final'
  readonly proof?: unknown
}

/** The certified receipt of a transaction, or undefined while it is not in a final block. */
export function findReceipt(client: Client, id: Uint8Array, waitMs = 0): Promise<ProvenReceipt | undefined> {
  const wait = waitMs > 0 ? `&wait=final&timeout=${Math.min(waitMs, 60_000)}` : ''
  return client.connection.first(async (node) => {
    let answer: TransactionJson
    try {
      answer = (await node.get(`/v1/transactions/${toHex(id)}?proof=true${wait}`, waitMs + 5_000)) as TransactionJson
    } catch (error) {
      if (error instanceof ClientError && (error.kind === 'not-found' || error.kind === 'not-final')) return undefined
      throw error
    }
    return answer.status === 'final' ? verifyReceipt(id, answer.proof, client.trust, client.clock) : undefined
  })
}

/**
 * Submits a signed transaction and waits for its certified receipt. The same bytes can be submitted again at any time: they take effect once.
 * @throws ClientError `refused` with the ledger's code when the receipt says so or no node admits it; `not-final` when time ran out.
 */
export async function submitTransaction(client: Client, bytes: Uint8Array, timeoutMs = 30_000): Promise<ProvenReceipt> {
  const id = transactionId(bytes)
  const deadlineMs = Date.now() + timeoutMs
  try {
    await client.connection.first((node) => node.postBytes('/v1/transactions', bytes))
  } catch (error) {
    // A node may have taken it before the answer was lost; only the ledger knows.
    const known = await findReceipt(client, id).catch(() => undefined)
    if (!known) {
      if (error instanceof ClientError && error.kind === 'refused')
        throw new ClientError('refused', error.code, explainCode(error.code))
      throw error
    }
  }
  for (;;) {
    const remainingMs = deadlineMs - Date.now()
    if (remainingMs <= 0) {
      throw new ClientError(
        'not-final',
        'not-final',
        `transaction ${toHex(id)} was not final within ${timeoutMs / 1000} s; it may still become so: look with "cresset ledger transaction"`,
      )
    }
    const proven = await findReceipt(client, id, Math.min(remainingMs, 20_000))
    if (!proven) continue
    if (proven.receipt.code !== 'ok')
      throw new ClientError('refused', proven.receipt.code, explainCode(proven.receipt.code))
    return proven
  }
}

/** Prepares, signs and submits one action. */
export async function send(
  client: Client,
  signers: readonly Signer[],
  action: Action,
  options: PrepareOptions & { readonly timeoutMs?: number } = {},
): Promise<ProvenReceipt> {
  const keys = signers.map((signer) => signer.publicKey)
  const bytes = await signTransaction(await prepareTransaction(client, keys, action, options), signers)
  return submitTransaction(client, bytes, options.timeoutMs)
}

/** An account from what people write: 64 hex digits, or a tagged public key in hex. */
export function parseAccount(text: string): Uint8Array {
  if (/^[0-9a-f]{64}$/.test(text)) return fromHex(text)
  if (/^(?:01[0-9a-f]{64}|02[0-9a-f]{66})$/.test(text)) return accountOf(fromHex(text))
  throw new ClientError('usage', 'bad-account', `"${text}" is neither an account (64 hex digits) nor a public key`)
}
