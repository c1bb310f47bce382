import { setTimeout as delay } from 'node:timers/promises'
import type { Namespaces } from '../../namespaces/namespaces.ts'
import { type Episode, seconds } from '../episode.ts'
import type { Victim } from '../victims.ts'

type Cut = 'alone' | 'deaf' | 'halves'

/** Cables are cut, between groups or in one direction; nobody is told. */
export const partition: Episode = {
  name: 'partition',
  skip: ({ namespaces, all }) =>
    namespaces === undefined
      ? 'without network namespaces nothing can be cut'
      : all.length < 3
        ? 'needs three validators'
        : undefined,
  async run({ victims, random, turn, brief }) {
    const { namespaces, all } = victims
    if (namespaces === undefined) throw new Error('partition was not skipped')
    const kind = (['alone', 'halves', 'deaf'] as const)[turn % 3] as Cut
    const order = random.shuffled(all)
    const group = kind === 'halves' ? order.slice(0, Math.ceil(all.length / 2)) : order.slice(0, 1)
    const others = all.filter((victim) => !group.includes(victim))
    cut(namespaces, kind, group, others)
    // Every second round beyond the links' patience of 10 s: they break, and must be made anew.
    const forMs = brief ? 1_000 : turn % 6 < 3 ? random.between(1_000, 4_000) : random.between(11_000, 14_000)
    await delay(forMs)
    namespaces.healAll()
    const names = group.map(({ name }) => name).join(' and ')
    const about = { alone: 'cut off', halves: 'cut off from the rest', deaf: 'heard nobody' }[kind]
    return {
      what: `${names} ${about} for ${seconds(forMs)}`,
      mendedAtMs: performance.now(),
      withoutQuorum: kind === 'halves',
    }
  },
}

function cut(namespaces: Namespaces, kind: Cut, group: readonly Victim[], others: readonly Victim[]): void {
  for (const { index: inside } of group) {
    for (const { index: outside } of others) {
      namespaces.cut(outside, inside)
      if (kind !== 'deaf') namespaces.cut(inside, outside)
    }
  }
}
