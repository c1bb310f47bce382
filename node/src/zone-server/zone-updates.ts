import { join } from 'node:path'
import {
  type UpdateRules,
  UpdateServer,
  type ZoneFiles,
  type ZoneLoad,
  type ZoneStorageOptions,
} from '@cresset/dns-server'
import { equalNames, formatName, isAtOrBelow } from '@cresset/dns-wire'
import { StartError } from '../start-error.ts'
import { zoneFileName } from './keys/zone-file-name.ts'
import type { ZoneOperations } from './zone-operations.ts'

export interface ZoneUpdateOptions {
  /** Folder with a file for each zone, `<zone>.journal`: the zone as it is served, and its last changes. Without it a restart begins with the master files. */
  readonly journal?: string | undefined
  /** Who may change zones (RFC 2136); needs `journal`. */
  readonly updates?: UpdateRules | undefined
}

/** Where zones are kept as they are served. `apexes` gives those of the zones that there are now. */
export function zoneStorage(
  { journal, updates }: ZoneUpdateOptions,
  apexes: () => readonly Uint8Array[],
): ZoneStorageOptions | undefined {
  if (journal === undefined) {
    if (updates !== undefined)
      throw new StartError('configuration', 'updates need a folder for the journals of the zones')
    return undefined
  }
  checkGrants(updates, apexes())
  return {
    pathOf: (apex) => join(journal, `${zoneFileName(apex)}.journal`),
    mayBeUpdated: (apex) =>
      (updates?.grants ?? []).some(({ top }) => {
        const holder = zoneOf(top, apexes())
        return holder !== undefined && equalNames(holder, apex)
      }),
  }
}

/** @throws StartError for a grant in none of these zones: whoever gave it would wait for updates that never come */
export function checkGrants(updates: UpdateRules | undefined, apexes: readonly Uint8Array[]): void {
  for (const { top } of updates?.grants ?? [])
    if (zoneOf(top, apexes) === undefined)
      throw new StartError('configuration', `no zone here holds ${formatName(top)}, which a key may change`)
}

/** The apex that a name is at or below, the longest of them. */
function zoneOf(name: Uint8Array, apexes: readonly Uint8Array[]): Uint8Array | undefined {
  const above = apexes.filter((apex) => isAtOrBelow(name, apex))
  return above.reduce<Uint8Array | undefined>(
    (best, apex) => (apex.length > (best?.length ?? 0) ? apex : best),
    undefined,
  )
}

/** Answers updates. `tell` hears of changes that could not be made. */
export function updateServer(
  rules: UpdateRules,
  zones: ZoneFiles,
  operations: ZoneOperations,
  tell: (loads: readonly ZoneLoad[]) => void,
): UpdateServer {
  const target: ConstructorParameters<typeof UpdateServer>[1] = {
    source: zones.source,
    async update(apex, plan) {
      const outcome = await operations.update(apex, plan)
      const { problem } = outcome
      if (problem !== undefined) tell([{ apex, path: '', outcome: 'kept', reason: problem }])
      return outcome
    },
  }
  return new UpdateServer(rules, target, () => performance.now())
}
