import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { TestNode } from '@cresset/access-http-api/testing'
import {
  type CommitCertificate,
  commitVoteBytes,
  type FinalityProof,
  finalityProofCodec,
  type Genesis,
} from '@cresset/core-chain'
import { fromBase64Url, toBase64Url, toHex } from '@cresset/core-codec'
import { accountOf, generateKeyPair, signSync } from '@cresset/core-crypto'
import { readAccount, readName, stateKeys } from '@cresset/core-ledger'
import { StateTree } from '@cresset/core-state-tree'
import { openMemoryStore } from '@cresset/network-storage'
import fc from 'fast-check'
import { type AnswerJson, verifyAnswer } from './answer.ts'
import { Client, verifyQuery } from './client.ts'
import { ClientError } from './client-error.ts'
import { clientOf } from './testing/client-of.ts'

/*
 * A node that has all public state and no validator's key. Whatever it makes of an answer, the client gets the truth or refuses.
 */

let node: TestNode
let client: Client
let account: Uint8Array
let honest: AnswerJson
let truth: ReturnType<typeof readAccount>
const read = (view: Parameters<typeof readAccount>[0]) => readAccount(view, account)

before(async () => {
  node = await TestNode.start()
  account = accountOf((node.ledger.users[0] as (typeof node.ledger.users)[number]).publicKey)
  client = clientOf(node)
  await node.fetch('http://node.test/v1/transactions', {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: node.ledger.transfer(1, 0, 0, 77n) as Uint8Array<ArrayBuffer>,
  })
  await node.commit()
  const proven = await client.queryWithAnswer(read)
  honest = proven.answer
  truth = proven.value
  assert.equal(truth.balance, 1_000_000_077n)
})
after(() => node.close())

const check = (answer: unknown, genesis: Genesis = node.ledger.genesis, nowMs = node.nowMs) => {
  const { trust } = new Client({ genesis, nodes: ['http://x.test'] })
  return verifyQuery(answer, read, trust, { nowMs, maxStalenessMs: genesis.parameters.maxStalenessMs }).value
}
const refused = (answer: unknown, code?: string) =>
  assert.throws(
    () => check(answer),
    (error: ClientError) => {
      assert.equal(error.kind, 'not-verified')
      if (code !== undefined) assert.equal(error.code, code)
      return true
    },
  )
const finalityOf = (answer: AnswerJson): FinalityProof => finalityProofCodec.decode(fromBase64Url(answer.finality))
const withFinality = (answer: AnswerJson, proof: FinalityProof): AnswerJson => ({
  ...answer,
  finality: toBase64Url(finalityProofCodec.encode(proof)),
})
const withCertificate = (
  answer: AnswerJson,
  change: (certificate: CommitCertificate) => CommitCertificate,
): AnswerJson => {
  const proof = finalityOf(answer)
  return withFinality(answer, {
    ...proof,
    evidence: { ...proof.evidence, certificate: change(proof.evidence.certificate) },
  })
}

test('the honest answer verifies against genesis alone', () => {
  assert.deepEqual(check(honest), truth)
})

test('one changed byte anywhere in a proof or in the finality is refused', () => {
  const flip = (text: string, at: number, bit: number): string => {
    const bytes = fromBase64Url(text)
    const index = at % bytes.length
    bytes[index] = (bytes[index] as number) ^ (1 << bit)
    return toBase64Url(bytes)
  }
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(7), fc.boolean(), (at, bit, inFinality) => {
      const lie = inFinality
        ? { ...honest, finality: flip(honest.finality, at, bit) }
        : {
            ...honest,
            proofs: honest.proofs.map((proof, index) =>
              index === at % honest.proofs.length ? flip(proof, at, bit) : proof,
            ),
          }
      refused(lie)
    }),
    { numRuns: 400 },
  )
})

test('an answer that is cut short anywhere is refused', () => {
  const cuts = (text: string, make: (part: string) => unknown) => {
    for (let length = 0; length < text.length; length += 1 + (text.length >> 6)) refused(make(text.slice(0, length)))
  }
  cuts(honest.finality, (finality) => ({ ...honest, finality }))
  for (const [index, proof] of honest.proofs.entries())
    cuts(proof, (part) => ({ ...honest, proofs: honest.proofs.with(index, part) }))
  refused({ ...honest, proofs: honest.proofs.slice(1) }, 'bad-answer')
  refused({ ...honest, keys: honest.keys.slice(1), proofs: honest.proofs.slice(1) })
  for (const field of ['keys', 'proofs', 'finality', 'height'] as const) {
    const { [field]: _, ...rest } = honest
    refused(rest)
  }
})

test('a state of its own making, with a true certificate of another root, is refused', () => {
  const store = openMemoryStore()
  const tree = StateTree.open(store, { prefix: Uint8Array.of(1) })
  const update = tree.update(1, [{ key: stateKeys.account(account), value: Uint8Array.of(1, 2, 3) }])
  void store.write(update.writes)
  tree.applied(update)
  const proof = toBase64Url(tree.prove(stateKeys.account(account)))
  refused({ ...honest, proofs: honest.keys.map(() => proof) }, 'bad-proof')
  const final = finalityOf(honest)
  refused(
    { ...withFinality(honest, { ...final, stateRoot: update.root }), proofs: honest.keys.map(() => proof) },
    'wrong-root',
  )
})

