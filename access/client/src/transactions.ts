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
    if (answer.status !== 'final') return undefined
    const { proof } = answer
    const finality = (proof as { finality?: unknown } | undefined)?.finality
    return client.past(node, finality, (trust) => verifyReceipt(id, proof, trust, client.clock))
  })
}

/** A node that took a transaction can end before it tells the others, so it is offered again after this long. */
const offerAgainMs = 2_000

/** Gives a transaction to the first node that takes it. @throws ClientError `refused` when it can never take effect. */
async function offer(client: Client, bytes: Uint8Array, id: Uint8Array): Promise<void> {
  try {
    await client.connection.first((node) => node.postBytes('/v1/transactions', bytes))
  } catch (error) {
    if (!(error instanceof ClientError) || error.kind !== 'refused') throw error
    // It may be in a block already, and refused for just that: only the ledger knows.
    const known = await findReceipt(client, id).catch(() => undefined)
    if (!known) throw new ClientError('refused', error.code, explainCode(error.code))
  }
}

/**
 * Submits a signed transaction and waits for its certified receipt. The same bytes can be submitted again at any time: they take effect once.
 * @throws ClientError `refused` with the ledger's code when the receipt says so or no node admits it; `not-final` when time ran out.
 */
export async function submitTransaction(client: Client, bytes: Uint8Array, timeoutMs = 30_000): Promise<ProvenReceipt> {
  const id = transactionId(bytes)
  const deadlineMs = Date.now() + timeoutMs
  for (;;) {
    await offer(client, bytes, id)
    const remainingMs = Math.max(1, deadlineMs - Date.now())
    const proven = await findReceipt(client, id, Math.min(remainingMs, offerAgainMs))
    if (proven?.receipt.code === 'ok') return proven
    if (proven) throw new ClientError('refused', proven.receipt.code, explainCode(proven.receipt.code))
    if (Date.now() >= deadlineMs) {
      throw new ClientError(
        'not-final',
        'not-final',
        `transaction ${toHex(id)} was not final within ${timeoutMs / 1000} s; it may still become so: look with "cresset ledger transaction"`,
      )
    }
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
