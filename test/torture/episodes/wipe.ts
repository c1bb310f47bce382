import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Episode } from '../episode.ts'
import type { Victim } from '../victims.ts'

/** Its disk is empty: it fetches the ledger, abstains until its old votes cannot matter, says so, and votes again. */
export const wipe: Episode = {
  name: 'wipe',
  async run({ victims, random, turn }) {
    // The first one keeps every block: whoever fetched a state has none from before.
    const victim = victims.all[1 + (turn % (victims.all.length - 1))] as Victim
    await victim.kill()
    await rm(victim.dataFolder, { recursive: true, force: true })
    await delay(random.between(0, 1_000))
    const watched = watchAbstention(victim)
    await victim.start()
    const mendedAtMs = performance.now()
    const said = await watched
    const { height } = await victims.until(
      victim,
      ({ ready, problems }) => ready && problems.length === 0,
      'does not vote again after its disk was wiped',
      60_000,
    )
    assert.ok(said !== undefined, `${victim.name} lost its votes and did not say that it abstains`)
    await victim.findFirstExecuted()
    return { what: `${victim.name} wiped, abstained below ${said}, votes at ${height}`, mendedAtMs }
  },
}

/** Looks until the node says below which height it does not vote; undefined when it is well without having said so. */
async function watchAbstention(victim: Victim): Promise<number | undefined> {
  const deadlineMs = performance.now() + 60_000
  while (performance.now() < deadlineMs) {
    const status = await victim.status(500)
    for (const line of status?.problems ?? []) {
      const height = /does not vote below height (\d+): its vote record is missing/.exec(line)?.[1]
      if (height !== undefined) return Number(height)
    }
    if (status?.ready && status.problems.length === 0) return undefined
    await delay(5)
  }
  return undefined
}
