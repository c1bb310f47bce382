import assert from 'node:assert/strict'
import type { Message } from '@cresset/network-consensus/quorum'
import { InvariantBroken } from './invariants.ts'
import type { SimulatedNode } from './node.ts'
import { Stage, type StageOptions } from './stage.ts'

/** A situation that once went wrong, here or in another system, written down step by step. */
export interface Scenario {
  readonly name: string
  play(print: boolean): Promise<void>
}

const SOON_MS = 10_000

function scenario(
  name: string,
  nodes: number,
  play: (stage: Stage) => Promise<void>,
  options: Pick<StageOptions, 'keeps'> = {},
): Scenario {
  return {
    name,
    async play(print) {
      const stage = new Stage({ nodes, timing: { maxViewTimeoutMs: 3_000 }, print, ...options })
      try {
        await play(stage)
      } finally {
        stage.end()
      }
    },
  }
}

/** Messages for which this holds are lost, until it is called off. */
function lose(stage: Stage, isLost: (message: Message, from: string, to: string) => boolean): () => void {
  stage.network.passes = (from, to, frame) => {
    const message = stage.read(frame)
    return message === undefined || !isLost(message, from, to)
  }
  return () => {
    stage.network.passes = () => true
  }
}

async function reach(stage: Stage, height: number): Promise<void> {
  await stage.until(() => stage.honest.every((node) => node.height >= height), SOON_MS, `height ${height}`)
}

/** Transactions keep coming in, or an idle network makes a block only every two seconds. */
async function runLoaded(stage: Stage, forMs: number, nodes: readonly SimulatedNode[]): Promise<void> {
  for (let at = 0; at < forMs; at += 100) {
    stage.clients.send(nodes)
    await stage.run(100)
  }
}

/** Votes for commits sent by this many honest nodes at the height. */
function countCommitters(stage: Stage, height: number): { readonly count: () => number } {
  const committers = new Set<string>()
  const watch = stage.network.watch
  stage.network.watch = (from, to, frame) => {
    watch(from, to, frame)
    const message = stage.read(frame)
    if (message?.kind === 'commit' && message.body.height === height) committers.add(from)
  }
  return { count: () => committers.size }
}

/** All have voted to commit the next block and nobody has got the votes when all stop, for so long. Gives its height. */
async function stopAllPrepared(stage: Stage, downMs: number): Promise<number> {
  stage.start()
  await reach(stage, 2)
  const height = stage.invariants.highest + 1
  const found = lose(stage, ({ kind, body }) => kind === 'commit' && body.height === height)
  const committers = countCommitters(stage, height)
  await stage.until(() => committers.count() === 4, SOON_MS, 'all have prepared')
  for (const node of stage.nodes) node.kill()
  await stage.run(downMs)
  found()
  return height
}

/** All start, decide the height although something of it is lost, and go on when nothing is any more. */
async function startAndDecide(stage: Stage, height: number): Promise<void> {
  stage.start()
  await stage.until(() => stage.honest.every((node) => node.height >= height), SOON_MS, 'the height is decided')
  stage.network.passes = () => true
  await stage.mustGoOn(3, SOON_MS)
}

