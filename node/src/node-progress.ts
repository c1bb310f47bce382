import type { NodeStatus } from '@cresset/access-http-api'
import type { EngineStatus } from '@cresset/network-consensus/interface'

export interface ProgressSources extends Pick<NodeStatus, 'kind' | 'membership' | 'peers' | 'height'> {
  readonly engine: Pick<EngineStatus, 'phase' | 'trouble' | 'highestSeen'>
}

/** What a node is doing, in one line. */
export function progressOf({ kind, membership, engine, peers, height }: ProgressSources): string {
  const linked = peers.filter(({ connected }) => connected).length
  if (engine.phase === 'fetching-state') return engine.trouble ?? 'fetches the state'
  if (membership === 'removed') return `was removed by the members at height ${height} or before`
  if (linked === 0 && membership === 'waiting') return 'waits to be admitted: no node of the network links with it yet'
  if (linked === 0 && peers.length > 0)
    return `has no link to any of ${peers.length} nodes; the newest block here is ${height}`
  if (engine.highestSeen > height + 1)
    return `replays blocks: ${height} of ${engine.highestSeen} (${percentOf(height, engine.highestSeen)} %)`
  if (height === 0) return 'waits for the first block'
  return kind === 'validator' ? `takes part in agreement at height ${height}` : `follows at height ${height}`
}

export const percentOf = (part: number, whole: number): number => Math.floor((100 * part) / Math.max(1, whole))
