/**
 * On the wire a frame is one byte of kind, three bytes of length (most significant first), then that many bytes. The peer's
 * key was checked before the first of them is sent or read.
 */
export const frameKinds = {
  /** First on every link, once: see `hello.ts`. */
  hello: 1,
  data: 2,
  /** Asks for a pong. Both are empty. */
  ping: 3,
  pong: 4,
  /** The pair's other link stands at the sender; nothing more comes on this one. Empty. */
  goodbye: 5,
} as const

export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds]

export const frameHeaderBytes = 4

/** Frames from this size on are written where they lie; smaller ones are copied into one buffer with their neighbours. */
const copyBelowBytes = 16 * 1024

/** The frames as chunks for the socket, in order: small ones together, large ones uncopied behind their header. */
export function encodeFrames(kind: FrameKind, frames: readonly Uint8Array[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  let from = 0
  while (from < frames.length) {
    let to = from
    let joinedBytes = 0
    while (to < frames.length) {
      const frame = frames[to++] as Uint8Array
      joinedBytes += frameHeaderBytes
      if (frame.length >= copyBelowBytes) break
      joinedBytes += frame.length
    }
    const joined = Buffer.allocUnsafe(joinedBytes)
    let offset = 0
    for (let index = from; index < to; index++) {
      const frame = frames[index] as Uint8Array
      joined.writeUInt32BE(kind * 0x100_0000 + frame.length, offset)
      offset += frameHeaderBytes
      if (frame.length < copyBelowBytes) {
        joined.set(frame, offset)
        offset += frame.length
      }
    }
    chunks.push(joined)
    const last = frames[to - 1] as Uint8Array
    if (last.length >= copyBelowBytes) chunks.push(last)
    from = to
  }
  return chunks
}
