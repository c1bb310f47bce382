import { MAX_LABEL_BYTES } from '@cresset/dns-wire'

/** Offset behind the name at `message[start]`, which may end in a pointer that is not followed; -1 when it is malformed. */
export function skipName(message: Uint8Array, start: number): number {
  for (let offset = start; ; ) {
    const length = message[offset]
    if (length === undefined) return -1
    if (length >= 0xc0) return offset + 2 <= message.length ? offset + 2 : -1
    if (length > MAX_LABEL_BYTES) return -1
    offset += 1 + length
    if (length === 0) return offset
  }
}
