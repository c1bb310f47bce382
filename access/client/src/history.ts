import { CodecError, fromHex, toHex } from '@cresset/core-codec'
import { continuesChain, type RecordedEntry } from '@cresset/core-ledger'
import type { Client } from './client.ts'
import { ClientError, notVerified } from './client-error.ts'

export interface History {
  /** Newest first, beginning with the one before the newest. */
  readonly records: readonly RecordedEntry[]
  /** To go on with; absent at the first record there ever was. With fewer records than asked for: no node keeps it. */
  readonly next: Uint8Array | undefined
}

const maxRecordsOfRequest = 100

/**
 * The records behind a proven one, by its `predecessor`. No further proof is needed: each record's hash is named by the one after it.
 * @throws ClientError `not-verified` when a record is not the one named; `not-found` when no node keeps so old a record.
 */
export async function readHistory(
  client: Client,
  predecessor: Uint8Array | undefined,
  limit = maxRecordsOfRequest,
): Promise<History> {
  const records: RecordedEntry[] = []
  let next = predecessor
  while (next !== undefined && records.length < limit) {
    const count = Math.min(limit - records.length, maxRecordsOfRequest)
    const page = await readPage(client, next, count).catch((error: unknown) => {
      // What was found stays good: `next` says that there was more.
      if (records.length > 0 && error instanceof ClientError && error.kind === 'not-found') return undefined
      throw error
    })
    if (page === undefined) break
    records.push(...page)
    next = page.at(-1)?.value.predecessor
  }
  return { records, next }
}

function readPage(client: Client, hash: Uint8Array, limit: number): Promise<readonly RecordedEntry[]> {
  return client.connection.first(
    async (node) => {
      const answer = (await node.get(`/v1/records/${toHex(hash)}?limit=${limit}`)) as { records?: unknown }
      return checkPage(answer.records, hash, limit, node.address)
    },
    // Another node may have been there longer.
    { also: ['not-found'] },
  )
}

function checkPage(records: unknown, hash: Uint8Array, limit: number, node: string): readonly RecordedEntry[] {
  if (!Array.isArray(records) || records.length === 0 || records.length > limit)
    throw notVerified('bad-answer', `${node} gave no records`)
  try {
    const entries = continuesChain(
      hash,
      records.map((record) => fromHex(String(record))),
    )
    if (entries !== undefined) return entries
  } catch (error) {
    if (!(error instanceof CodecError)) throw error
  }
  throw notVerified('bad-record', `${node} gave a record that is not the one that its successor names`)
}
