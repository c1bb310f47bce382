import { formatName, lowerCaseName, parseAbsoluteName, WireError } from '@cresset/dns-wire'
import { InvalidArgumentError } from 'commander'

/** A zone's name as a lower-case wire name; the final dot may be missing. */
export function zoneName(text: string): Uint8Array {
  try {
    return lowerCaseName(parseAbsoluteName(text))
  } catch (error) {
    if (error instanceof WireError) throw new InvalidArgumentError(`${error.message}; give a name such as example.org`)
    throw error
  }
}

/** A zone's name as people write it: only the root keeps its dot. */
export function zoneText(apex: Uint8Array): string {
  const text = formatName(apex)
  return text === '.' ? text : text.slice(0, -1)
}
