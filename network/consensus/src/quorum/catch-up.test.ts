import assert from 'node:assert/strict'
import test from 'node:test'
import { commitCertificateCodec, commitVoteBytes } from '@cresset/core-chain'
import { utf8 } from '@cresset/core-codec'
import { checkSignature, signSync } from '@cresset/core-crypto'
import type { StoredBlock } from '../interface/index.ts'
import { CatchUp, type CertifiedBlock } from './catch-up.ts'
import { decodeFrame, frameCodecsFor, MAX_REPLY_BYTES } from './frames.ts'
import { ManualClock, RecordingNetwork } from './testing/environment.ts'
import { Cluster, chainId, genesis, keyAt, validators } from './testing/replica.ts'

const codecs = frameCodecsFor(genesis.parameters)

/** Final blocks of a real run. */
function history(heights: number): StoredBlock[] {
  const cluster = new Cluster()
  cluster.lose = (_from, _to, { body }) => body.height > heights
  for (const replica of cluster.replicas) replica.transactions = [utf8('a transaction')]
  cluster.start()
  cluster.settle()
  return cluster.replicas[0]!.effects.filter((effect) => effect.kind === 'commit').map(({ block, certificate }) => ({
    block,
    certificate,
  }))
}

const blocks = history(5)

function setUp(): {
  catchUp: CatchUp
  clock: ManualClock
  network: RecordingNetwork
  applied: CertifiedBlock[]
  warnings: string[]
  requests: () => { peer: string; fromHeight: number }[]
  forget: (below: number) => void
} {
  const clock = new ManualClock()
  const network = new RecordingNetwork(['a', 'b', 'c'])
  const applied: CertifiedBlock[] = []
  const warnings: string[] = []
  let height = 1
  let oldest = 1
  const catchUp = new CatchUp({
    chainId,
    validators: () => validators,
    codecs,
    network,
    clock,
    check: checkSignature,
    height: () => height,
    storing: () => false,
    storedBlock: (at) => (at < oldest ? undefined : blocks[at - 1]),
    apply(certified) {
      applied.push(certified)
      height++
      catchUp.advanced()
    },
    warn: (event) => warnings.push(event),
  })
  const requests = (): { peer: string; fromHeight: number }[] =>
    network.takeSent().flatMap(({ peer, frame }) => {
      const message = decodeFrame(codecs.catchUp, frame)
      return message?.kind === 'request' ? [{ peer, fromHeight: message.body.fromHeight }] : []
    })
  const forget = (below: number): void => {
    oldest = below
  }
  return { catchUp, clock, network, applied, warnings, requests, forget }
}

test('one peer at a time is asked, and only its answer counts', () => {
  const { catchUp, applied, requests } = setUp()
  catchUp.told('a', 3)
  catchUp.told('b', 5)
  assert.deepEqual(requests(), [{ peer: 'a', fromHeight: 1 }])
  catchUp.onReply('b', { fromHeight: 1, blocks })
  assert.equal(applied.length, 0)
  catchUp.onReply('a', { fromHeight: 1, blocks: blocks.slice(0, 3) })
  assert.deepEqual(
    applied.map(({ block }) => block.header.height),
    [1, 2, 3],
  )
  // The rest is asked of whoever is furthest.
  assert.deepEqual(requests(), [{ peer: 'b', fromHeight: 4 }])
})

test('one height behind waits a moment for the votes', () => {
  const { catchUp, clock, requests } = setUp()
  catchUp.told('a', 1)
  assert.deepEqual(requests(), [])
  clock.advance(59)
  assert.deepEqual(requests(), [])
  clock.advance(1)
  assert.deepEqual(requests(), [{ peer: 'a', fromHeight: 1 }])
})

test('silence, nothing, or a lie: the next peer is asked, and the first one passed over', () => {
  const cases: [name: string, answer: (set: ReturnType<typeof setUp>) => void][] = [
    ['silence', ({ clock }) => clock.advance(3_000)],
    ['nothing', ({ catchUp }) => catchUp.onReply('a', { fromHeight: 1, blocks: [] })],
    ['a lie', ({ catchUp }) => catchUp.onReply('a', { fromHeight: 1, blocks: [blocks[1]!] })],
  ]
  for (const [name, answer] of cases) {
    const set = setUp()
    set.catchUp.told('a', 100)
    set.catchUp.told('b', 5)
    assert.deepEqual(set.requests(), [{ peer: 'a', fromHeight: 1 }])
    answer(set)
    assert.deepEqual(set.requests(), [{ peer: 'b', fromHeight: 1 }], name)
    set.catchUp.told('a', 101)
    set.catchUp.onReply('b', { fromHeight: 1, blocks: blocks.slice(0, 2) })
    assert.deepEqual(set.requests(), [{ peer: 'b', fromHeight: 3 }], name)
  }
})

