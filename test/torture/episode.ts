import type { Load } from './load.ts'
import type { Random } from './random.ts'
import type { Victims } from './victims.ts'

/** What an episode works on. */
export interface Scene {
  readonly victims: Victims
  readonly load: Load
  readonly random: Random
  /** How often this episode ran before: victims take turns. */
  readonly turn: number
  /** Faults last as short as they can and still be felt. */
  readonly brief: boolean
}

export interface Happened {
  /** To whom, and for how long, in a few words. */
  readonly what: string
  /** `performance.now()` when the last fault was mended. */
  readonly mendedAtMs: number
  /** Too few were up or linked for a quorum: nothing could be decided for a while. */
  readonly withoutQuorum?: boolean
}

/** One kind of fault on a network under load. When it resolves all faults are mended, and the network may still be recovering. */
export interface Episode {
  readonly name: string
  /** Why it cannot run here; undefined when it can. */
  skip?(victims: Victims): string | undefined
  run(scene: Scene): Promise<Happened>
}

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(ms < 9_950 ? 1 : 0)} s`
