import assert from 'node:assert/strict'
import test from 'node:test'
import { Client, type ClientError } from '@cresset/access-client'
import { buildApi, type NodeBackend } from '@cresset/access-http-api'
import {
  advanceTrust,
  blockHash,
  type CommitCertificate,
  commitCertificateCodec,
  commitVoteBytes,
  decodeValidators,
  finalityProofCodec,
  type Header,
  headerCodec,
  type LightBlock,
  trustFromGenesis,
  type ValidatorSet,
  validatorSet,
  validatorsHash,
  validatorsOf,
} from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { type KeyPair, sha256, signSync } from '@cresset/core-crypto'
import { stateKeys } from '@cresset/core-ledger'
import type { LedgerApplication } from '@cresset/network-application'
import { consortiumOf } from './consortium.ts'
import { runSeed } from './run.ts'

/*
 * A chain that the engine made, in a network of seven of which two are voted out, and clients that follow it or are lied to.
 */

const { genesis, chainId, members } = consortiumOf(7)
const keys = new Map(members.map(({ consensusKey }) => [toHex(consensusKey.publicKey), consensusKey]))

async function afterTwoLeft(look: (application: LedgerApplication, left: readonly KeyPair[]) => Promise<void>) {
  const result = await runSeed({
    seed: 1,
    members: 'shrinking',
    byzantine: 'none',
    fairMs: 25_000,
    inspect: async ([node]) => {
      const application = node?.application as LedgerApplication
      const { validators } = application.info().validators
      assert.equal(validators.length, 5)
      const stayed = new Set(validators.map(({ key }) => toHex(key)))
      await look(
        application,
        [...keys].filter(([key]) => !stayed.has(key)).map(([, pair]) => pair),
      )
    },
  })
  assert.equal(result.broken, undefined)
}

function lightBlockAt({ queries }: LedgerApplication, height: number): LightBlock {
  const { header, certificate, validators, nextValidators } = queries.lightBlock(height)!
  return {
    header: headerCodec.decode(header),
    certificate: commitCertificateCodec.decode(certificate),
    validators: decodeValidators(validators, 'pbft'),
    nextValidators: decodeValidators(nextValidators, 'pbft'),
  }
}

function certify(
  header: Header,
  set: ValidatorSet,
  signers: readonly KeyPair[],
  stateRoot: Uint8Array,
): CommitCertificate {
  const vote = { height: header.height, view: 0, blockHash: blockHash(header), stateRoot, receiptsRoot: sha256() }
  const message = commitVoteBytes(chainId, vote)
  const chosen = new Map(signers.map((pair) => [toHex(pair.publicKey), pair]))
  const signatures = set.validators.flatMap(({ key }, validatorIndex) => {
    const pair = chosen.get(toHex(key))
    return pair === undefined ? [] : [{ validatorIndex, signature: signSync(pair, message) }]
  })
  return { ...vote, signatures }
}

/** What those who left make up: the next block after the newest, decided by a set of theirs. */
function invented(application: LedgerApplication, set: ValidatorSet, signers: readonly KeyPair[]): LightBlock {
  const { height, stateRoot } = application.info()
  const { header: newest } = lightBlockAt(application, height)
  const hash = validatorsHash(set)
  const header: Header = {
    ...newest,
    height: height + 1,
    timeMs: newest.timeMs + 1,
    parentHash: blockHash(newest),
    validatorsHash: hash,
    nextValidatorsHash: hash,
  }
  return { header, certificate: certify(header, set, signers, stateRoot), validators: set, nextValidators: set }
}

type Backend = Pick<NodeBackend, 'lightBlock' | 'validatorChanges' | 'prove'>

function honest({ queries }: LedgerApplication): Backend {
  return {
    lightBlock: (height) => queries.lightBlock(height),
    validatorChanges: (after, before, limit) => queries.validatorChanges(after, before, limit),
    prove: (asked, height) => queries.prove(asked, height),
  }
}

