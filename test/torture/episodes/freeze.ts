import { setTimeout as delay } from 'node:timers/promises'
import { type Episode, seconds } from '../episode.ts'
import type { Victim } from '../victims.ts'

/** SIGSTOP: its links stand, and nothing comes from it. Longer than links wait, and it is dropped as silent. */
async function frozen(victim: Victim, forMs: number, kind: string) {
  victim.freeze()
  await delay(forMs)
  victim.thaw()
  return { what: `${victim.name}${kind} stopped for ${seconds(forMs)}`, mendedAtMs: performance.now() }
}

export const freeze: Episode = {
  name: 'stop',
  run({ victims, random, turn, brief }) {
    const victim = victims.all[turn % victims.all.length] as Victim
    // Every third time beyond the links' patience of 10 s.
    const isLong = turn % 3 === 2 && !brief
    return frozen(victim, isLong ? random.between(11_000, 15_000) : random.between(800, 4_000), '')
  },
}

export const freezeProposer: Episode = {
  name: 'stop-proposer',
  async run({ victims, random, brief }) {
    return frozen(await victims.proposer(2), brief ? 1_300 : random.between(800, 4_000), ', the proposer,')
  },
}
