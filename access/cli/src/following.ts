import { type WatchedBlock, type WatchedEventJson, type WatchOptions, watch } from '@cresset/access-client'
import { formatTime } from './amounts.ts'
import type { Context } from './context.ts'

/** Runs `told` for each block that touches what is watched, until SIGINT or SIGTERM, or `count` blocks. */
export async function follow(
  context: Context,
  chosen: Pick<WatchOptions, 'names' | 'accounts' | 'kinds'> & {
    readonly from: number | undefined
    readonly count: number | undefined
  },
  told: (block: WatchedBlock) => Promise<void> | void,
): Promise<void> {
  const ending = new AbortController()
  const end = (): void => ending.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
  const { from, count, ...touched } = chosen
  const begin = from === undefined ? {} : { from }
  let left = count ?? Number.POSITIVE_INFINITY
  const client = await context.client()
  const onBegin = (from: number): void => context.output.note(`watching from block ${from} on`)
  const onBroken = (error: Error): void => context.output.note(`${error.message}; trying again`)
  for await (const block of watch(client, { ...touched, ...begin, signal: ending.signal, onBegin, onBroken })) {
    await told(block)
    if (--left <= 0) break
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end)
}

const words = ({ kind, body }: WatchedEventJson): string =>
  [
    kind,
    ...Object.entries(body).map(
      ([field, value]) => `${field}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ),
  ].join(' ')

/** One line for each transaction and each event of a block. */
export function describeBlock({ height, timeMs, transactions, blockEvents }: WatchedBlock): string[] {
  const at = `${height}  ${formatTime(timeMs)}`
  return [
    ...transactions.flatMap(({ id, kind, code, events }) => [
      `${at}  ${kind} ${code} ${id}`,
      ...events.map((event) => `${at}    ${words(event)}`),
    ]),
    ...blockEvents.map((event) => `${at}  ${words(event)}`),
  ]
}
