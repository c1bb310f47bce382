import {
  type BlockPoint,
  type HostEntry,
  type NameView,
  readHost,
  readName,
  type StateView,
} from '@cresset/core-ledger'
import type { HostName } from './names.ts'

export interface PublishedHost {
  readonly entry: HostEntry
  readonly name: NameView
}

/** A host that DNS would answer for: its name is owned, paid for or in grace, and the host is published. */
export function readPublishedHost(
  view: StateView,
  { name, host }: HostName,
  at: BlockPoint,
): PublishedHost | undefined {
  const standing = readName(view, name, at)
  if (standing.status !== 'active' && standing.status !== 'grace') return undefined
  const entry = readHost(view, name, host)
  return entry && { entry, name: standing }
}
