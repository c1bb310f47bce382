import type { Message } from '@cresset/network-consensus/quorum'
import type { Coverage } from './coverage.ts'
import { fairWeather, type SimulatedNetwork } from './network.ts'
import type { SimulatedNode } from './node.ts'
import { Random } from './random.ts'
import type { Schedule } from './schedule.ts'
import type { Trace } from './trace.ts'

export const faultKinds = [
  'weather',
  'partition',
  'partition',
  'one-way',
  'crash',
  'crash',
  'all-crash',
  'fuse',
  'clock',
  'drift',
  'slow-disk',
  'lost-votes',
  'old-votes',
  'wiped-state',
  'wiped-disk',
  'calm',
] as const
/** Instead of others in some runs, by the seed, so that the runs of other seeds stay as they are. */
const special = { 'late-commits': ['partition', 'one-way', 'weather'], 'lost-last-vote': ['crash', 'fuse'] } as const
export type FaultKind = (typeof faultKinds)[number] | keyof typeof special

/** A traitor besides one that forgot would be one too many: in these runs nobody lies. */
export function losesVotes(seed: number): boolean {
  return seed % 32 === 16
}

function kindOf(seed: number, drawn: (typeof faultKinds)[number]): FaultKind {
  const kind = seed % 16 === 12 ? 'late-commits' : losesVotes(seed) ? 'lost-last-vote' : undefined
  return kind !== undefined && (special[kind] as readonly string[]).includes(drawn) ? kind : drawn
}

/** Others must have left the view before the commits come: its time is a second. */
const LATE_COMMITS_MS = 2_500

/** One episode of faults; a function of the run's seed and its number alone, so that leaving others out does not change it. */
export interface Episode {
  readonly number: number
  readonly kind: FaultKind
  /** After the episode before began. */
  readonly gapMs: number
  readonly lastsMs: number
  readonly random: Random
}

export function episodeOf(seed: number, number: number): Episode {
  const random = new Random(Math.imul(seed, 1_000_003) + number)
  const kind = kindOf(seed, random.pick(faultKinds))
  const drawnMs = kind === 'calm' ? random.between(1_500, 3_000) : random.between(300, 3_000)
  const lastsMs = kind === 'late-commits' ? drawnMs + LATE_COMMITS_MS : drawnMs
  // Nothing new begins while it is calm, or it would not be.
  const gapMs = random.between(100, 1_500)
  return { number, kind, gapMs, lastsMs, random }
}

export interface FaultWorld {
  readonly seed: number
  readonly schedule: Schedule
  readonly network: SimulatedNetwork
  readonly nodes: readonly SimulatedNode[]
  readonly trace: Trace
  readonly coverage: Coverage
  /** Nodes that may lose their vote records besides those that lie already. */
  readonly mayForget: number
  /** Nodes that may lose their blocks and states: the others must be able to go on without them. */
  readonly mayWipe: number
  /** Only these episodes are carried out; undefined: all. */
  readonly only: readonly number[] | undefined
  /** The message of agreement in a frame. */
  read(frame: Uint8Array): Message | undefined
  /** The newest height that the node told to have, whether it runs or not; 0 when its disk was emptied since. */
  kept(node: SimulatedNode): number
  startSoon(node: SimulatedNode, delayMs: number): void
  wiped(node: SimulatedNode): void
  /** It may vote twice before it notices. */
  forgot(node: SimulatedNode): void
}

/** Episodes one after the other and over each other, until they are told to end. */
export class Faults {
  readonly #world: FaultWorld
  readonly #forgot = new Set<SimulatedNode>()
  readonly #wiped = new Set<SimulatedNode>()
  /** Their next commit vote will be lost at once. */
  readonly #losing = new Set<SimulatedNode>()
  #ended = false
  #under = 0
  #quietSinceMs = 0
  /** Episodes that were carried out. */
  carriedOut = 0
  /** Episodes that were drawn. */
  drawn = 0

  constructor(world: FaultWorld) {
    this.#world = world
  }

  begin(): void {
    this.#next()
  }