test('a block without a quorum, of another body, or under another block’s certificate is not applied', () => {
  const [first, second] = blocks as [StoredBlock, StoredBlock]
  const certificate = commitCertificateCodec.decode(first.certificate)
  const few = { ...certificate, signatures: certificate.signatures.slice(0, 2) }
  const twice = { ...certificate, signatures: [...few.signatures, { ...few.signatures[1]!, validatorIndex: 3 }] }
  const forgedRoots = { ...certificate, stateRoot: certificate.receiptsRoot }
  const alone = signSync(keyAt(0), commitVoteBytes(chainId, forgedRoots))
  const signedAlone = { ...forgedRoots, signatures: [{ validatorIndex: 0, signature: alone }] }
  const block = codecs.block.decode(first.block)
  const emptied = codecs.block.encode({ ...block, transactions: [] })
  const lies: StoredBlock[] = [
    ...[few, twice, forgedRoots, signedAlone].map((one) => ({
      block: first.block,
      certificate: commitCertificateCodec.encode(one),
    })),
    { block: emptied, certificate: first.certificate },
    { block: first.block, certificate: second.certificate },
    { block: utf8('no block'), certificate: first.certificate },
    { block: first.block, certificate: utf8('no certificate') },
  ]
  for (const [index, lie] of lies.entries()) {
    const { catchUp, applied, warnings } = setUp()
    catchUp.told('a', 5)
    catchUp.onReply('a', { fromHeight: 1, blocks: [lie] })
    assert.equal(applied.length, 0, `lie ${index}`)
    assert.deepEqual(warnings, ['peer sent blocks that are not final'])
  }
})

test('serving ends with the blocks, the count or the bytes', () => {
  const { catchUp, network } = setUp()
  const served = (fromHeight: number, maxBlocks: number): number => {
    catchUp.serve('a', { fromHeight, maxBlocks })
    const [reply] = network.takeSent()
    const message = decodeFrame(codecs.catchUp, reply!.frame)
    assert.ok(message?.kind === 'reply' && reply!.frame.length <= MAX_REPLY_BYTES)
    return message.body.blocks.length
  }
  assert.equal(served(1, 64), 5)
  assert.equal(served(2, 2), 2)
  assert.equal(served(6, 64), 0)
  assert.equal(served(1, 0), 0)
})

test('a block that was forgotten is told apart from one that was never there', () => {
  const { catchUp, network, forget } = setUp()
  const answer = (fromHeight: number) => {
    catchUp.serve('a', { fromHeight, maxBlocks: 64 })
    const [sent] = network.takeSent()
    const message = decodeFrame(codecs.catchUp, sent!.frame)
    return message?.kind === 'reply' ? message.body.blocks.length : message
  }
  catchUp.told('b', 5)
  catchUp.onReply('b', { fromHeight: 1, blocks })
  network.takeSent()
  forget(4)
  assert.deepEqual(answer(3), { kind: 'forgotten', body: { fromHeight: 3 } })
  assert.equal(answer(4), 2)
  assert.equal(answer(6), 0)
  assert.equal(answer(0), 0)
})

test('a node lacks blocks when none that is ahead keeps them, and no sooner', () => {
  const { catchUp, clock, requests } = setUp()
  catchUp.told('a', 100)
  catchUp.told('b', 50)
  catchUp.told('c', 20)
  catchUp.onForgotten('b', { fromHeight: 1 })
  assert.equal(catchUp.lack, undefined, 'it was not asked')
  catchUp.onForgotten('a', { fromHeight: 1 })
  assert.equal(catchUp.lack, undefined, 'b may have it')
  assert.deepEqual(requests().at(-1), { peer: 'b', fromHeight: 1 })
  catchUp.onForgotten('b', { fromHeight: 1 })
  assert.equal(catchUp.lack, undefined, 'c may have it')
  clock.advance(3_000)
  assert.match(catchUp.lack ?? '', /^no linked node keeps block 1 any more: /)
  // After a while they are asked again, since others may have linked that know more.
  clock.advance(10_000)
  catchUp.told('c', 20)
  assert.equal(catchUp.lack, undefined)
  catchUp.onReply('c', { fromHeight: 1, blocks: blocks.slice(0, 1) })
  assert.equal(catchUp.lack, undefined, 'it got on')
})
