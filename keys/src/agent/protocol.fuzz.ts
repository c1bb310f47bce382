import assert from 'node:assert/strict'
import { CodecError, equalBytes } from '@cresset/core-codec'
import { FrameReader, requestCodec, requestFrame, responseCodec, responseFrame } from './protocol.ts'

export const name = 'key-agent'

const key = Uint8Array.of(1, ...new Uint8Array(32).fill(7))
export const seeds: readonly Uint8Array[] = [
  requestFrame({ kind: 'list', body: {} }),
  requestFrame({ kind: 'sign', body: { publicKey: key, message: Uint8Array.of(1, 2, 3) } }),
  requestFrame({ kind: 'secretFor', body: { publicKey: key, context: Uint8Array.of(4) } }),
  requestFrame({ kind: 'add', body: { name: 'alice', type: 'p256', secret: new Uint8Array(32).fill(9) } }),
  requestFrame({ kind: 'lock', body: { passphrase: Uint8Array.of(5) } }),
  responseFrame({ kind: 'keys', body: { keys: [{ name: 'alice', publicKey: key }] } }),
  responseFrame({ kind: 'signature', body: { signature: new Uint8Array(64) } }),
  responseFrame({ kind: 'failed', body: { code: 'locked' } }),
]

function bodiesOf(chunks: readonly Uint8Array[]): Uint8Array[] | undefined {
  const reader = new FrameReader(requestCodec.maxBytes)
  const bodies: Uint8Array[] = []
  try {
    for (const chunk of chunks) bodies.push(...reader.push(chunk))
    return bodies
  } catch (error) {
    if (error instanceof CodecError) return undefined
    throw error
  }
}

/** However a stream is cut into chunks, the same frames come out; a body decodes to what encodes to the same bytes, or is refused. */
export function run(bytes: Uint8Array): void {
  const bodies = bodiesOf([bytes])
  const pieces = Array.from({ length: Math.ceil(bytes.length / 3) }, (_, index) =>
    bytes.slice(index * 3, index * 3 + 3),
  )
  assert.deepEqual(bodiesOf(pieces), bodies)
  for (const body of bodies ?? []) {
    for (const codec of [requestCodec, responseCodec] as const) {
      try {
        assert.ok(equalBytes(codec.encode(codec.decode(body) as never), body))
      } catch (error) {
        if (!(error instanceof CodecError)) throw error
      }
    }
  }
}
