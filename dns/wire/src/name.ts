import { MAX_LABEL_BYTES, MAX_NAME_BYTES } from './limits.ts'

/**
 * Names on the wire: labels, each behind its length byte, closed by the empty root label, uncompressed (RFC 1035 section
 * 3.1). All functions but `nameEnd` and `isName` take a well-formed name.
 */

/** The name of the root: one empty label. */
export const ROOT_NAME: Uint8Array = new Uint8Array(1)

const UPPER_A = 0x41
const UPPER_Z = 0x5a
const ASTERISK = 0x2a

/** The byte with `A`–`Z` made lower-case; ASCII only, as RFC 4343 asks. Length bytes (0–63) are never letters. */
export function lowerCaseByte(byte: number): number {
  return byte >= UPPER_A && byte <= UPPER_Z ? byte + 32 : byte
}

/** Offset behind the uncompressed name that starts at `offset`, or -1 when there is none. */
export function nameEnd(bytes: Uint8Array, offset: number): number {
  let position = offset
  for (;;) {
    const length = bytes[position]
    if (length === undefined || length > MAX_LABEL_BYTES) return -1
    position += 1 + length
    if (position - offset > MAX_NAME_BYTES || position > bytes.length) return -1
    if (length === 0) return position
  }
}

/** True when `bytes` are exactly one well-formed, uncompressed name. */
export function isName(bytes: Uint8Array): boolean {
  return nameEnd(bytes, 0) === bytes.length
}

/** A copy with ASCII letters made lower-case. */
export function lowerCaseName(name: Uint8Array): Uint8Array {
  const copy = new Uint8Array(name.length)
  for (let index = 0; index < name.length; index++) copy[index] = lowerCaseByte(name[index] as number)
  return copy
}

/** True when the name has no upper-case ASCII letter. */
export function isLowerCaseName(name: Uint8Array): boolean {
  return name.every((byte) => byte < UPPER_A || byte > UPPER_Z)
}

/** Number of labels without the root label: 0 for the root. */
export function countLabels(name: Uint8Array): number {
  let count = 0
  for (let offset = 0; name[offset] !== 0; offset += 1 + (name[offset] as number)) count += 1
  return count
}

/** The name without its first label. The root has no parent: undefined. */
export function parentName(name: Uint8Array): Uint8Array | undefined {
  const length = name[0] as number
  return length === 0 ? undefined : name.subarray(1 + length)
}

/** True when both are the same name; ASCII case does not count. */
export function equalNames(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && equalSuffix(a, 0, b)
}

function equalSuffix(name: Uint8Array, offset: number, suffix: Uint8Array): boolean {
  for (let index = 0; index < suffix.length; index++) {
    if (lowerCaseByte(name[offset + index] as number) !== lowerCaseByte(suffix[index] as number)) return false
  }
  return true
}

/** True when `name` is `ancestor` or a name below it. */
export function isAtOrBelow(name: Uint8Array, ancestor: Uint8Array): boolean {
  const start = name.length - ancestor.length
  if (start < 0) return false
  // The bytes may also match inside a label, so walk to a label's start.
  let offset = 0
  while (offset < start) offset += 1 + (name[offset] as number)
  return offset === start && equalSuffix(name, start, ancestor)
}

/** The name one label below `parent`, or undefined when label or name get too long. */
export function childName(label: Uint8Array, parent: Uint8Array): Uint8Array | undefined {
  if (label.length === 0 || label.length > MAX_LABEL_BYTES) return undefined
  if (1 + label.length + parent.length > MAX_NAME_BYTES) return undefined
  const name = new Uint8Array(1 + label.length + parent.length)
  name[0] = label.length
  name.set(label, 1)
  name.set(parent, 1 + label.length)
  return name
}

/** True when the first label is a lone asterisk (RFC 4592 section 2.1.1). */
export function isWildcard(name: Uint8Array): boolean {
  return name[0] === 1 && name[1] === ASTERISK
}

/** Canonical order of RFC 4034 section 6.1: by labels from the right, as lower-case bytes; negative when a is first. */
export function compareNames(a: Uint8Array, b: Uint8Array): number {
  const labelsOfA = labelOffsets(a)
  const labelsOfB = labelOffsets(b)
  const shared = Math.min(labelsOfA.length, labelsOfB.length)
  for (let depth = 1; depth <= shared; depth++) {
    const order = compareLabels(
      a,
      labelsOfA[labelsOfA.length - depth] as number,
      b,
      labelsOfB[labelsOfB.length - depth] as number,
    )
    if (order !== 0) return order
  }
  return labelsOfA.length - labelsOfB.length
}

function labelOffsets(name: Uint8Array): number[] {
  const offsets: number[] = []
  for (let offset = 0; name[offset] !== 0; offset += 1 + (name[offset] as number)) offsets.push(offset)
  return offsets
}

function compareLabels(a: Uint8Array, offsetOfA: number, b: Uint8Array, offsetOfB: number): number {
  const lengthOfA = a[offsetOfA] as number
  const lengthOfB = b[offsetOfB] as number
  const shared = Math.min(lengthOfA, lengthOfB)
  for (let index = 1; index <= shared; index++) {
    const order = lowerCaseByte(a[offsetOfA + index] as number) - lowerCaseByte(b[offsetOfB + index] as number)
    if (order !== 0) return order
  }
  return lengthOfA - lengthOfB
}