export const scenarios: readonly Scenario[] = [
  scenario('view-change messages lost while links form', 4, async (stage) => {
    const absent = stage.proposerOf(1, 0)
    const present = stage.nodes.filter((node) => node !== absent)
    const found = lose(stage, ({ kind }) => kind === 'viewChange')
    stage.start(present)
    await stage.run(3_000)
    found()
    await stage.mustGoOn(3, SOON_MS, present)
    stage.start([absent])
    await stage.mustGoOn(3, SOON_MS)
  }),

  scenario('nodes that committed in different views', 4, async (stage) => {
    stage.start()
    await reach(stage, 2)
    const [early] = stage.nodes as [SimulatedNode]
    // It gets all commit votes of view 0, the others none; and nobody hears from it that the height is decided.
    const height = stage.invariants.highest + 1
    stage.network.passes = (from, to, frame) => {
      const message = stage.read(frame)
      if (message === undefined) return from !== early.address
      if (message.body.height < height) return true
      if (from === early.address) return message.kind === 'prepare' || message.kind === 'proposal'
      return message.kind !== 'commit' || message.body.view > 0 || to === early.address
    }
    await stage.until(() => early.height === height, SOON_MS, 'one node commits in view 0')
    stage.network.passes = (from, to, frame) => {
      if (from === early.address || to === early.address) return false
      const message = stage.read(frame)
      return message?.kind !== 'commit' || message.body.view > 0
    }
    const others = stage.nodes.filter((node) => node !== early)
    await stage.until(() => others.every((node) => node.height >= height), SOON_MS, 'the others commit in a later view')
    stage.network.passes = () => true
    await stage.mustGoOn(3, SOON_MS)
    assert.ok(stage.coverage.seen.includes('heights decided by commits of several views'))
  }),

  scenario('one node partitioned, then healed', 4, async (stage) => {
    stage.start()
    await reach(stage, 1)
    const apart = stage.nodes[3] as SimulatedNode
    const others = stage.nodes.filter((node) => node !== apart)
    for (const other of others) {
      stage.network.cut(apart.address, other.address)
      stage.network.cut(other.address, apart.address)
    }
    const from = stage.invariants.highest
    await runLoaded(stage, 20_000, others)
    assert.ok(stage.invariants.highest > from + 50, `from ${from} only to ${stage.invariants.highest}`)
    stage.network.healAll()
    await stage.until(() => apart.height >= stage.invariants.highest - 1, SOON_MS, 'the node has caught up')
    await stage.mustGoOn(3, SOON_MS)
  }),

  scenario(
    'one node away until the others forgot the blocks that it lacks',
    4,
    async (stage) => {
      stage.start()
      await reach(stage, 5)
      const away = stage.nodes[3] as SimulatedNode
      const others = stage.nodes.filter((node) => node !== away)
      away.kill()
      await runLoaded(stage, 20_000, others)
      const from = stage.invariants.highest
      assert.ok(from > 50, `only at ${from}`)
      stage.start([away])
      await stage.until(() => away.height >= from, 3 * SOON_MS, 'the node has the state')
      assert.ok(stage.coverage.seen.includes('state in the place of blocks'))
      await stage.mustGoOn(3, SOON_MS)
      // It votes again: without it and another one there is no quorum.
      others[0]?.kill()
      await stage.mustGoOn(
        3,
        SOON_MS,
        stage.nodes.filter((node) => node !== others[0]),
      )
    },
    { keeps: { keepBlocks: 10, keepVersions: 6 } },
  ),

  scenario('a silent proposer with nothing pending', 4, async (stage) => {
    stage.start()
    await reach(stage, 2)
    const height = stage.invariants.highest + 1
    const silent = stage.proposerOf(height, 0)
    const others = stage.nodes.filter((node) => node !== silent)
    silent.kill()
    // A block is due two seconds after the last one; until then nobody has a reason to replace anybody.
    await stage.run(1_200)
    assert.ok(others.every((node) => node.status?.view === 0 && node.height < height))
    await stage.mustGoOn(3, SOON_MS, others)
  }),

  scenario('a proposer that hangs awaiting prepares', 4, async (stage) => {
    stage.start()
    await reach(stage, 2)
    const height = stage.invariants.highest + 1
    const found = lose(stage, ({ kind, body }) => kind === 'prepare' && body.height === height && body.view === 0)
    stage.clients.send(stage.nodes)
    await stage.mustGoOn(1, SOON_MS)
    found()
    await stage.mustGoOn(3, SOON_MS)
    assert.ok(stage.coverage.seen.includes('block decided in a later view'))
  }),

  scenario('timeouts after many views without a decision', 4, async (stage) => {
    stage.start()
    await reach(stage, 2)
    const found = lose(stage, ({ kind }) => kind === 'commit')
    await stage.run(300_000)
    // Whoever's turn it is goes down: the others wait for the end of this view, and no longer than its cap.
    const { nodes, invariants } = stage
    const view = Math.max(...nodes.map((node) => node.status?.view ?? 0))
    const proposer = stage.proposerOf(invariants.highest + 1, view)
    const others = nodes.filter((node) => node !== proposer)
    stage.network.passes = (_from, _to, frame) => {
      const message = stage.read(frame)
      return message?.kind !== 'commit' || message.body.height > invariants.highest + 1 || message.body.view > view
    }
    proposer.kill()
    await stage.mustGoOn(1, SOON_MS, others)
    found()
    stage.start([proposer])
    await stage.mustGoOn(3, SOON_MS)
  }),

  scenario('view change after 60 s with a prepared block', 4, async (stage) => {
    const height = await stopAllPrepared(stage, 60_000)
    // What was voted in view 0 never comes again: the block has to be proposed once more, a minute after its time.
    lose(stage, ({ kind, body }) => kind === 'commit' && body.view === 0 && body.height === height)
    await startAndDecide(stage, height)
  }),

  scenario('all stop between their commit votes and the certificate', 4, async (stage) => {
    const height = await stopAllPrepared(stage, 100)
    // The votes of view 0 never come again: what was decided is known from the records alone.
    stage.network.passes = (_from, _to, frame) => {
      const message = stage.read(frame)
      return (
        message === undefined || message.kind === 'viewChange' || !('view' in message.body) || message.body.view > 0
      )
    }
    await startAndDecide(stage, height)
  }),

  {
    name: 'amnesia plus f Byzantine nodes',
    async play(print) {
      const traitors = new Map([[0, 'forking' as const]])
      const stage = new Stage({ nodes: 4, traitors, timing: { maxViewTimeoutMs: 3_000 }, print })
      try {
        stage.start()
        await reach(stage, 3)
        const forgetful = stage.nodes[1] as SimulatedNode
        forgetful.kill()
        forgetful.disk.resetVotes()
        stage.start([forgetful])
        // Two of four are not to be relied on: there may be no progress, and there must be no fork.
        await runLoaded(stage, 20_000, stage.honest)
        assert.ok(stage.coverage.seen.includes('abstention without a vote record'))
        stage.network.forgers.clear()
        await stage.until(() => stage.coverage.seen.includes('votes again after abstaining'), 60_000, 'it votes again')
        await stage.mustGoOn(3, SOON_MS)
      } finally {
        stage.end()
      }
    },
  },
]

/** What a scenario broke; undefined when it went as it must. */
export async function playScenario(name: string, print = false): Promise<InvariantBroken | undefined> {
  const found = scenarios.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`no such scenario: ${name}`)
  try {
    await found.play(print)
  } catch (error) {
    if (error instanceof InvariantBroken) return error
    throw error
  }
  return undefined
}
