import assert from 'node:assert/strict'
import test from 'node:test'
import { type NumberRow, parametersFrom, parameterTable } from '@cresset/core-chain'
import { decodeFrame, frameCodecsFor, frameOf } from './frames.ts'

/** network/transport's default limit. */
const LINK_FRAME_BYTES = 4 * 1_048_576

test('the longest frame of every ledger that genesis allows fits a link', () => {
  const greatest = (name: string): number => (parameterTable.find((row) => row.name === name) as NumberRow).maximum
  const limits = { maxBlockBytes: greatest('maxBlockBytes'), maxTransactionBytes: greatest('maxTransactionBytes') }
  assert.ok(frameCodecsFor(limits).maxFrameBytes <= LINK_FRAME_BYTES, `${frameCodecsFor(limits).maxFrameBytes}`)
})

test('what is no message is undefined, never an error', () => {
  const codecs = frameCodecsFor(parametersFrom({}))
  const status = codecs.catchUp.encode({ kind: 'status', body: { height: 3, view: 1, certificate: undefined } })
  assert.deepEqual(decodeFrame(codecs.catchUp, frameOf(3, status)), {
    kind: 'status',
    body: { height: 3, view: 1, certificate: undefined },
  })
  for (let length = 0; length < status.length; length++) {
    assert.equal(decodeFrame(codecs.catchUp, frameOf(3, status.subarray(0, length))), undefined)
  }
  assert.equal(decodeFrame(codecs.message, frameOf(1, status)), undefined)
  assert.equal(decodeFrame(codecs.transactions, new Uint8Array(5_000_000)), undefined)
})
