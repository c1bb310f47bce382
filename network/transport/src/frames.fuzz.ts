import assert from 'node:assert/strict'
import { FrameDecoder } from './frame-decoder.ts'
import { encodeFrames, frameKinds } from './frame-format.ts'
import { encodeHello, readHello } from './hello.ts'
import { LinkError } from './link-event.ts'

export const name = 'link-frames'

const context = Uint8Array.of(1, 2, 3)
const hello = encodeHello({ session: new Uint8Array(8), context })

export const seeds = [
  Buffer.concat([
    ...encodeFrames(frameKinds.hello, [hello]),
    ...encodeFrames(frameKinds.data, [new Uint8Array(300), new Uint8Array(2)]),
  ]),
  Buffer.concat([
    ...encodeFrames(frameKinds.ping, [new Uint8Array()]),
    ...encodeFrames(frameKinds.goodbye, [new Uint8Array()]),
  ]),
]

/** The same frames, or the same refusal, in one piece and byte by byte; nothing but LinkError is thrown. */
export function run(bytes: Uint8Array): void {
  const whole = read([bytes])
  const single = read(Array.from(bytes, (byte) => Uint8Array.of(byte)))
  assert.deepEqual(single, whole)
}

function read(chunks: readonly Uint8Array[]): unknown[] {
  const decoder = new FrameDecoder(500)
  const seen: unknown[] = []
  try {
    for (const chunk of chunks) {
      decoder.push(chunk, (kind, payload) => {
        seen.push([kind, Buffer.from(payload).toString('hex')])
        if (kind === frameKinds.hello) readHello(payload, context)
      })
    }
  } catch (error) {
    if (!(error instanceof LinkError)) throw error
    seen.push(error.reason)
  }
  return seen
}
