import { Namespaces } from '../namespaces/namespaces.ts'
import { type Episode, type Happened, seconds } from './episode.ts'
import { freeze, freezeProposer } from './episodes/freeze.ts'
import { fullDisk } from './episodes/full-disk.ts'
import { kill, killProposer } from './episodes/kill.ts'
import { members } from './episodes/members.ts'
import { partition } from './episodes/partition.ts'
import { powerCut } from './episodes/power-cut.ts'
import { wipe } from './episodes/wipe.ts'
import { assertNoneMissing, assertOneLedger, recovered } from './examine.ts'
import { Load, loadFunding } from './load.ts'
import { MemberVotes } from './member-votes.ts'
import { Random } from './random.ts'
import { Victims } from './victims.ts'

/** In the order of the summary. */
export const episodes: readonly Episode[] = [
  kill,
  killProposer,
  freeze,
  freezeProposer,
  powerCut,
  partition,
  wipe,
  fullDisk,
  members,
]

/** With a quorum up, no client waits longer than this for the next transfer of any. */
const STANDSTILL_MS = 30_000
const PAUSE_MS = 60_000

export interface TortureOptions {
  readonly folder: string
  readonly seed: number
  readonly validators: number
  readonly senders: number
  readonly perSecond: number
  /** Names of episodes; all of them when empty. */
  readonly only?: readonly string[]
  /** Short faults, for a run of seconds. */
  readonly brief?: boolean
  /** Network namespaces, where the system permits them. */
  readonly namespaces: boolean
  /** Rounds of every episode go on until this says so, which is asked between episodes. */
  isOver(episodesDone: number): boolean
  print(line: string): void
}

export interface EpisodeResult {
  readonly episode: string
  readonly recoveryMs: number
  readonly gapMs: number
  readonly withoutQuorum: boolean
  readonly transfers: number
}

export interface TortureResult {
  readonly results: readonly EpisodeResult[]
  readonly skipped: ReadonlyMap<string, string>
  readonly transfers: number
  readonly answers: number
  readonly height: number
  /** What was found, and the episode after which the run ended. */
  readonly failure: { readonly episode: string; readonly error: Error } | undefined
}

export class UnknownEpisodeError extends Error {}

function chosenEpisodes(names: readonly string[]): readonly Episode[] {
  for (const name of names) {
    if (episodes.some((episode) => episode.name === name)) continue
    throw new UnknownEpisodeError(
      `there is no episode ${name}; there are: ${episodes.map((each) => each.name).join(', ')}`,
    )
  }
  return names.length === 0 ? episodes : episodes.filter(({ name }) => names.includes(name))
}

/** Hurts a network of real processes under load, one fault after the other, and looks after each whether anything was lost. */
export async function torture(options: TortureOptions): Promise<TortureResult> {
  const chosen = chosenEpisodes(options.only ?? [])
  const { folder, seed, validators, senders, perSecond, print } = options
  const random = new Random(seed)
  const made = options.namespaces ? Namespaces.make(validators + 1, { reachable: true }) : { skip: 'not asked for' }
  const namespaces = made instanceof Namespaces ? made : undefined
  const removeNamespaces = (): void => namespaces?.remove()
  process.once('exit', removeNamespaces)
  if ('skip' in made) print(`all validators on one loopback: ${made.skip}`)
  else print(`${validators} validators in network namespaces of their own`)
  try {
    const fund = [...loadFunding(senders + 1), MemberVotes.funding]
    const victims = await Victims.make({ folder, count: validators, fund, namespaces })
    try {
      await victims.startAll()
      const load = new Load({ victims: victims.all, chainId: victims.chainId, senders, perSecond, random })
      return await hurt({ ...options, victims, load, random, chosen })
    } finally {
      await victims.close()
    }
  } finally {
    process.removeListener('exit', removeNamespaces)
    removeNamespaces()
  }
}

interface Run extends TortureOptions {
  readonly victims: Victims
  readonly load: Load
  readonly random: Random
  readonly chosen: readonly Episode[]
}

async function hurt({ victims, load, random, chosen, brief = false, isOver, print }: Run): Promise<TortureResult> {
  const skipped = new Map<string, string>()
  for (const episode of chosen) {
    const reason = episode.skip?.(victims)
    if (reason !== undefined) skipped.set(episode.name, reason)
  }
  const possible = chosen.filter(({ name }) => !skipped.has(name))
  const results: EpisodeResult[] = []
  const turns = new Map<string, number>()
  let current = 'start'
  let checked = 0
  let answers = 0
  let height = 0
  let failure: TortureResult['failure']
  load.start()
  try {
    await recovered(victims, load)
    for (let round: Episode[] = []; possible.length > 0 && !isOver(results.length); ) {
      if (round.length === 0) round = random.shuffled(possible)
      const episode = round.pop() as Episode
      current = episode.name
      const turn = turns.get(episode.name) ?? 0
      turns.set(episode.name, turn + 1)
      load.resume()
      const before = load.told.length
      const happened: Happened = await episode.run({ victims, load, random, turn, brief })
      await recovered(victims, load)
      const recoveryMs = performance.now() - happened.mendedAtMs
      const gapMs = load.longestGapMs
      await load.pause(PAUSE_MS)
      const ends = victims.all.flatMap((victim) => victim.unexpectedEnds)
      if (ends.length > 0) throw new Error(ends.join('\n'))
      const withoutQuorum = happened.withoutQuorum === true
      if (!withoutQuorum && gapMs > STANDSTILL_MS) {
        throw new Error(`with a quorum up, no transfer became final for ${seconds(gapMs)}`)
      }
      // First to one height: a node may be a block behind what another one told.
      ;({ height } = await assertOneLedger(victims, load.told.length))
      const told = load.told.slice(checked)
      answers += await assertNoneMissing(victims, told)
      checked += told.length
      const transfers = load.told.length - before
      results.push({ episode: episode.name, recoveryMs, gapMs, withoutQuorum, transfers })
      print(
        `${episode.name.padEnd(14)} ${happened.what.padEnd(52)} recovered in ${seconds(recoveryMs).padStart(6)}, longest wait ${seconds(gapMs).padStart(6)}; ` +
          `${transfers} transfers, none missing, one root at height ${height}`,
      )
    }
    current = 'end'
    print(`asking every node for each of ${load.told.length} transfers once more`)
    answers += await assertNoneMissing(victims, load.told)
  } catch (error) {
    failure = { episode: current, error: error instanceof Error ? error : new Error(String(error)) }
  }
  await load.end()
  return { results, skipped, transfers: load.told.length, answers, height, failure }
}
