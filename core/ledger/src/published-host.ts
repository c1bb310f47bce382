import type { HostEntry } from './entries/name.ts'
import type { HostPlace } from './names/host-place.ts'
import { type BlockPoint, type NameView, readHost, readName } from './queries.ts'
import type { StateView } from './state-view.ts'

export interface PublishedHost {
  readonly entry: HostEntry
  readonly name: NameView
}

/** A host that DNS answers for: its name is owned, paid for or in grace, and the host is published. */
export function readPublishedHost(
  view: StateView,
  { name, host }: Pick<HostPlace, 'name' | 'host'>,
  at: BlockPoint,
): PublishedHost | undefined {
  const standing = readName(view, name, at)
  if (standing.status !== 'active' && standing.status !== 'grace') return undefined
  const entry = readHost(view, name, host)
  return entry && { entry, name: standing }
}
