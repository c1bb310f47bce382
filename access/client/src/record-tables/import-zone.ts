import { accountOf, type Signer } from '@cresset/core-crypto'
import { type Action, readAccount, readRecordTable, signTransaction, stateKeys } from '@cresset/core-ledger'
import type { RestsOn } from '../answer.ts'
import type { Client } from '../client.ts'
import { ClientError } from '../client-error.ts'
import { prepareTransaction, submitTransaction } from '../transactions.ts'
import type { ImportPlan } from './import-plan.ts'

/** What an import has done so far. */
export type ImportStep =
  | { readonly step: 'pages'; readonly done: number; readonly of: number }
  | { readonly step: 'delegation'; readonly host: string }
  | { readonly step: 'serving' }

export interface ImportOptions {
  /** Of the name's primary key. */
  readonly signer: Signer
  readonly onStep?: (step: ImportStep) => void
  /** Lets what is under way end, and sends nothing more. */
  readonly signal?: AbortSignal
  /** For each transaction. */
  readonly timeoutMs?: number
}

/** Transactions under way at once: several fill a block, and few are lost when one is refused. */
const underWay = 4

/**
 * Sends what a plan holds. Pages come first and are not seen; then delegations, which beside a table that is shown cost what its bytes do;
 * the last transaction shows the whole table at once. Broken off before that, DNS shows the table that it did, and a new plan goes on with
 * the pages that are there.
 * @throws ClientError: `interrupted` after the signal; `sequence-used` when the key sent something else since the plan was made; else of the
 * transaction that was refused or not final in time
 */
export async function importZone(client: Client, plan: ImportPlan, options: ImportOptions): Promise<RestsOn> {
  const { onStep } = options
  let next = plan.sequence
  const sendNext = (action: Action): Promise<void> => sendOne(client, action, next++, options)

  let done = Math.max(0, plan.pages - plan.changedPages)
  const tellPages = (count: number): void => {
    done += count
    onStep?.({ step: 'pages', done: Math.min(done, plan.pages), of: plan.pages })
  }
  if (plan.serving !== undefined && !plan.isInPlace) tellPages(0)
  await sendSome(client, plan.building, next, options, ({ body }) => tellPages(body.pages.length))
  next += plan.building.length
  for (const action of plan.delegations) {
    stopIfAsked(options.signal)
    if (action.kind === 'setDelegation') onStep?.({ step: 'delegation', host: action.body.host })
    await sendNext(action)
  }
  if (plan.serving !== undefined) {
    stopIfAsked(options.signal)
    onStep?.({ step: 'serving' })
    await sendNext(plan.serving)
  }
  return checkServed(client, plan)
}

async function sendOne(
  client: Client,
  action: Action,
  sequence: number,
  { signer, timeoutMs }: ImportOptions,
  giveUp?: AbortSignal,
): Promise<void> {
  const draft = await prepareTransaction(client, [signer.publicKey], action, { sequence })
  await submitTransaction(client, await signTransaction(draft, [signer]), timeoutMs, giveUp)
}

/**
 * A few under way at once, begun in their order. After a failure nothing more is begun, and what is under way ends first, but for what
 * comes after a sequence that stays free: no block would take it.
 */
async function sendSome<A extends Action>(
  client: Client,
  actions: readonly A[],
  first: number,
  options: ImportOptions,
  onDone: (action: A) => void,
): Promise<void> {
  const running = new Map<number, { readonly ended: Promise<void>; readonly giveUp: AbortController }>()
  const oneEnded = (): Promise<void> => Promise.race([...running.values()].map(({ ended }) => ended))
  const failures: unknown[] = []
  for (const [index, action] of actions.entries()) {
    while (running.size >= underWay) await oneEnded()
    if (failures.length > 0 || options.signal?.aborted) break
    const sequence = first + index
    const giveUp = new AbortController()
    const ended = sendOne(client, action, sequence, options, giveUp.signal)
      .then(() => onDone(action))
      .catch(async (error: unknown) => {
        if (giveUp.signal.aborted) return
        failures.push(error)
        if (await isUsed(client, sequence, options.signer, error)) return
        for (const [behind, other] of running)
          if (behind > sequence) {
            running.delete(behind)
            other.giveUp.abort()
          }
      })
      .finally(() => running.delete(sequence))
    running.set(sequence, { ended, giveUp })
  }
  while (running.size > 0) await oneEnded()
  if (failures.length > 0) throw failures[0]
  stopIfAsked(options.signal)
}

/** Whether the sequence of a transaction that failed is used all the same, so that later ones can take their turn. */
async function isUsed(client: Client, sequence: number, { publicKey }: Signer, error: unknown): Promise<boolean> {
  if (!(error instanceof ClientError) || error.kind !== 'refused') return false
  const next = await client.query((view) => readAccount(view, accountOf(publicKey)).sequence).catch(() => undefined)
  return next !== undefined && next.value > sequence
}

function stopIfAsked(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new ClientError('not-final', 'interrupted', 'stopped before the end: DNS shows the table that it did before')
}

/** Whatever another payer brought for the name meanwhile: what counts is what stands on the ledger. */
async function checkServed(client: Client, plan: ImportPlan): Promise<RestsOn> {
  const { value: served, rests } = await client.query(
    (view) => readRecordTable(view, plan.name)?.served,
    [stateKeys.recordTable(plan.name)],
  )
  if ((served?.generation ?? 0) !== plan.generation || (served?.records ?? 0) !== plan.records)
    throw new ClientError(
      'refused',
      'records-generation',
      `${plan.name} was changed by another import meanwhile: run this one again`,
    )
  return rests
}
