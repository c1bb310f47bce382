import { setTimeout as delay } from 'node:timers/promises'
import { type Episode, seconds } from '../episode.ts'

/** All at once, as when the power fails, and back in any order. */
export const powerCut: Episode = {
  name: 'all-down',
  async run({ victims, random, brief }) {
    await Promise.all(victims.all.map((victim) => victim.kill()))
    const downMs = brief ? 200 : random.between(200, 2_000)
    await delay(downMs)
    const inTurn = !brief && random.next() < 0.5
    for (const victim of random.shuffled(victims.all)) {
      const started = victim.start()
      if (inTurn) await started
      else started.catch(() => undefined)
    }
    await Promise.all(victims.all.map((victim) => victims.until(victim, () => true, 'does not come back', 60_000)))
    return {
      what: `all killed, ${seconds(downMs)} down, back ${inTurn ? 'one by one' : 'at once'}`,
      mendedAtMs: performance.now(),
      withoutQuorum: true,
    }
  },
}
