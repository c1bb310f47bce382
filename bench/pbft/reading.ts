import type { LocalNetwork } from '../network/local-network.ts'

/** What the validators and the load generator used up to a moment. */
export interface Reading {
  readonly atMs: number
  readonly validators: readonly Map<string, number>[]
  readonly loadGenerator: NodeJS.CpuUsage
}

/** Of the validators that run. */
export async function read(network: LocalNetwork): Promise<Reading> {
  const running = network.runningApis().map((api) => network.apis.indexOf(api))
  const validators = await Promise.all(running.map((index) => network.metrics(index)))
  return { atMs: Date.now(), validators, loadGenerator: process.cpuUsage() }
}

/** Sum over the validators of what one figure grew by. */
export function growth(name: string, before: Reading, after: Reading): number {
  return after.validators.reduce(
    (sum, figures, index) => sum + (figures.get(name) ?? 0) - (before.validators[index]?.get(name) ?? 0),
    0,
  )
}
