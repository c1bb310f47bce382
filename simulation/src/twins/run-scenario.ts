import { decodeFrame, type FrameCodecs, firstVoteRecord, frameCodecsFor } from '@cresset/network-consensus/quorum'
import { consortiumOf } from '../consortium.ts'
import { Coverage } from '../coverage.ts'
import { InvariantBroken, Invariants, short } from '../invariants.ts'
import { SimulatedNetwork, TWIN } from '../network.ts'
import { type NodeWorld, SimulatedNode } from '../node.ts'
import { Random } from '../random.ts'
import { RememberedSignatures } from '../remembered-signatures.ts'
import { Schedule } from '../schedule.ts'
import { Trace } from '../trace.ts'
import type { TwinsScenario } from './scenarios.ts'

export interface TwinsResult {
  readonly heights: number
  readonly marks: readonly string[]
  readonly broken: { readonly invariant: string; readonly detail: string } | undefined
}

const AGREEMENT = 1
const TRANSACTIONS = 2
/** Views are short here: nothing but partitions takes time. */
const timing = { viewTimeoutMs: 150, maxViewTimeoutMs: 600, suspectTimeoutMs: 60, repeatMs: 250 }
/** By then every round of the scenario is over. */
const ROUNDS_MS = 1_200
const HEALED_MS = 20_000
const HEIGHTS_AFTER_HEALING = 2

/** Plays the rounds, then lets everything pass: no fork may come of it, and the honest must go on. */
export async function runTwinsScenario(scenario: TwinsScenario, print = false): Promise<TwinsResult> {
  const { genesis, chainId, members } = consortiumOf(scenario.nodes)
  const schedule = new Schedule()
  const random = new Random(1)
  const trace = new Trace(() => schedule.nowMs, print)
  const network = new SimulatedNetwork(schedule, random.fork(), trace)
  const coverage = new Coverage()
  const signatures = new RememberedSignatures()
  let failure: unknown
  const invariants = new Invariants({
    genesis,
    chainId,
    traitors: scenario.twins
      .slice(0, Math.floor((scenario.nodes - 1) / 3))
      .map((index) => (members[index] as (typeof members)[number]).id),
    check: signatures.check,
    coverage,
  })
  const world: NodeWorld = {
    schedule,
    network,
    invariants,
    trace,
    coverage,
    genesis,
    startWallMs: genesis.timeMs + 60_000,
    signatures,
    timing,
    fail: (error) => {
      failure ??= error
    },
  }
  const instances = [...members.keys(), ...scenario.twins]
  const nodes = instances.map((member, place) => {
    const { id, consensusKey } = members[member] as (typeof members)[number]
    const isSecond = place >= members.length
    const role = isSecond ? 'second instance' : scenario.twins.includes(member) ? 'traitor' : 'honest'
    const node = new SimulatedNode(world, id, consensusKey, role, random.fork())
    node.disk.resetVotes(firstVoteRecord(genesis))
    // So that two instances never propose the same block.
    node.clockOffsetMs = place * 7
    return node
  })
  const honest = nodes.filter((node) => node.honest)
  const honestByAddress = new Map(honest.map((node) => [node.address, node]))
  network.watch = (from, _to, frame) => {
    const node = honestByAddress.get(from)
    if (node !== undefined) invariants.sent(from, frame, () => node.durableVotes())
  }
  const places = new Map(nodes.map((node, place) => [node.address, place]))
  const codecs = frameCodecsFor(genesis.parameters)
  let healed = false
  network.passes = (from, to, frame) => {
    if (healed || frame[0] === TRANSACTIONS) return true
    const groups = groupsOf(scenario, frame, codecs)
    return groups !== undefined && groups[places.get(from) as number] === groups[places.get(to) as number]
  }
  const runUntil = async (untilMs: number): Promise<void> => {
    for (let next = schedule.take(untilMs); next !== undefined; next = schedule.take(untilMs)) {
      next.run()
      if (next.name !== 'frame') await new Promise((resolve) => setImmediate(resolve))
      if (failure !== undefined) throw failure
    }
  }
  let broken: TwinsResult['broken']
  try {
    for (const node of nodes) {
      schedule.after(0, 'boot', () => {
        node.start().catch(world.fail)
      })
    }
    await runUntil(ROUNDS_MS)
    healed = true
    const target = invariants.highest + HEIGHTS_AFTER_HEALING
    const endMs = schedule.nowMs + HEALED_MS
    while (!honest.every((node) => node.height >= target)) {
      if (schedule.nowMs >= endMs) {
        const where = honest.map((node) => `${short(node.id)} height ${node.height} view ${node.status?.view}`)
        throw new InvariantBroken('progress-after-healing', where.join('; '))
      }
      await runUntil(schedule.nowMs + 100)
    }
  } catch (error) {
    if (!(error instanceof InvariantBroken)) throw error
    broken = { invariant: error.invariant, detail: error.message }
    trace.note('broken', error.message)
  }
  for (const node of nodes) node.kill()
  return { heights: invariants.highest, marks: coverage.seen, broken }
}

/** The partition that a frame is under; undefined: it waits for the end of the rounds, as what helps those behind does. */
function groupsOf(scenario: TwinsScenario, frame: Uint8Array, codecs: FrameCodecs): readonly number[] | undefined {
  const { rounds } = scenario
  if (frame[0] !== AGREEMENT) return undefined
  const message = decodeFrame(codecs.message, frame)
  if (message === undefined) return undefined
  const last = rounds.length - 1
  if (message.body.height > 1 || !('view' in message.body)) return rounds[last]
  const { view } = message.body
  // A view has two rounds; who asks for one speaks in the second of the view that it leaves.
  const round = message.kind === 'viewChange' ? 2 * view - 1 : message.kind === 'commit' ? 2 * view + 1 : 2 * view
  return rounds[Math.min(round, last)]
}

export function describeScenario({ nodes, twins, rounds }: TwinsScenario): string {
  const names = [
    ...Array.from({ length: nodes }, (_, index) => String(index)),
    ...twins.map((index) => `${index}${TWIN}`),
  ]
  const parts = rounds.map((groups) => {
    const sides = [...new Set(groups)].map((group) => names.filter((_, place) => groups[place] === group).join(' '))
    return `{${sides.join(' | ')}}`
  })
  return `${nodes} validators, ${parts.join(' ')}`
}
