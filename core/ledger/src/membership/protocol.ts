import { protocolEntry } from '../entries/proposal.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateOverlay } from '../state-overlay.ts'

/** Versions of the rules that this program has. */
export const protocolVersions: readonly number[] = [1]

/** The version that the block of a height follows. */
export function versionAt(state: StateOverlay, height: number): number {
  const { version, upgrade } = state.require(protocolEntry, stateKeys.protocol)
  return upgrade !== undefined && height >= upgrade.height ? upgrade.version : version
}

/** The first block under a new version writes that it holds. */
export function advanceProtocol(state: StateOverlay, height: number): void {
  const protocol = state.require(protocolEntry, stateKeys.protocol)
  const version = versionAt(state, height)
  if (version !== protocol.version)
    state.put(protocolEntry, stateKeys.protocol, { ...protocol, version, upgrade: undefined })
}
