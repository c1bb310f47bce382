import assert from 'node:assert/strict'
import { checkSignature } from '@cresset/core-crypto'
import { decodeFrame, frameCodecsFor, frameOf } from './frames.ts'
import { Cluster, chainId, genesis, Replica, validators } from './testing/replica.ts'
import { transferCodec } from './transfer-frames.ts'
import { verifyMessage } from './verify.ts'

export const name = 'agreement-message'

const codecs = frameCodecsFor(genesis.parameters)

/** Messages of a height that needs a second view, as they go over a link. */
function realMessages(): Uint8Array[] {
  const cluster = new Cluster()
  const seen: Uint8Array[] = []
  cluster.lose = (_from, _to, message) => {
    seen.push(codecs.message.encode(message))
    return message.kind === 'commit' && message.body.view === 0
  }
  for (const replica of cluster.replicas) replica.transactions = [new Uint8Array(100)]
  cluster.start()
  cluster.settle()
  for (const replica of cluster.replicas) replica.timeout('view')
  for (const replica of cluster.replicas) replica.transactions = []
  cluster.settle()
  const different = new Map(seen.map((bytes) => [Buffer.from(bytes).toString('latin1'), bytes]))
  return [...different.values()].map((bytes) => frameOf(1, bytes))
}

export const seeds = realMessages()
export const maxBytes = 8_192

const sent = new Set(seeds.map((bytes) => Buffer.from(bytes).toString('latin1')))
const replica = new Replica(0)
replica.start()

/** Whatever a peer sends: not a message, refused by code, or taken; and taken only if a validator signed just that. */
export function run(bytes: Uint8Array): void {
  if (bytes.length === 0) return
  decodeFrame(codecs.catchUp, bytes)
  decodeFrame(codecs.transactions, bytes)
  decodeFrame(transferCodec, bytes)
  const message = decodeFrame(codecs.message, bytes)
  if (message === undefined) return
  if (message.kind === 'blockRequest' || message.kind === 'blockReply') return
  const verdict = verifyMessage(message, { chainId, validators, block: codecs.block, check: checkSignature })
  if (verdict.code !== 'ok') return
  replica.takeChecked(verdict.message)
  // A new view may list any quorum of the real claims, so only votes are unique to the byte.
  if (message.kind !== 'proposal')
    assert(sent.has(Buffer.from(frameOf(1, bytes.subarray(1))).toString('latin1')), 'forged')
}
