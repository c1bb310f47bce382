import {
  equalNames,
  isAtOrBelow,
  isMetaType,
  lowerCaseName,
  parseAbsoluteName,
  parseRecordType,
  WireError,
} from '@cresset/dns-wire'
import type { TsigKey } from '../tsig/tsig-key.ts'

/** What a key may change in a zone. */
export interface UpdateGrant {
  /** Lower-case wire name of the key. */
  readonly keyName: Uint8Array
  /** Lower-case wire name: records here and below may be changed, as far as the zone goes that holds this name. */
  readonly top: Uint8Array
  /** Of these types alone; undefined for all. */
  readonly types: ReadonlySet<number> | undefined
}

/** A grant from `KEY@NAME` or `KEY@NAME:TYPE,TYPE`; undefined for what is none. */
export function parseUpdateGrant(text: string): UpdateGrant | undefined {
  const match = /^([^@\s]+)@([^:\s]+)(?::([A-Za-z0-9,-]+))?$/.exec(text)
  if (match === null) return undefined
  const [, key = '', name = '', list] = match
  const types = list?.split(',').map(parseRecordType)
  if (types?.some((type) => type === undefined || isMetaType(type)) === true) return undefined
  try {
    return {
      keyName: lowerCaseName(parseAbsoluteName(key)),
      top: lowerCaseName(parseAbsoluteName(name)),
      types: types && new Set(types as number[]),
    }
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

/** Those of the grants that the key has in a zone. `zoneOf` gives the apex of the zone that holds a name. */
export function grantsInZone(
  grants: readonly UpdateGrant[],
  key: TsigKey,
  apex: Uint8Array,
  zoneOf: (name: Uint8Array) => Uint8Array | undefined,
): UpdateGrant[] {
  return grants.filter(({ keyName, top }) => {
    if (!equalNames(keyName, key.name)) return false
    const holder = zoneOf(top)
    return holder !== undefined && equalNames(holder, apex)
  })
}

/** Whether one of the grants covers records of this owner and type; without a type, all of the owner. */
export function isGranted(grants: readonly UpdateGrant[], owner: Uint8Array, type: number | undefined): boolean {
  return grants.some(
    ({ top, types }) => isAtOrBelow(owner, top) && (types === undefined || (type !== undefined && types.has(type))),
  )
}
