import type { Client } from '@cresset/access-client'
import { AnsweredError } from './exit-codes.ts'

/** The oldest block that any of the nodes asked keeps, on their word; undefined when one keeps all, or none tells. */
export async function oldestKept({ connection }: Client): Promise<number | undefined> {
  const told = await Promise.all(
    connection.nodes.map((address) =>
      connection
        .at(address)
        .get('/v1/status')
        .then((status) => (status as { oldestHeight?: unknown }).oldestHeight)
        .catch(() => undefined),
    ),
  )
  const heights = told.filter((height) => Number.isSafeInteger(height)) as number[]
  const oldest = Math.min(...heights)
  return heights.length === 0 || oldest <= 1 ? undefined : oldest
}

/** After the records that there are. */
export async function historyNotKept(client: Client, revision: number): Promise<AnsweredError> {
  const oldest = await oldestKept(client)
  const reason = oldest === undefined ? '' : ` (they keep blocks from height ${oldest} on)`
  return new AnsweredError(
    'not-found',
    'history-not-kept',
    `no node asked keeps records before revision ${revision}${reason}; ask one that keeps more with --node`,
  )
}
