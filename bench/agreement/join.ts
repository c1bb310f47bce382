import { setTimeout as delay } from 'node:timers/promises'
import { LocalNetwork } from '../network/local-network.ts'
import { NameRegistrations, nameOf } from './names.ts'

export interface JoinOptions {
  readonly folder: string
  readonly names: number
  readonly rounds: number
  progress(line: string): void
}

export interface Joins {
  readonly height: number
  /** From the start of the process to the network's height, its own start included. */
  readonly snapshotSeconds: number[]
  readonly replaySeconds: number[]
}

const ZONE = 'bench.internal'
const VALIDATORS = 4
/** A node that is more blocks behind than this fetches the state: never, or at once. The full blocks of this ledger are few. */
const BY_BLOCKS = ['--replay-blocks', '1000000000']
const BY_STATE = ['--replay-blocks', '1']

/** Three validators register names; the fourth joins with an empty disk, in turn by the state and by the blocks. */
export async function measureJoins({ folder, names, rounds, progress }: JoinOptions): Promise<Joins> {
  const registrations = new NameRegistrations()
  const joining = VALIDATORS - 1
  const network = await LocalNetwork.start({
    folder,
    validators: VALIDATORS,
    zones: [ZONE],
    fund: registrations.funding,
    absent: [joining],
  })
  try {
    await network.ready()
    await registrations.register(network, names, ZONE, progress)
    const { height } = await network.status(0)
    const snapshotSeconds: number[] = []
    const replaySeconds: number[] = []
    for (let round = 1; round <= rounds; round++) {
      for (const [seconds, args, how] of [
        [snapshotSeconds, BY_STATE, 'its state'],
        [replaySeconds, BY_BLOCKS, 'all its blocks'],
      ] as const) {
        progress(`joining a ledger of ${names} names and ${height} blocks by ${how}, round ${round}`)
        seconds.push(await join(network, joining, args))
        await assertJoined(network, joining, names)
        await network.kill(joining, 'SIGTERM')
        await network.wipe(joining)
      }
    }
    return { height, snapshotSeconds, replaySeconds }
  } finally {
    await network.stop()
  }
}

async function join(network: LocalNetwork, index: number, args: readonly string[]): Promise<number> {
  const startMs = performance.now()
  await network.startNode(index, args)
  for (;;) {
    const [own, other] = await Promise.all([network.status(index), network.status(0)])
    if (own.height >= other.height) return (performance.now() - startMs) / 1_000
    await delay(10)
  }
}

/** The last name is there, under the others' root. */
async function assertJoined(network: LocalNetwork, index: number, names: number): Promise<void> {
  const path = `/v1/names/${nameOf(names - 1)}.${ZONE}`
  const answer = (await (await fetch(network.apis[index] + path)).json()) as { value?: { status?: string } }
  if (answer.value?.status !== 'active') throw new Error(`the joined node says ${JSON.stringify(answer)}`)
  const [own, other] = await Promise.all([network.status(index), network.status(0)])
  if (own.height === other.height && own.stateRoot !== other.stateRoot)
    throw new Error('the joined node has another state')
}
