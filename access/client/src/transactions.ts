import { fromHex, toHex } from '@cresset/core-codec'
import { accountOf, type PublicKey, type Signer } from '@cresset/core-crypto'
import {
  type Action,
  codes,
  readAccount,
  readParameters,
  readRecordTable,
  type StateView,
  signedLength,
  signTransaction,
  stateKeys,
  tableFee,
  transactionFee,
  transactionId,
  type UnsignedTransaction,
} from '@cresset/core-ledger'
import type { Client } from './client.ts'
import { ClientError, type ClientErrorKind } from './client-error.ts'
import { type NodeConnection, provingNode } from './http.ts'
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
    (view) => ({
      account: readAccount(view, account),
      parameters: readParameters(view),
      tableFee: readTableFee(view, action),
    }),
    action.kind === 'setDelegation'
      ? [stateKeys.account(account), stateKeys.parameters, ...delegationKeys(action.body)]
      : `/v1/accounts/${toHex(account)}`,
  )
  const draft: UnsignedTransaction = {
    chainId: client.chainId,
    signers,
    sequence: options.sequence ?? value.account.sequence,
    validUntilMs: client.clock.nowMs + (options.validForMs ?? defaultValidForMs),
    fee: 0n,
    action,
  }
  return { ...draft, fee: transactionFee(signedLength(draft) + feeMarginBytes, value.parameters) + value.tableFee }
}

/** What a transaction costs beside its price: a delegation that comes or goes, the bytes of the name's served record table. */
export function readTableFee(view: StateView, action: Action): bigint {
  if (action.kind !== 'setDelegation') return 0n
  const { name, host, delegation } = action.body
  const isThere = view.get(stateKeys.delegation(name, host)) !== undefined
  if (isThere === (delegation !== undefined)) return 0n
  return tableFee(readRecordTable(view, name)?.served, readParameters(view))
}

const delegationKeys = ({ name, host }: { readonly name: string; readonly host: string }): Uint8Array[] => [
  stateKeys.delegation(name, host),
  stateKeys.recordTable(name),
]

/** A sentence for a code of the ledger, or the code itself for one of the API. */
export function explainCode(code: string): string {
  const row = (codes as Record<string, { meaning: string; remedy: string }>)[code]
  return row ? `${row.meaning} ${row.remedy}` : code
}

interface TransactionJson {
  readonly status: 'pending' | 'final'
  readonly proof?: unknown
}

/** What a node can say instead of a receipt. */
const absent: readonly ClientErrorKind[] = ['not-found', 'not-final']

/** The certified receipt of a transaction, or undefined while it is not in a final block. `from` counts which node is asked first. */
export async function findReceipt(
  client: Client,
  id: Uint8Array,
  waitMs = 0,
  from = 0,
  signal?: AbortSignal,
): Promise<ProvenReceipt | undefined> {
  const wait = waitMs > 0 ? `&wait=final&timeout=${Math.min(waitMs, 60_000)}` : ''
  const ask = async (node: NodeConnection): Promise<ProvenReceipt | undefined> => {
    const path = `/v1/transactions/${toHex(id)}?proof=true${wait}`
    const { status, proof } = (await provingNode(node, absent).get(path, waitMs + 5_000, signal)) as TransactionJson
    if (status !== 'final') return undefined
    const finality = (proof as { finality?: unknown } | undefined)?.finality
    return client.past(node, finality, (trust) => verifyReceipt(id, proof, trust, client.clock))
  }
  try {
    return await client.connection.first(ask, { from, also: ['not-found'] })
  } catch (error) {
    if (error instanceof ClientError && absent.includes(error.kind)) return undefined
    throw error
  }
}

/** A node that took a transaction can end before it tells the others, so it is offered again, to the next one, after this long. */
const offerAgainMs = 2_000
/** Between two rounds with nodes that do not wait. */
const roundMs = 100

/** Gives a transaction to the first node that takes it. @throws ClientError `refused` when none does and no block has it */
async function offer(client: Client, bytes: Uint8Array, id: Uint8Array, from: number): Promise<void> {
  try {
    await client.connection.first((node) => node.postBytes('/v1/transactions', bytes), { from, also: ['refused'] })
  } catch (error) {
    if (!(error instanceof ClientError) || error.kind !== 'refused') throw error
    // It may be in a block already, and refused for just that: only the ledger knows.
    const known = await findReceipt(client, id).catch(() => undefined)
    if (!known) throw new ClientError('refused', error.code, explainCode(error.code))
  }
}

/**
 * Submits a signed transaction and waits for its certified receipt. The same bytes can be submitted again at any time: they take effect once.
 * `signal` ends the waiting, and takes nothing back.
 * @throws ClientError `refused` with the ledger's code when the receipt says so or no node admits it; `not-final` when time ran out.
 */
export async function submitTransaction(
  client: Client,
  bytes: Uint8Array,
  timeoutMs = 30_000,
  signal?: AbortSignal,
): Promise<ProvenReceipt> {
  const id = transactionId(bytes)
  const deadlineMs = Date.now() + timeoutMs
  for (let from = 0; ; from++) {
    if (signal?.aborted)
      throw new ClientError('not-final', 'not-final', `transaction ${toHex(id)} is not waited for; it may become final`)
    await offer(client, bytes, id, from)
    const remainingMs = Math.max(1, deadlineMs - Date.now())
    const proven = await findReceipt(client, id, Math.min(remainingMs, offerAgainMs), from, signal)
    if (proven?.receipt.code === 'ok') return proven
    if (proven) throw new ClientError('refused', proven.receipt.code, explainCode(proven.receipt.code))
    if (Date.now() >= deadlineMs) {
      throw new ClientError(
        'not-final',
        'not-final',
        `transaction ${toHex(id)} was not final within ${timeoutMs / 1000} s; it may still become so: look with "cresset ledger transaction"`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, roundMs))
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
