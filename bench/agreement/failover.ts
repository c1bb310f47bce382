import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { validatorsOf } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import type { LocalNetwork } from '../network/local-network.ts'
import { latencies } from '../pbft/load.ts'
import type { Transfers } from '../pbft/transfers.ts'

export interface FailoverOptions {
  readonly repeats: number
  /** Transfers a second in the repetitions under load. */
  readonly perSecond: number
  readonly random: () => number
  progress(line: string): void
}

export interface Failovers {
  /** A quiet network: from SIGKILL of the next proposer to the receipt of a transfer that was sent at that moment. */
  readonly quietMs: number[]
  /** Under load: the longest time without a block in the two seconds after SIGKILL of the proposer at work. */
  readonly loadedMs: number[]
}

const VALID_MS = 6 * 3_600_000
const WATCHED_MS = 2_000
/** Before the kill: the load is then felt everywhere. */
const LOADED_BLOCKS = 8
const PATIENCE_MS = 60_000

/** Index among the nodes of genesis of who proposes a height in view 0. */
function proposerOf({ consortium: { genesis } }: LocalNetwork, height: number): number {
  const { validators } = validatorsOf(genesis)
  const { key } = validators[height % validators.length]!
  return genesis.nodes.findIndex((node) => toHex(node.consensusKey) === toHex(key))
}

export async function measureFailover(
  network: LocalNetwork,
  transfers: Transfers,
  options: FailoverOptions,
): Promise<Failovers> {
  const { repeats, progress } = options
  const quietMs: number[] = []
  const loadedMs: number[] = []
  for (let repeat = 1; repeat <= repeats; repeat++) {
    progress(`failover ${repeat} of ${repeats}`)
    quietMs.push(await quietFailover(network, transfers))
    loadedMs.push(await loadedFailover(network, transfers, options))
  }
  return { quietMs, loadedMs }
}

async function quietFailover(network: LocalNetwork, transfers: Transfers): Promise<number> {
  const [transfer] = transfers.sign(1, await network.chainId(), Date.now() + VALID_MS)
  const { height } = await settled(network)
  const victim = proposerOf(network, height + 1)
  const survivor = network.apis[(victim + 1) % network.apis.length]!
  const startMs = performance.now()
  const gone = network.kill(victim)
  const answer = await fetch(`${survivor}/v1/transactions?wait=final&timeout=30000`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: transfer as Uint8Array<ArrayBuffer>,
  })
  const tookMs = performance.now() - startMs
  if (!answer.ok) throw new Error(`a transfer was not final: ${await answer.text()}`)
  await answer.arrayBuffer()
  await gone
  await bringBack(network, victim)
  return tookMs
}

async function loadedFailover(
  network: LocalNetwork,
  transfers: Transfers,
  { perSecond, random }: FailoverOptions,
): Promise<number> {
  const chainId = await network.chainId()
  const from = (await settled(network)).height
  // Any may be killed but the first, from which the blocks are watched; no transfer is given to the one that dies.
  const victim = 1 + Math.floor(random() * (network.apis.length - 1))
  const arrivals: { height: number; atMs: number }[] = []
  let killed: { atMs: number; gone: Promise<void> } | undefined
  const endWatching = watchBlocks(network.apis[0]!, from + 1, (height) => {
    arrivals.push({ height, atMs: performance.now() })
    // At work on the next height since this one is final.
    if (killed !== undefined || height < from + LOADED_BLOCKS || proposerOf(network, height + 1) !== victim) return
    killed = { atMs: performance.now(), gone: network.kill(victim) }
  })
  const apis = network.apis.filter((_, index) => index !== victim)
  const deadlineMs = performance.now() + PATIENCE_MS
  while (killed === undefined || performance.now() < killed.atMs + WATCHED_MS) {
    if (performance.now() > deadlineMs) throw new Error(`the proposer was not at work in ${arrivals.length} blocks`)
    const second = transfers.sign(perSecond, chainId, Date.now() + VALID_MS)
    await latencies({ runningApis: () => apis }, second, perSecond, random)
  }
  endWatching()
  const times = [killed.atMs, ...arrivals.flatMap(({ atMs }) => (atMs > killed!.atMs ? [atMs] : []))]
  const underLoad = times.filter((atMs) => atMs <= killed!.atMs + WATCHED_MS)
  const gaps = underLoad.slice(1).map((atMs, index) => atMs - underLoad[index]!)
  if (gaps.length === 0) throw new Error('no block came after the proposer was killed')
  await killed.gone
  await bringBack(network, victim)
  return Math.max(...gaps)
}

async function bringBack(network: LocalNetwork, victim: number): Promise<void> {
  await network.startNode(victim)
  await network.ready()
}

/** When all stand at one height and nothing waits; the heartbeat of an idle network is some seconds away. */
async function settled(network: LocalNetwork): Promise<{ height: number }> {
  for (;;) {
    const statuses = await Promise.all(network.apis.map((_, index) => network.status(index)))
    const [first] = statuses
    const linked = statuses.every(({ peers }) => peers.every(({ connected }) => connected))
    const same = statuses.every(({ height, mempool }) => height === first?.height && mempool.count === 0)
    const ageMs = Date.now() - (first?.timeMs ?? 0)
    if (first !== undefined && linked && same && ageMs > 300 && ageMs < 7_000) return first
    await delay(20)
  }
}

/** Calls for each block as soon as a node tells of it. The function returned ends it. */
function watchBlocks(api: string, fromHeight: number, onBlock: (height: number) => void): () => void {
  let rest = ''
  const request = get(`${api}/v1/events?from=${fromHeight}`, (response) => {
    response.setEncoding('utf8').on('data', (part: string) => {
      const lines = (rest + part).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.startsWith('id: ')) onBlock(Number(line.slice('id: '.length)))
    })
    response.on('error', () => undefined)
  })
  // A stream that is cut shows as a failover without blocks, which is refused.
  request.on('error', () => undefined)
  return () => request.destroy()
}
