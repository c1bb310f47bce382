import { join } from 'node:path'
import {
  type UpdateGrant,
  type UpdateRules,
  UpdateServer,
  type ZoneFileOptions,
  type ZoneFiles,
  type ZoneLoad,
  type ZoneStorageOptions,
} from '@cresset/dns-server'
import { formatName, isAtOrBelow } from '@cresset/dns-wire'
import { StartError } from '../start-error.ts'
import { zoneFileName } from './keys/zone-file-name.ts'
import type { ZoneOperations } from './zone-operations.ts'

export interface ZoneUpdateOptions {
  /** Folder with a file for each zone, `<zone>.journal`: the zone as it is served, and its last changes. Without it a restart begins with the master files. */
  readonly journal?: string | undefined
  /** Who may change zones (RFC 2136); needs `journal`. */
  readonly updates?: UpdateRules | undefined
}

type ZoneList = readonly Pick<ZoneFileOptions, 'apex'>[]

/** Where zones are kept as they are served. `zones` gives those that there are now, another list when they are others. */
export function zoneStorage(
  { journal, updates }: ZoneUpdateOptions,
  zones: () => ZoneList,
): ZoneStorageOptions | undefined {
  if (journal === undefined) {
    if (updates !== undefined)
      throw new StartError('configuration', 'updates need a folder for the journals of the zones')
    return undefined
  }
  const grants = updates?.grants ?? []
  let known = { zones: zones(), updated: updatedZones(grants, zones()) }
  return {
    pathOf: (apex) => join(journal, `${zoneFileName(apex)}.journal`),
    mayBeUpdated(apex) {
      // Asked of each zone and each update, and there may be a hundred thousand zones.
      if (known.zones !== zones()) known = { zones: zones(), updated: updatedZones(grants, zones()) }
      return known.updated.has(formatName(apex))
    },
  }
}

/** The zones that hold what keys may change, by their names. @throws StartError for a grant in none: who gave it would wait for updates that never come */
export function updatedZones(grants: readonly UpdateGrant[], zones: ZoneList): ReadonlySet<string> {
  return new Set(
    grants.map(({ top }) => {
      const holder = zoneOf(top, zones)
      if (holder === undefined)
        throw new StartError('configuration', `no zone here holds ${formatName(top)}, which a key may change`)
      return formatName(holder)
    }),
  )
}

/** The apex that a name is at or below, the longest of them. */
function zoneOf(name: Uint8Array, zones: ZoneList): Uint8Array | undefined {
  let best: Uint8Array | undefined
  for (const { apex } of zones) if (isAtOrBelow(name, apex) && apex.length > (best?.length ?? 0)) best = apex
  return best
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
