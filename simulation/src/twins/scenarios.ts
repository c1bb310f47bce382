import { Random } from '../random.ts'

/**
 * Who hears whom while a height is decided. Instances are the validators in the order of genesis, then the second instances
 * of those that have one. Rounds are of the first height, two a view: proposals and prepare votes, then commit votes. What
 * is said in a round passes only between instances of one group; after the last round its partition stays.
 */
export interface TwinsScenario {
  readonly nodes: number
  /** Validators of which there are two instances. Who leads a round follows from its number, so this also chooses the leaders. */
  readonly twins: readonly number[]
  /** For each round the group of each instance. */
  readonly rounds: readonly (readonly number[])[]
}

/** All ways to put so many instances into at most two groups, the first instance always in group 0. */
export function partitionsOf(instances: number): number[][] {
  return Array.from({ length: 2 ** (instances - 1) }, (_, bits) => [
    0,
    ...Array.from({ length: instances - 1 }, (_, index) => (bits >> index) & 1),
  ])
}

/** Every scenario of four validators with one of them twice: which one × a partition for each of `depth` rounds. */
export class AllScenarios {
  readonly depth: number
  readonly count: number
  readonly #nodes = 4
  readonly #partitions = partitionsOf(5)

  constructor(depth: number) {
    this.depth = depth
    this.count = this.#nodes * this.#partitions.length ** depth
  }

  at(index: number): TwinsScenario {
    let rest = index
    const twin = rest % this.#nodes
    rest = Math.floor(rest / this.#nodes)
    const rounds = Array.from({ length: this.depth }, () => {
      const partition = this.#partitions[rest % this.#partitions.length] as number[]
      rest = Math.floor(rest / this.#partitions.length)
      return partition
    })
    return { nodes: this.#nodes, twins: [twin], rounds }
  }
}

/** A scenario by chance: as many twins as there may be liars unless told otherwise, up to three groups a round. */
export function sampledScenario(seed: number, nodes: number, depth: number, twins?: number): TwinsScenario {
  const random = new Random(seed)
  const count = twins ?? Math.floor((nodes - 1) / 3)
  const first = random.between(0, nodes - 1)
  const chosen = Array.from({ length: count }, (_, index) => (first + index) % nodes)
  const rounds = Array.from({ length: depth }, () => {
    const groups = random.pick([2, 2, 2, 3])
    return Array.from({ length: nodes + count }, () => random.between(0, groups - 1))
  })
  return { nodes, twins: chosen, rounds }
}