  end(): void {
    this.#ended = true
    this.#losing.clear()
    if (this.#under > 0) this.#quietSinceMs = this.#world.schedule.nowMs
    this.#under = 0
  }

  /** Since when no episode is under way; undefined while one is. */
  get quietSinceMs(): number | undefined {
    return this.#under > 0 ? undefined : this.#quietSinceMs
  }

  /** Whether the node lost its vote record in this run: it must be counted among the faulty. */
  forgot(node: SimulatedNode): boolean {
    return this.#forgot.has(node)
  }

  #next(): void {
    const { schedule, only, seed } = this.#world
    const episode = episodeOf(seed, this.drawn++)
    schedule.after(episode.gapMs, 'fault', () => {
      if (this.#ended) return
      const isWanted = only === undefined || only.includes(episode.number)
      if (isWanted) this.#carryOut(episode)
      if (episode.kind === 'calm' && isWanted) schedule.after(episode.lastsMs, 'fault', () => this.#next())
      else this.#next()
    })
  }

  #carryOut(episode: Episode): void {
    const { trace, schedule } = this.#world
    const { kind, lastsMs, number } = episode
    trace.note('fault', number, kind, lastsMs)
    if (kind === 'calm') {
      this.#heal()
      return
    }
    if (!this.#begin(episode)) return
    this.carriedOut++
    this.#under++
    schedule.after(lastsMs + 200, 'fault over', () => {
      if (this.#under === 0) return
      this.#under--
      if (this.#under === 0) this.#quietSinceMs = schedule.nowMs
    })
  }

  /** All that an episode can leave behind is undone; what is on the disks stays. */
  #heal(): void {
    const { network, nodes, schedule, startSoon } = this.#world
    network.weather = fairWeather
    network.healAll()
    this.#losing.clear()
    for (const node of nodes) {
      node.heal()
      startSoon(node, 0)
    }
    this.#under = 0
    this.#quietSinceMs = schedule.nowMs + 200
  }

  /** Whether there is a fault; some need what the run does not have. */
  #begin({ kind, lastsMs, random }: Episode): boolean {
    const { network, nodes, schedule, startSoon, coverage } = this.#world
    const node = random.pick(nodes)
    switch (kind) {
      case 'weather':
        network.weather = {
          minDelayMs: 1,
          maxDelayMs: random.between(5, 200),
          dropPerMille: random.between(0, 200),
          duplicatePerMille: random.between(0, 200),
          slowPerMille: random.between(0, 100),
          slowMs: random.between(50, 2_000),
        }
        schedule.after(lastsMs, 'weather clears', () => {
          network.weather = fairWeather
        })
        return true
      case 'partition':
      case 'one-way': {
        const apart = nodes.filter(() => random.chance(1, 2))
        for (const one of apart) {
          for (const other of nodes) {
            if (apart.includes(other)) continue
            network.cut(one.address, other.address)
            if (kind === 'partition') network.cut(other.address, one.address)
          }
        }
        schedule.after(lastsMs, 'partition heals', () => network.healAll())
        return apart.length > 0 && apart.length < nodes.length
      }
      case 'late-commits':
        this.#delayCommits(node, lastsMs)
        return nodes.length > 1
      case 'lost-last-vote':
        // One that forgot is one that may lie; where that would be one too many it just crashes.
        if (this.#mayForget(node)) {
          this.#loseLastVote(node, lastsMs)
          return true
        }
        node.kill()
        startSoon(node, random.between(10, lastsMs))
        return true
      case 'crash':
        node.kill()
        startSoon(node, random.between(10, lastsMs))
        return true
      case 'all-crash':
        for (const victim of nodes) {
          victim.kill()
          startSoon(victim, random.between(10, lastsMs))
        }
        coverage.see('whole network down')
        return true
      case 'fuse':
        node.fuse = random.between(1, 40)
        schedule.after(lastsMs, 'boot', () => {
          node.fuse = undefined
          startSoon(node, 0)
        })
        return true
      case 'clock': {
        const wrong = random.pick([-3_600_000, -20_000, -3_000, 3_000, 20_000, 3_600_000])
        node.clockErrorMs = wrong
        schedule.after(lastsMs, 'clock set right', () => {
          node.clockErrorMs = 0
        })
        coverage.see('clock stepped back')
        return true
      }
      case 'drift':
        node.clockDriftPerMille = random.between(-300, 300)
        schedule.after(lastsMs, 'clock set right', () => {
          node.clockDriftPerMille = 0
        })
        return true
      case 'slow-disk':
        node.maxFlushMs = random.between(10, 400)
        schedule.after(lastsMs, 'disk recovers', () => {
          node.maxFlushMs = 3
        })
        return true
      case 'lost-votes':
      case 'old-votes':
      case 'wiped-disk':
        if (!this.#mayForget(node)) return false
        if (kind === 'wiped-disk' && !this.#mayWipe(node)) return false
        this.#forgot.add(node)
        node.kill()
        if (kind === 'old-votes') {
          node.disk.restoreOldVotes()
          this.#world.forgot(node)
        } else node.disk.resetVotes()
        if (kind === 'wiped-disk') this.#wipe(node)
        startSoon(node, random.between(10, lastsMs))
        return true
      case 'wiped-state':
        if (nodes.length < 4 || !this.#mayWipe(node)) return false
        if (!this.#isKeptElsewhere(node)) {
          if (!this.#mayForget(node)) return false
          this.#forgot.add(node)
        }
        node.kill()
        this.#wipe(node)
        startSoon(node, random.between(10, lastsMs))
        return true
      case 'calm':
        return false
    }
  }

  /** One node that forgot its votes is one that may lie: together with a traitor there would be too many. */
  #mayForget(node: SimulatedNode): boolean {
    if (this.#forgot.has(node) || this.#forgot.size >= this.#world.mayForget) return false
    return this.#world.nodes.length >= 4 && node.height > 0 && node.honest
  }

  /** The commit votes of one view reach one node alone, which says nothing of it: the others must decide the same in a later view. */
  #delayCommits(early: SimulatedNode, forMs: number): void {
    const { network, schedule, read } = this.#world
    const height = early.height + 1
    const passes = (from: string, to: string, frame: Uint8Array): boolean => {
      const message = read(frame)
      // No votes and blocks of it, and no word of its height: whoever has the block has it from a quorum.
      if (from === early.address && early.height >= height) return message?.kind === 'prepare'
      if (message?.kind !== 'commit' || to === early.address) return true
      return message.body.height !== height || message.body.view > 0
    }
    network.filters.add(passes)
    schedule.after(forMs, 'late commits pass', () => network.filters.delete(passes))
  }

  /** The disk said that the newest vote was there, and it is not; the vote is out already. */
  #loseLastVote(node: SimulatedNode, lastsMs: number): void {
    const { schedule, startSoon } = this.#world
    this.#forgot.add(node)
    this.#world.forgot(node)
    this.#losing.add(node)
    schedule.after(lastsMs, 'boot', () => {
      this.#losing.delete(node)
      startSoon(node, 0)
    })
  }

  /** A node sends a frame. */
  sent(from: string, frame: Uint8Array): void {
    for (const node of this.#losing) {
      if (node.address !== from || this.#world.read(frame)?.kind !== 'commit') continue
      this.#losing.delete(node)
      // Once it went to all.
      this.#world.schedule.after(0, 'last vote lost', () => {
        node.kill()
        node.disk.loseLastVote()
      })
    }
  }

  /** What all nodes lost one after the other nobody could bring back: fewer than a third may. */
  #mayWipe(node: SimulatedNode): boolean {
    return this.#wiped.has(node) || this.#wiped.size < this.#world.mayWipe
  }

  /**
   * A block that one node alone tells of is gone with its disk. The others must decide it again, at a height where this node votes no
   * more: it counts among the faulty then, as one that lost its votes.
   */
  #isKeptElsewhere(node: SimulatedNode): boolean {
    const { nodes, kept } = this.#world
    return nodes.some((other) => other !== node && other.honest && kept(other) >= kept(node))
  }

  #wipe(node: SimulatedNode): void {
    this.#wiped.add(node)
    node.disk.wipeState()
    this.#world.wiped(node)
  }
}
