import { decodeFrame, type FrameCodecs } from '@cresset/network-consensus/quorum'
import { InvariantBroken } from '../invariants.ts'
import { TWIN } from '../network.ts'
import { Stage } from '../stage.ts'
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
  const stage = new Stage({ nodes: scenario.nodes, twins: scenario.twins, timing, print })
  const { network, nodes, codecs } = stage
  const places = new Map(nodes.map((node, place) => [node.address, place]))
  let healed = false
  network.passes = (from, to, frame) => {
    if (healed || frame[0] === TRANSACTIONS) return true
    const groups = groupsOf(scenario, frame, codecs)
    return groups !== undefined && groups[places.get(from) as number] === groups[places.get(to) as number]
  }
  let broken: TwinsResult['broken']
  try {
    stage.start()
    await stage.run(ROUNDS_MS)
    healed = true
    await stage.mustGoOn(HEIGHTS_AFTER_HEALING, HEALED_MS)
  } catch (error) {
    if (!(error instanceof InvariantBroken)) throw error
    broken = { invariant: error.invariant, detail: error.message }
    stage.trace.note('broken', error.message)
  }
  stage.end()
  return { heights: stage.invariants.highest, marks: stage.coverage.seen, broken }
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
