import { compareBytes, concatBytes, utf8 } from '@cresset/core-codec'
import { encodeObjectIdentifier } from './object-identifier.ts'
import { contextConstructed, tags } from './tags.ts'
import { encodeTime } from './time.ts'

/** One element: identifier, minimal length, the parts in order. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts)
  return concatBytes(Uint8Array.of(tag), encodeLength(content.length), content)
}

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return element(tags.sequence, ...parts)
}

export function setOf(...parts: readonly Uint8Array[]): Uint8Array {
  return element(tags.set, ...[...parts].sort(compareBytes))
}

/** `[number] EXPLICIT`. */
export function explicit(number: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return element(contextConstructed(number), ...parts)
}

export function boolean(value: boolean): Uint8Array {
  return element(tags.boolean, Uint8Array.of(value ? 0xff : 0x00))
}

/** A non-negative INTEGER from big-endian bytes; leading zeros are dropped. */
export function unsignedInteger(bigEndian: Uint8Array): Uint8Array {
  const firstSet = bigEndian.findIndex((byte) => byte !== 0)
  const minimal = firstSet === -1 ? Uint8Array.of(0) : bigEndian.subarray(firstSet)
  const isSignBitSet = (minimal[0] as number) >= 0x80
  return element(tags.integer, isSignBitSet ? Uint8Array.of(0) : new Uint8Array(), minimal)
}

export function smallInteger(value: number): Uint8Array {
  return unsignedInteger(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value))
}

export function bitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return element(tags.bitString, Uint8Array.of(unusedBits), bytes)
}

export function octetString(...parts: readonly Uint8Array[]): Uint8Array {
  return element(tags.octetString, ...parts)
}

export function objectIdentifier(dotted: string): Uint8Array {
  return element(tags.objectIdentifier, encodeObjectIdentifier(dotted))
}

export function utf8String(text: string): Uint8Array {
  return element(tags.utf8String, utf8(text))
}

/** RFC 5280 `Time`; the part below a second is cut off. */
export function time(timeMs: number): Uint8Array {
  const { tag, text } = encodeTime(timeMs)
  return element(tag, utf8(text))
}

function encodeLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  const bytes: number[] = []
  for (let left = length; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256)
  return Uint8Array.of(0x80 | bytes.length, ...bytes)
}
