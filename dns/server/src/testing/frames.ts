import type { Socket } from 'node:net'

/** A message as connections carry it (RFC 1035 section 4.2.2). */
export function frame(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'latin1')
  return Buffer.concat([Uint8Array.of(bytes.length >> 8, bytes.length & 255), bytes])
}

/** Texts of the frames that arrive until the server closes, by a reset too: what is sent as it closes is answered by one. */
export async function* frames(socket: Socket): AsyncGenerator<string> {
  let pending = Buffer.alloc(0)
  try {
    for await (const chunk of socket) {
      pending = Buffer.concat([pending, chunk as Buffer])
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const end = 2 + pending.readUInt16BE(0)
        yield pending.toString('latin1', 2, end)
        pending = pending.subarray(end)
      }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
  }
}

/** Those of `frames`, or the first `count` of them. */
export async function readFrames(socket: Socket, count = Number.POSITIVE_INFINITY): Promise<string[]> {
  const texts: string[] = []
  for await (const text of frames(socket)) if (texts.push(text) === count) break
  return texts
}