test('a certificate by keys of its own is refused', () => {
  const pairs = [1, 2, 3].map((seed) => generateKeyPair('ed25519', new Uint8Array(32).fill(seed)))
  refused(
    withCertificate(honest, (certificate) => ({
      ...certificate,
      signatures: pairs.map((pair, validatorIndex) => ({
        validatorIndex,
        signature: signSync(pair, commitVoteBytes(client.chainId, certificate)),
      })),
    })),
    'bad-signature',
  )
})

test('too few signers, one signer counted twice, and an unknown one are refused', () => {
  refused(
    withCertificate(honest, (c) => ({ ...c, signatures: c.signatures.slice(0, 2) })),
    'no-quorum',
  )
  const [first, second] = finalityOf(honest).evidence.certificate.signatures
  if (!first || !second) throw new Error('the certificate has three signatures')
  refused(
    withCertificate(honest, (c) => ({ ...c, signatures: [first, second, second] })),
    'signers-not-distinct',
  )
  refused(
    withCertificate(honest, (c) => ({ ...c, signatures: [first, second, { ...second, validatorIndex: 9 }] })),
    'unknown-signer',
  )
})

test('proofs of one height under the certificate of another are refused', async () => {
  const before = honest
  await node.commit()
  await node.fetch('http://node.test/v1/transactions', {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: node.ledger.transfer(2, 0, 0, 1n) as Uint8Array<ArrayBuffer>,
  })
  await node.commit()
  const later = (await client.queryWithAnswer(read)).answer
  refused({ ...later, proofs: before.proofs }, 'bad-proof')
  refused({ ...before, finality: later.finality }, 'wrong-height')
  refused({ ...before, finality: later.finality, height: later.height }, 'bad-proof')
  assert.notDeepEqual(check(later), truth)
})

test('an absent name claimed present, and a present account claimed absent, are refused', async () => {
  const name = stateKeys.name('nobody.acme')
  const absent = (await client.queryWithAnswer((view) => view.get(name))).answer
  assert.equal(verifyAnswer(absent, client.trust, client.clock).get(name), undefined)
  refused({ ...honest, keys: [toHex(stateKeys.account(account))], proofs: absent.proofs }, 'bad-proof')
  assert.throws(() => verifyAnswer({ ...absent, proofs: honest.proofs }, client.trust, client.clock), ClientError)
})

test('an answer that leaves out what the question needs is refused, not guessed', () => {
  refused({ ...honest, keys: [], proofs: [] }, 'incomplete')
})

test('an answer of another ledger is refused', async () => {
  const other = await TestNode.start({ feeEvery: '61' })
  try {
    const theirs = new Client({
      genesis: other.ledger.genesis,
      nodes: ['http://x.test'],
      fetch: other.fetch,
      now: () => other.nowMs,
    })
    refused((await theirs.queryWithAnswer(read)).answer, 'wrong-chain')
  } finally {
    await other.close()
  }
})

test('an old answer is refused once it is older than the ledger allows, and the error says by how much', () => {
  const { genesis } = node.ledger
  const { header } = finalityOf(honest).evidence
  const limitMs = header.timeMs + genesis.parameters.maxStalenessMs
  assert.deepEqual(check(honest, genesis, limitMs), truth)
  assert.throws(
    () => check(honest, genesis, limitMs + 90_000),
    (error: ClientError) => error.code === 'stale' && error.message.includes('90 s'),
  )
  assert.throws(
    () => check(honest, genesis, header.timeMs - 3_600_000),
    (error: ClientError) => error.code === 'ahead',
  )
})

test('whatever JSON a node answers with, the client refuses it in one line', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (answer) => refused(answer)),
    { numRuns: 300 },
  )
})

test('a lying node beside an honest one: the client passes it over', async () => {
  const lies: string[] = []
  const fetch = async (url: string, init: RequestInit) => {
    const response = await node.fetch(url, init)
    if (!url.startsWith('http://liar.test')) return response
    lies.push(url)
    const answer = (await response.json()) as { proof?: AnswerJson }
    const lie = answer.proof
      ? { ...answer, proof: { ...answer.proof, proofs: honest.proofs } }
      : { ...answer, proofs: honest.proofs }
    return new Response(JSON.stringify(lie), { status: 200 })
  }
  const { genesis } = node.ledger
  const careful = new Client({ genesis, nodes: ['http://liar.test', 'http://node.test'], fetch, now: () => node.nowMs })
  const { value } = await careful.query((view, at) => readName(view, 'shop.acme', at), '/v1/names/shop.acme')
  assert.equal(value.status, 'free')
  assert.ok(lies.length > 0)
  const alone = new Client({ genesis, nodes: ['http://liar.test'], fetch, now: () => node.nowMs })
  await assert.rejects(
    alone.query((view, at) => readName(view, 'shop.acme', at), '/v1/names/shop.acme'),
    (error: ClientError) => error.kind === 'not-verified',
  )
})
