import { setTimeout as delay } from 'node:timers/promises'
import { type Episode, seconds } from '../episode.ts'
import type { Victim } from '../victims.ts'

/** SIGKILL, a while without it, and started again. */
async function killed(victim: Victim, downMs: number, kind: string) {
  await victim.kill()
  await delay(downMs)
  await victim.start()
  return { what: `${victim.name}${kind} killed, ${seconds(downMs)} down`, mendedAtMs: performance.now() }
}

export const kill: Episode = {
  name: 'kill',
  run({ victims, random, turn, brief }) {
    const victim = victims.all[turn % victims.all.length] as Victim
    return killed(victim, brief ? 300 : random.between(300, 3_000), '')
  },
}

export const killProposer: Episode = {
  name: 'kill-proposer',
  async run({ victims, random, brief }) {
    return killed(await victims.proposer(2), brief ? 500 : random.between(500, 3_000), ', the proposer,')
  },
}
