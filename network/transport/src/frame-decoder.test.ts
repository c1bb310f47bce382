import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { concatBytes } from '@cresset/core-codec'
import fc from 'fast-check'
import { FrameDecoder } from './frame-decoder.ts'
import { encodeFrames, type FrameKind, frameKinds } from './frame-format.ts'
import { LinkError } from './link-event.ts'

interface Decoded {
  readonly kind: FrameKind
  readonly bytes: Uint8Array
}

function decode(stream: Uint8Array, cuts: readonly number[], maxBytes = 100_000): Decoded[] {
  const decoder = new FrameDecoder(maxBytes)
  const frames: Decoded[] = []
  let from = 0
  for (const to of [
    ...cuts.map((cut) => cut % (stream.length + 1)).sort((left, right) => left - right),
    stream.length,
  ]) {
    decoder.push(stream.subarray(from, to), (kind, payload) => frames.push({ kind, bytes: Uint8Array.from(payload) }))
    from = to
  }
  return frames
}

const sizes = fc.oneof(fc.nat({ max: 20 }), fc.constantFrom(0, 16_383, 16_384, 16_385, 70_000))

describe('frames', () => {
  it('come out as they went in, wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(sizes, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 30 }), (lengths, cuts) => {
        const frames = lengths.map((length, index) => new Uint8Array(length).fill(index + 1))
        const stream = concatBytes(...encodeFrames(frameKinds.data, frames))
        assert.deepEqual(
          decode(stream, cuts),
          frames.map((bytes) => ({ kind: frameKinds.data, bytes })),
        )
      }),
    )
  })

  it('come out byte by byte too', () => {
    const stream = concatBytes(
      ...encodeFrames(frameKinds.hello, [new Uint8Array(9)]),
      ...encodeFrames(frameKinds.data, [Uint8Array.of(1, 2, 3), new Uint8Array()]),
      ...encodeFrames(frameKinds.ping, [new Uint8Array()]),
    )
    const kinds = decode(stream, Array.from(stream.keys())).map((frame) => frame.kind)
    assert.deepEqual(kinds, [frameKinds.hello, frameKinds.data, frameKinds.data, frameKinds.ping])
  })

  it('are joined when small and not copied when large', () => {
    const large = new Uint8Array(16_384)
    const chunks = encodeFrames(frameKinds.data, [new Uint8Array(1), new Uint8Array(2), large, new Uint8Array(3)])
    assert.deepEqual(
      chunks.map((chunk) => chunk.length),
      [5 + 6 + 4, 16_384, 7],
    )
    assert.equal(chunks[1], large)
  })

  it('are views of their chunk when they lie in one', () => {
    const chunk = concatBytes(...encodeFrames(frameKinds.data, [Uint8Array.of(1, 2, 3)]))
    new FrameDecoder(10).push(chunk, (_, payload) => assert.equal(payload.buffer, chunk.buffer))
  })

  it('of unknown kinds or above their bound are refused at the header', () => {
    const refuses = (header: number[], reason: string): void => {
      const decoder = new FrameDecoder(1_000)
      const push = () => decoder.push(Uint8Array.from(header), () => assert.fail())
      assert.throws(push, (error) => error instanceof LinkError && error.reason === reason)
    }
    refuses([0, 0, 0, 0], 'frame-malformed')
    refuses([6, 0, 0, 0], 'frame-malformed')
    refuses([0xff, 0, 0, 0], 'frame-malformed')
    refuses([frameKinds.data, 0, 0x03, 0xe9], 'frame-too-large')
    refuses([frameKinds.data, 0xff, 0xff, 0xff], 'frame-too-large')
    refuses([frameKinds.hello, 0, 1, 1], 'frame-too-large')
    for (const kind of [frameKinds.ping, frameKinds.pong, frameKinds.goodbye])
      refuses([kind, 0, 0, 1], 'frame-too-large')
  })
})
