import assert from 'node:assert/strict'
import { CodecError, equalBytes } from './index.ts'
import { sampleCodecs, sampleTransfers, transfer } from './testing/sample-codecs.ts'

export const name = 'codec'

export const seeds: readonly Uint8Array[] = sampleTransfers.map((value) => transfer.encode(value))

/** What decodes, encodes to the same bytes; what does not, throws CodecError. */
export function run(bytes: Uint8Array): void {
  for (const [declaration, codec] of Object.entries(sampleCodecs)) {
    const before = bytes.slice()
    let value: unknown
    try {
      value = codec.decode(bytes)
    } catch (error) {
      if (error instanceof CodecError) continue
      throw error
    }
    assert.ok(bytes.length <= codec.maxBytes, `${declaration} decoded more than its limit`)
    assert.ok(equalBytes(codec.encode(value), before), `${declaration} has a second encoding of one value`)
    assert.ok(equalBytes(bytes, before), `${declaration} changed its input`)
  }
}
