import { equalNames, RecordType } from '@cresset/dns-wire'
import { type SignChangesOptions, signChanges } from '../sign/sign-changes.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import type { RrsetChange } from '../update/zone-draft.ts'
import { nameText } from '../versions/name-text.ts'
import { NO_OWNER } from '../zone-source.ts'

/**
 * Changes a zone that nobody is served from yet. With `signing` it is signed as before. Yields now and then; gives the names whose records
 * or signatures may be others.
 */
export function* changeZone(
  zone: MemoryZone,
  changes: readonly RrsetChange[],
  signing: SignChangesOptions | undefined,
): Generator<void, readonly Uint8Array[]> {
  const change = function* (): Generator<void> {
    for (const { owner, type, rrset } of changes) {
      if (rrset === undefined) zone.remove(owner, type)
      else zone.put(rrset)
      yield
    }
    // A digest is over the whole zone each time; the one that is there is of another version.
    zone.remove(zone.apex, RecordType.ZONEMD)
  }
  const cutChanges = new Set(changes.filter((one) => isCutChange(zone, one)).map(({ owner }) => nameText(owner)))
  const owners = new Map([...changes.map(({ owner }) => owner), zone.apex].map((owner) => [nameText(owner), owner]))
  if (signing === undefined) {
    yield* change()
    return [...owners.values()]
  }
  const names = [...owners].map(([text, name]) => ({ name, isCutChange: cutChanges.has(text) }))
  return yield* signChanges(zone, names, change, signing)
}

/** Whether a delegation comes or goes. */
function isCutChange(zone: MemoryZone, { owner, type, rrset }: RrsetChange): boolean {
  if (type !== RecordType.NS || equalNames(owner, zone.apex)) return false
  const found = zone.find(owner, 0)
  const isThere = found !== NO_OWNER && zone.rrset(found, type) !== undefined
  return isThere !== (rrset !== undefined)
}
