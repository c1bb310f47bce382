import assert from 'node:assert/strict'
import test from 'node:test'
import {
  commitCertificateCodec,
  encodeValidators,
  headerCodec,
  type LightBlock,
  validatorsHash,
} from '@cresset/core-chain'
import { HeaderChain } from '@cresset/core-chain/testing'
import { equalBytes, utf8 } from '@cresset/core-codec'
import { checkSignature } from '@cresset/core-crypto'
import { channels, type PeerId, type ValidatorChange } from '../interface/index.ts'
import { ManualClock } from './testing/environment.ts'
import { MAX_CHANGES_PER_REPLY, type TransferMessage, transferCodec } from './transfer-frames.ts'
import { serveChanges, ValidatorWalk } from './validator-walk.ts'

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix} ${index}`)

/** Each change replaces the whole set, so that nothing could be skipped. */
function changing(sets: number): HeaderChain {
  const chain = new HeaderChain(4).grow(2)
  for (let index = 0; index < sets; index++) chain.change(names(`set ${index}`, 4 + (index % 4))).grow(3)
  return chain.grow(3)
}

function encoded({ header, certificate, validators, nextValidators }: LightBlock): ValidatorChange {
  return {
    header: headerCodec.encode(header),
    certificate: commitCertificateCodec.encode(certificate),
    validators: encodeValidators(validators),
    nextValidators: encodeValidators(nextValidators),
  }
}

function changesOf(chain: HeaderChain): { height: number; change: ValidatorChange }[] {
  return chain.headers
    .filter((header) => !equalBytes(header.validatorsHash, header.nextValidatorsHash))
    .map(({ height }) => ({ height, change: encoded(chain.light(height)) }))
}

/** A node that knows genesis, and peers that serve these changes; undefined: it is silent. */
function setUp(
  chain: HeaderChain,
  peers: Readonly<Record<PeerId, ((above: number) => ValidatorChange[]) | undefined>>,
) {
  const clock = new ManualClock()
  const codes: unknown[] = []
  const asked: number[] = []
  const walk: ValidatorWalk = new ValidatorWalk({
    trust: chain.trust,
    clock,
    check: checkSignature,
    log: { warn: (_event, { code }) => codes.push(code) },
    network: {
      send(peer, frame) {
        assert.equal(frame[0], channels.stateTransfer)
        const message = transferCodec.decode(frame.subarray(1)) as Extract<TransferMessage, { kind: 'askChanges' }>
        asked.push(message.body.above)
        const changes = peers[peer]
        const answer = (_to: PeerId, reply: Uint8Array): boolean => {
          const decoded = transferCodec.decode(reply.subarray(1))
          queueMicrotask(() => walk.onMessage(peer, decoded))
          return true
        }
        if (changes !== undefined) {
          serveChanges({ validatorChanges: changes }, { send: answer }, 'asker', message.body.above)
        }
        return true
      },
    },
  })
  const certificate = (height: number): Uint8Array => commitCertificateCodec.encode(chain.light(height).certificate)
  return { walk, clock, codes, asked, certificate }
}

const honestly =
  (chain: HeaderChain, limit = MAX_CHANGES_PER_REPLY) =>
  (above: number): ValidatorChange[] =>
    changesOf(chain)
      .filter(({ height }) => height > above)
      .slice(0, limit)
      .map(({ change }) => change)

test('from genesis through every change to those who decide now, in as many answers as it takes', async () => {
  const chain = changing(9)
  const { walk, asked, certificate } = setUp(chain, { a: honestly(chain, 2) })
  const { height } = chain
  assert.equal(walk.certifies(height, certificate(height)), false, 'genesis knows none of them')
  assert.equal(await walk.follow('a'), true)
  assert.equal(asked.length, 6, 'two at a time, and once to hear that there are no more')
  assert.ok(walk.certifies(height, certificate(height)))
  assert.equal(walk.certifies(height + 1, certificate(height)), false, 'a certificate is of one height')
  assert.ok(walk.certifies(3, new Uint8Array(0)), 'what comes before a change that was followed is final')
  for (let at = 1; at <= height; at++) {
    const { validators, changes } = walk.trustAt(at)
    assert.deepEqual(validatorsHash(validators), validatorsHash(chain.setAt(at)), `height ${at}`)
    assert.equal(changes.length, changesOf(chain).filter((change) => change.height < at).length)
  }
})

test('what a liar sends moves nothing; another peer goes on where the truth ended', async () => {
  const chain = changing(4)
  const all = changesOf(chain).map(({ change }) => change)
  const [first, second, third] = all as [ValidatorChange, ValidatorChange, ValidatorChange]
  const heights = changesOf(chain).map(({ height }) => height)
  const fork = changing(1)
  const lies: [string, ValidatorChange[], string][] = [
    ['left out', [first, third], 'wrong-validators'],
    ['out of order', [second, first], 'wrong-validators'],
    ['again', [first, first], 'wrong-validators'],
    ['no change', [encoded(chain.light(1))], 'no-change'],
    ['of too few', [first, encoded(chain.light(heights[1]!, { signers: names('set 0', 2) }))], 'no-quorum'],
    ['another certificate', [{ ...first, certificate: second.certificate }], 'wrong-height'],
    ['other successors', [{ ...first, nextValidators: third.nextValidators }], 'wrong-next-validators'],
    ['rubbish', [{ ...first, header: utf8('no header') }], 'malformed'],
    [
      'the same keys, another ledger',
      [encoded(new HeaderChain(5).grow(1).change(names('set 0', 4)).grow(1).light(2))],
      'wrong-validators',
    ],
  ]
  assert.deepEqual(changesOf(fork).length, 1)
  for (const [name, changes, code] of lies) {
    const { walk, codes } = setUp(chain, { liar: () => changes, honest: honestly(chain) })
    assert.equal(await walk.follow('liar'), false, name)
    assert.deepEqual(codes, [code], name)
    assert.equal(await walk.follow('honest'), true, name)
    assert.equal(walk.height, heights.at(-1), name)
  }
})

test('a silent peer is waited for three seconds, and nobody else is asked meanwhile', async () => {
  const chain = changing(2)
  const { walk, clock } = setUp(chain, { silent: undefined, honest: honestly(chain) })
  const waiting = walk.follow('silent')
  assert.ok(walk.isWalking)
  assert.equal(await walk.follow('honest'), false)
  clock.advance(2_999)
  assert.ok(walk.isWalking)
  clock.advance(1)
  assert.equal(await waiting, false)
  walk.distrust('silent')
  assert.ok(walk.distrusts('silent'))
  clock.advance(30_000)
  assert.equal(walk.distrusts('silent'), false)
  assert.equal(await walk.follow('honest'), true)
})

test('a peer that gives one true change at a time, each in good time, does not hold the walk', async () => {
  const chain = changing(40)
  const slowly = (above: number): ValidatorChange[] => {
    setting.clock.advance(2_900)
    return honestly(chain, 1)(above)
  }
  const setting: ReturnType<typeof setUp> = setUp(chain, { drips: slowly, honest: honestly(chain, 1) })
  assert.equal(await setting.walk.follow('drips'), false)
  const { length: answers } = setting.asked
  assert.ok(answers >= 2 && answers <= 6, `${answers} answers`)
  assert.ok(setting.walk.height > 0, 'what it gave is true and kept')
  assert.equal(await setting.walk.follow('honest'), true, 'few at a time is no fault')
  assert.equal(setting.walk.height, changesOf(chain).at(-1)?.height)
})

test('an answer of another peer, or one that was not asked for, is not taken', async () => {
  const chain = changing(1)
  const { walk, clock } = setUp(chain, { silent: undefined })
  const changes = changesOf(chain).map(({ change }) => change)
  walk.onMessage('silent', { kind: 'changes', body: { changes } })
  const waiting = walk.follow('silent')
  walk.onMessage('other', { kind: 'changes', body: { changes } })
  clock.advance(3_000)
  assert.equal(await waiting, false)
  assert.equal(walk.height, 0)
})

test('a served answer stays within its bytes however large the sets are', () => {
  const chain = new HeaderChain(100).grow(1)
  for (let index = 0; index < 12; index++) chain.change(names(`large ${index % 2}`, 100)).grow(2)
  const sizes: number[] = []
  const send = (_peer: PeerId, frame: Uint8Array): boolean => {
    const message = transferCodec.decode(frame.subarray(1))
    assert.equal(message.kind, 'changes')
    sizes.push(frame.length)
    return true
  }
  serveChanges({ validatorChanges: honestly(chain) }, { send }, 'asker', 0)
  assert.ok(sizes[0]! < transferCodec.maxBytes && sizes[0]! > 100_000, `${sizes[0]} bytes`)
})
