import assert from 'node:assert/strict'
import test from 'node:test'
import { CodecError, utf8 } from '@cresset/core-codec'
import { type Block, blockCodecFor, bodyMatchesHeader } from './block.ts'
import { blockHash, transactionsRoot } from './header.ts'
import { parametersFrom } from './settings.ts'
import { genesisOf, headerOf } from './testing/material.ts'

const genesis = genesisOf(4)
const codec = blockCodecFor(genesis.parameters)

function blockOf(transactions: Uint8Array[]): Block {
  return {
    header: headerOf(genesis, { transactionsRoot: transactionsRoot(transactions) }),
    transactions,
    misbehaviour: [],
  }
}

test('a block comes back as it was, and its header names its body', () => {
  const block = blockOf([utf8('one'), utf8('two')])
  assert.deepEqual(codec.decode(codec.encode(block)), block)
  assert.ok(bodyMatchesHeader(block))
  assert.ok(!bodyMatchesHeader({ ...block, transactions: [utf8('two'), utf8('one')] }))
  assert.ok(!bodyMatchesHeader({ ...block, transactions: [utf8('one')] }))
})

test('every field of the header changes the hash', () => {
  const header = headerOf(genesis)
  const other = new Uint8Array(32)
  const changes = [
    { protocolVersion: 2 },
    { chainId: 'other' },
    { height: 2 },
    { timeMs: header.timeMs + 1 },
    { proposer: other },
    { parentHash: other },
    { transactionsRoot: other },
    { misbehaviourRoot: other },
    { validatorsHash: other },
    { nextValidatorsHash: other },
  ]
  const hashes = [header, ...changes.map((change) => ({ ...header, ...change }))].map((one) => blockHash(one).join())
  assert.equal(new Set(hashes).size, 11)
})

test('a full block fits, one byte over a limit does not', () => {
  const limits = parametersFrom({ maxBlockBytes: '64 KiB', maxTransactionBytes: '4 KiB' })
  const small = blockCodecFor(limits)
  const longest = new Uint8Array(4_096)
  const full = blockOf(Array.from({ length: 16 }, () => longest))
  assert.deepEqual(small.decode(small.encode(full)), full)
  assert.throws(() => small.encode(blockOf([new Uint8Array(4_097)])), CodecError)
  assert.throws(() => small.encode(blockOf(Array.from({ length: 20 }, () => longest))), CodecError)
  assert.throws(() => small.decode(new Uint8Array(small.maxBytes + 1)), /the limit is/)
})
