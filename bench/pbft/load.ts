import { setTimeout as delay } from 'node:timers/promises'
import type { LocalNetwork } from '../network/local-network.ts'

/** Bytes of one batch; the API takes up to 1 MiB. */
const BATCH = 256

/** `POST /v1/transactions/batch`: each transaction behind its length in four bytes, big-endian. */
export function encodeBatch(transactions: readonly Uint8Array[]): Uint8Array {
  const length = transactions.reduce((sum, { length }) => sum + 4 + length, 0)
  const body = new Uint8Array(length)
  const view = new DataView(body.buffer)
  let at = 0
  for (const transaction of transactions) {
    view.setUint32(at, transaction.length)
    body.set(transaction, at + 4)
    at += 4 + transaction.length
  }
  return body
}

/**
 * Keeps `waiting` transactions in the pools until the time is over or there are none left: the validators are never idle
 * and never flooded. Returns how many were taken.
 */
export async function saturate(
  network: LocalNetwork,
  transactions: readonly Uint8Array[],
  options: { readonly waiting: number; readonly untilMs: () => boolean },
): Promise<number> {
  const batches: Uint8Array[] = []
  for (let at = 0; at < transactions.length; at += BATCH) batches.push(encodeBatch(transactions.slice(at, at + BATCH)))
  const apis = network.runningApis()
  let next = 0
  let taken = 0
  while (next < batches.length && !options.untilMs()) {
    const { mempool } = await network.status(network.apis.indexOf(apis[next % apis.length]!))
    let room = Math.floor((options.waiting - mempool.count) / BATCH)
    if (room <= 0) {
      await delay(20)
      continue
    }
    const sending: Promise<number>[] = []
    for (; room > 0 && next < batches.length; room--, next++) {
      sending.push(sendBatch(apis[next % apis.length]!, batches[next]!))
    }
    for (const count of await Promise.all(sending)) taken += count
  }
  return taken
}

async function sendBatch(api: string, body: Uint8Array): Promise<number> {
  const answer = await fetch(`${api}/v1/transactions/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: body as Uint8Array<ArrayBuffer>,
  })
  if (!answer.ok) throw new Error(`batch refused: ${answer.status} ${await answer.text()}`)
  const { results } = (await answer.json()) as { results: { code: string }[] }
  const refused = results.find(({ code }) => code !== 'ok')
  if (refused !== undefined) throw new Error(`a transfer was refused: ${refused.code}`)
  return results.length
}

/**
 * Open loop: sends at times that do not depend on the answers, at random distances (a Poisson process), and waits for each
 * receipt. Returns milliseconds from the time at which a transaction was due to its final receipt.
 */
export async function latencies(
  network: Pick<LocalNetwork, 'runningApis'>,
  transactions: readonly Uint8Array[],
  perSecond: number,
  random: () => number,
): Promise<number[]> {
  const apis = network.runningApis()
  const waits: Promise<number>[] = []
  let dueMs = performance.now()
  for (const [index, transaction] of transactions.entries()) {
    dueMs += (-Math.log(1 - random()) * 1_000) / perSecond
    const pauseMs = dueMs - performance.now()
    if (pauseMs > 0) await delay(pauseMs)
    const wait = sendAndWait(apis[index % apis.length]!, transaction, Math.min(dueMs, performance.now()))
    // Looked at below, after the last one was sent.
    wait.catch(() => undefined)
    waits.push(wait)
  }
  return Promise.all(waits)
}

async function sendAndWait(api: string, transaction: Uint8Array, dueMs: number): Promise<number> {
  const answer = await fetch(`${api}/v1/transactions?wait=final&timeout=30000`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: transaction as Uint8Array<ArrayBuffer>,
  })
  const receipt = (await answer.json()) as { receipt?: { code?: string }; code?: string }
  if (!answer.ok) throw new Error(`a transfer was not final: ${JSON.stringify(receipt)}`)
  return performance.now() - dueMs
}
