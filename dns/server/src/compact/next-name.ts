import { MAX_LABEL_BYTES, MAX_NAME_BYTES } from '@cresset/dns-wire'

/** In canonical order letters count as lower-case (RFC 4034 section 6.1): a byte that would become one of these goes on behind them. */
const BEFORE_UPPER_CASE = 0x40
const BEHIND_UPPER_CASE = 0x5b

/** The name right behind one in canonical order: `\000.name` (RFC 4471 section 3.1.2), if there is room for it. */
export function nextName(name: Uint8Array, apexBytes: number): Uint8Array {
  if (name.length + 2 > MAX_NAME_BYTES) return nameBehind(name, apexBytes)
  const next = new Uint8Array(name.length + 2)
  next[0] = 1
  next.set(name, 2)
  return next
}

/**
 * The first name behind a name and all that is below it. For a lower-case wire name in a zone whose apex has `apexBytes`; behind the
 * last of all comes the apex again.
 */
export function nameBehind(name: Uint8Array, apexBytes: number): Uint8Array {
  for (let start = 0; name.length - start > apexBytes; start += 1 + (name[start] as number)) {
    const end = start + 1 + (name[start] as number)
    const label = labelBehind(name.subarray(start + 1, end), name.length - start < MAX_NAME_BYTES)
    if (label !== undefined) return Uint8Array.of(label.length, ...label, ...name.subarray(end))
  }
  return name.slice(name.length - apexBytes)
}

/** The next label, undefined behind the last of all. */
function labelBehind(label: Uint8Array, isRoomy: boolean): Uint8Array | undefined {
  if (isRoomy && label.length < MAX_LABEL_BYTES) return Uint8Array.of(...label, 0)
  let end = label.length
  while (end > 0 && label[end - 1] === 0xff) end -= 1
  if (end === 0) return undefined
  const next = label.slice(0, end)
  const last = next[end - 1] as number
  next[end - 1] = last === BEFORE_UPPER_CASE ? BEHIND_UPPER_CASE : last + 1
  return next
}
