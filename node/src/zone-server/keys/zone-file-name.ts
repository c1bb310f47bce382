import { formatName } from '@cresset/dns-wire'

/** The name of a zone in the name of a file. A zone's name may hold any byte; here are only these, and `%`. */
export function zoneFileName(apex: Uint8Array): string {
  const name = formatName(apex)
  if (name === '.') return 'root'
  // The one whose name that would be.
  if (name === 'root.') return '%72oot'
  return name.slice(0, -1).replace(/[^a-z0-9._-]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`)
}