/** Proves true entries of the state under a header that was never final, and hides that anybody left. */
function lying(application: LedgerApplication, block: LightBlock): Backend {
  const { header, certificate } = block
  const finality = finalityProofCodec.encode({
    engine: 'quorum',
    stateHeight: header.height,
    stateRoot: certificate.stateRoot,
    evidence: { header, certificate },
  })
  return {
    lightBlock: (height) => application.queries.lightBlock(height),
    validatorChanges: () => [],
    prove: (asked) => ({ ...application.queries.prove(asked), height: header.height, finality }),
  }
}

async function clientOf(backend: Backend, nowMs: number, trust?: Client['trust']) {
  const app = await buildApi(backend as NodeBackend)
  const client = new Client({
    genesis,
    nodes: ['http://node.test'],
    now: () => nowMs,
    ...(trust === undefined ? {} : { trust }),
    fetch: async (url, init) => {
      const { pathname, search } = new URL(url)
      const method = (init.method ?? 'GET') as 'GET'
      const payload = typeof init.body === 'string' ? { payload: init.body } : {}
      const headers = init.headers as Record<string, string>
      const answer = await app.inject({ method, url: pathname + search, headers, ...payload })
      return new Response(answer.body, { status: answer.statusCode })
    },
  })
  return { client, read: () => client.query((view) => view.get(stateKeys.time)), close: () => app.close() }
}

const refused = (promise: Promise<unknown>, ...codes: readonly string[]) =>
  assert.rejects(promise, (error: ClientError) => {
    assert.equal(error.kind, 'not-verified', error.message)
    assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`)
    return true
  })

test('a client follows the validators of a live chain, and refuses the history of those who left', async () => {
  await afterTwoLeft(async (application, left) => {
    assert.equal(left.length, 2)
    const { height } = application.info()
    const nowMs = application.head.timeMs + 500
    const changes = application.queries.validatorChanges(0, height, 64)
    assert.ok(changes.length >= 2)

    // Step by step from genesis: each change is signed by the set before it, and acts on the next height.
    let trust = trustFromGenesis(genesis)
    for (const change of changes) {
      const block = lightBlockAt(application, change)
      assert.notDeepEqual(block.header.validatorsHash, block.header.nextValidatorsHash)
      assert.deepEqual(lightBlockAt(application, change + 1).header.validatorsHash, block.header.nextValidatorsHash)
      const result = advanceTrust(trust, block, nowMs)
      assert.ok(result.code === 'ok', result.code)
      trust = result.trust
    }
    assert.deepEqual(trust.validators.validators, application.info().validators.validators)

    const truthful = await clientOf(honest(application), nowMs)
    const { rests } = await truthful.read()
    assert.equal(rests.height, height)
    assert.equal(truthful.client.trust.validators.validators.length, 5)
    await truthful.close()

    const all = validatorsOf(genesis)
    const everyone = [...keys.values()]
    const onlyTheirs = validatorSet(
      all.validators.filter(({ key }) => left.some((pair) => toHex(pair.publicKey) === toHex(key))),
      'pbft',
    )
    const cases: [string, LightBlock, Client['trust'] | undefined, readonly string[]][] = [
      [
        'as if nobody had left, to a client with genesis alone',
        invented(application, all, left),
        undefined,
        ['no-quorum'],
      ],
      [
        'as the only validators',
        invented(application, onlyTheirs, left),
        undefined,
        ['wrong-validators', 'too-little-overlap'],
      ],
      [
        'to a client that saw them go, though they have every key of the old set',
        invented(application, all, everyone),
        truthful.client.trust,
        ['wrong-validators'],
      ],
    ]
    for (const [name, block, known, codes] of cases) {
      const liar = await clientOf(lying(application, block), nowMs, known)
      await refused(liar.read(), ...codes).catch((error) => assert.fail(`${name}: ${error.message}`))
      await liar.close()
    }
  })
})
