import { EdnsOptionCode, writeUint16 } from '@cresset/dns-wire'
import type { AnswerLimits } from './limits.ts'
import type { RequestEdns } from './request.ts'

/** RFC 8467 section 4.1: the length of an encrypted response tells how many blocks it has, and no more. */
const BLOCK_BYTES = 468
/** Of an option: code and length. */
export const OPTION_HEADER_BYTES = 4

/** RFC 7830 section 4: who pads gets padding; section 6: never in clear. */
export function isPadded(edns: RequestEdns | undefined, { isEncrypted = false }: AnswerLimits): boolean {
  return isEncrypted && edns?.wants.has(EdnsOptionCode.PADDING) === true
}

/** Bytes of a PADDING option, with its header, that make a message of `bytes` full blocks, or `maxBytes`; 0 when there is no room for one. */
export function paddingBytes(bytes: number, maxBytes: number): number {
  const full = Math.ceil((bytes + OPTION_HEADER_BYTES) / BLOCK_BYTES) * BLOCK_BYTES
  const padding = Math.min(full, maxBytes) - bytes
  return padding < OPTION_HEADER_BYTES ? 0 : padding
}

/** Writes that option, of zeros (RFC 7830 section 3). */
export function writePadding(message: Uint8Array, start: number, bytes: number): void {
  writeUint16(message, start, EdnsOptionCode.PADDING)
  writeUint16(message, start + 2, bytes - OPTION_HEADER_BYTES)
  message.fill(0, start + OPTION_HEADER_BYTES, start + bytes)
}
