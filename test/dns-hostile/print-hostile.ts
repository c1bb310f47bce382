import { BATCH, type HostileResult, heapGrowth, runHostile } from './run-hostile.ts'

/** Between the second and the last third of a run: caches of compiled code fill slowly, and what a message leaves behind adds up to more. */
export const MAX_HEAP_GROWTH_BYTES = 2 ** 20

export interface HostileRange {
  readonly seed: number
  readonly messages: number
  /** A message that is sent alone, with the others of its batch. */
  readonly only?: number | undefined
  readonly minutes?: number | undefined
  readonly corpus?: readonly Uint8Array[]
}

/** Sends as many messages as asked for, prints the table, and gives the exit status. */
export async function printHostile({ seed, messages, only, minutes, corpus = [] }: HostileRange): Promise<number> {
  console.log(`seed ${seed}`)
  const result = await runHostile({
    seed,
    ...(only === undefined ? { messages } : batchOf(only)),
    corpus,
    ...(minutes === undefined ? {} : { budgetMs: minutes * 60_000 }),
    report: console.log,
  })
  for (const line of tableOf(result)) console.log(line)
  const problems = problemsOf(result)
  for (const problem of problems) console.log(`PROBLEM: ${problem}`)
  if (problems.length > 0) console.log(`replay: ${replayOf(seed, result)}`)
  return problems.length === 0 ? 0 : 1
}

function batchOf(message: number): { first: number; messages: number } {
  const first = Math.floor(message / BATCH) * BATCH
  return { first, messages: first + BATCH }
}

/** What was seen while it ran, and what its heap says. */
export function problemsOf(result: HostileResult): string[] {
  const grown = heapGrowth(result.heapBytes)
  const growth = grown < MAX_HEAP_GROWTH_BYTES ? [] : [`the heap grew by ${grown} bytes: ${result.heapBytes.join(' ')}`]
  return [...result.problems, ...growth]
}

/** The messages up to the one where it stopped; `--run` sends the batch of one message alone. */
export function replayOf(seed: number, { messages }: HostileResult): string {
  return `npm run fuzz -- dns --seed ${seed} --runs ${messages}   or, its end alone,   npm run fuzz -- dns --seed ${seed} --run ${messages - 1}`
}

export function tableOf(result: HostileResult): string[] {
  const { messages, byTcp, byProxy, responses, kinds, connections, rcodes, heapBytes, last } = result
  return [
    `${messages} messages, ${byTcp} of them over TCP, ${byProxy} from a proxy by UDP; ${last.udpQueries + last.tcpQueries} came as queries, ${responses} responses`,
    `messages: ${countsOf(kinds)}`,
    `connections: ${countsOf(connections)}`,
    `responses: ${countsOf(rcodes)}`,
    ...(heapBytes.length === 0 ? [] : [heapLine(heapBytes)]),
  ]
}

function heapLine(heapBytes: readonly number[]): string {
  const mebibytes = heapBytes.map((bytes) => (bytes / 2 ** 20).toFixed(2))
  return `heap in MiB: ${mebibytes.join(' ')}; grown by ${heapGrowth(heapBytes)} bytes`
}

function countsOf(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([, a], [, b]) => b - a)
  return sorted.map(([what, count]) => `${what} ${count}`).join(', ')
}
