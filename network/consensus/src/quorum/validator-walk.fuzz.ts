import assert from 'node:assert/strict'
import { commitCertificateCodec, encodeValidators, headerCodec } from '@cresset/core-chain'
import { HeaderChain } from '@cresset/core-chain/testing'
import { equalBytes } from '@cresset/core-codec'
import { checkSignature } from '@cresset/core-crypto'
import { decodeFrame, frameOf } from './frames.ts'
import { transferCodec } from './transfer-frames.ts'
import { ValidatorWalk } from './validator-walk.ts'

export const name = 'validator-changes'

const labels = (from: number) => Array.from({ length: 4 }, (_, index) => `consensus ${from + index}`)
const chain = new HeaderChain(4).grow(1)
for (let index = 1; index < 4; index++) chain.change(labels(index)).grow(2)

const changes = chain.headers
  .filter((header) => !equalBytes(header.validatorsHash, header.nextValidatorsHash))
  .map(({ height }) => {
    const { header, certificate, validators, nextValidators } = chain.light(height)
    return {
      height,
      change: {
        header: headerCodec.encode(header),
        certificate: commitCertificateCodec.encode(certificate),
        validators: encodeValidators(validators),
        nextValidators: encodeValidators(nextValidators),
      },
    }
  })
const trueHeights = new Set([0, ...changes.map(({ height }) => height)])

export const seeds = [1, 2, 3].map((count) => {
  const body = { changes: changes.slice(0, count).map(({ change }) => change) }
  return frameOf(4, transferCodec.encode({ kind: 'changes', body }))
})
export const maxBytes = 16_384

/** Whatever a peer says of validators: what is followed are the true changes, in their order, and nothing else. */
export async function run(bytes: Uint8Array): Promise<void> {
  const message = decodeFrame(transferCodec, bytes)
  if (message?.kind !== 'changes') return
  const answers = [message, { kind: 'changes' as const, body: { changes: [] } }]
  const walk: ValidatorWalk = new ValidatorWalk({
    trust: chain.trust,
    clock: { monotonicMs: () => 0, after: () => () => undefined },
    check: checkSignature,
    log: { warn: () => undefined },
    network: {
      send() {
        const answer = answers.shift()
        if (answer !== undefined) queueMicrotask(() => walk.onMessage('peer', answer))
        return answer !== undefined
      },
    },
  })
  await walk.follow('peer')
  assert(trueHeights.has(walk.height), `believes a change at ${walk.height}`)
}
