import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  advanceTrust,
  commitCertificateCodec,
  decodeValidators,
  headerCodec,
  trustFromGenesis,
  validatorsHash,
  validatorsOf,
} from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { accountOf, type KeyPair } from '@cresset/core-crypto'
import { changeDigest, type LedgerChange } from '@cresset/core-ledger'
import type { SnapshotTrust } from '@cresset/network-consensus/interface'
import { openMemoryStore, type Store } from '@cresset/network-storage'
import { LedgerApplication } from './ledger-application.ts'
import { TestLedger, testKey } from './testing/test-ledger.ts'

const names = ['ada', 'bob', 'cyd', 'dan']
const identities: readonly KeyPair[] = names.map((name) => testKey(`identity ${name}`))
const idOf = (index: number): Uint8Array => accountOf(identities[index]!.publicKey)

/** Four validators whose identities can pay for what they propose. */
class Consortium {
  readonly ledger: TestLedger
  readonly #sequences = names.map(() => 0)
  #proposal = 0

  constructor() {
    const settings = { validatorInThresholdPercent: '50', validatorOutThresholdPercent: '50' }
    this.ledger = new TestLedger(2, settings)
    const accounts = identities.map((_, index) => ({ account: idOf(index), amount: 1_000_000_000n }))
    this.ledger.genesis.balances.push(...accounts)
    Object.assign(this.ledger, { chainId: this.ledger.chainIdOf(this.ledger.genesis) })
  }

  open(store: Store = openMemoryStore()): Promise<LedgerApplication> {
    return LedgerApplication.open({ store, genesis: this.ledger.genesis, snapshotChunkBytes: 4_096 })
  }

  /** One block in which three of the four agree. */
  async pass(application: LedgerApplication, change: LedgerChange): Promise<void> {
    const proposal = ++this.#proposal
    const transactions = [0, 1, 2].map((index) => {
      const node = idOf(index)
      const vote = { node, proposal, change: changeDigest(change), isYes: true }
      const sequence = this.#sequences[index] as number
      this.#sequences[index] = sequence + 1
      return this.ledger.sign(
        identities[index]!,
        sequence,
        index === 0 ? { kind: 'propose', body: { node, change } } : { kind: 'vote', body: vote },
      )
    })
    assert.deepEqual(await this.ledger.commit(application, transactions), ['ok', 'ok', 'ok'])
  }

  async empty(application: LedgerApplication, blocks: number): Promise<void> {
    for (let block = 0; block < blocks; block++) assert.deepEqual(await this.ledger.commit(application, []), [])
  }
}

const out = (index: number): LedgerChange => ({ kind: 'validatorOut', body: { node: idOf(index) } })
const back = (index: number): LedgerChange => ({ kind: 'validatorIn', body: { node: idOf(index) } })

/** Changes in blocks 2, 3 and 7; they are named by headers 3, 4 and 8. */
async function lived() {
  const consortium = new Consortium()
  const application = await consortium.open()
  await consortium.empty(application, 1)
  await consortium.pass(application, out(3))
  await consortium.pass(application, out(2))
  await consortium.empty(application, 3)
  await consortium.pass(application, back(3))
  await consortium.empty(application, 3)
  return { consortium, application }
}

const sizes = ({ queries }: LedgerApplication, height: number): number[] => {
  const { validators, nextValidators } = queries.lightBlock(height)!
  return [validators, nextValidators].map((set) => decodeValidators(set, 'pbft').validators.length)
}

/** What a node that joins finds out by following the changes. */
function trustAt(application: LedgerApplication, consortium: Consortium, height: number): SnapshotTrust {
  let trust = trustFromGenesis(consortium.ledger.genesis)
  const changes = application
    .validatorChanges(0, 64)
    .filter((change) => headerCodec.decode(change.header).height < height)
  for (const change of changes) {
    const block = {
      header: headerCodec.decode(change.header),
      certificate: commitCertificateCodec.decode(change.certificate),
      validators: decodeValidators(change.validators, 'pbft'),
      nextValidators: decodeValidators(change.nextValidators, 'pbft'),
    }
    const result = advanceTrust(trust, block, block.header.timeMs)
    assert.ok(result.code === 'ok', result.code)
    trust = result.trust
  }
  return { validators: trust.validators, changes }
}

test('a set acts two heights after the block that changed it, and every set and change is kept', async () => {
  const { consortium, application } = await lived()
  const { queries } = application
  assert.deepEqual(queries.validatorChanges(0, 100, 64), [3, 4, 8])
  assert.deepEqual(queries.validatorChanges(3, 8, 64), [4], 'neither end')
  assert.deepEqual(queries.validatorChanges(0, 100, 2), [3, 4])
  assert.deepEqual(queries.validatorChanges(8, 100, 64), [])
  const decided = Array.from({ length: 10 }, (_, index) => sizes(application, index + 1))
  assert.deepEqual(decided, [
    [4, 4],
    [4, 4],
    [4, 3],
    [3, 2],
    [2, 2],
    [2, 2],
    [2, 2],
    [2, 3],
    [3, 3],
    [3, 3],
  ])
  assert.deepEqual(
    validatorsHash(trustAt(application, consortium, 11).validators),
    validatorsHash(application.info().validators),
  )
})

test('sets stay the same objects while nothing changes, and after a restart have the same hashes', async () => {
  const consortium = new Consortium()
  const store = openMemoryStore()
  const application = await consortium.open(store)
  await consortium.empty(application, 1)
  const { validators, nextValidators } = application.info()
  assert.equal(validators, nextValidators)
  await consortium.empty(application, 1)
  assert.equal(application.info().validators, validators)
  await consortium.pass(application, out(3))
  assert.equal(application.info().validators, validators)
  const entering = application.info().nextValidators
  assert.equal(entering.validators.length, 3)
  const again = (await consortium.open(store)).info()
  assert.deepEqual(validatorsHash(again.validators), validatorsHash(validators))
  assert.deepEqual(validatorsHash(again.nextValidators), validatorsHash(entering))
  await consortium.empty(application, 1)
  assert.equal(application.info().validators, entering)
  assert.equal(application.info().nextValidators, entering)
})

test('a block that is taken back takes its change of the validators with it', async () => {
  const consortium = new Consortium()
  const application = await consortium.open()
  await consortium.empty(application, 1)
  await consortium.pass(application, out(3))
  const before = application.info()
  await consortium.empty(application, 1)
  assert.deepEqual(application.queries.validatorChanges(0, 100, 64), [3])
  await application.undo()
  assert.deepEqual(application.queries.validatorChanges(0, 100, 64), [])
  assert.deepEqual(application.info().nextValidators.validators, before.nextValidators.validators)
  await application.undo()
  assert.equal(application.info().nextValidators.validators.length, 4)
})

async function transfer(from: LedgerApplication, to: LedgerApplication, trust: SnapshotTrust): Promise<string> {
  const [description] = await from.listSnapshots()
  let { code } = await to.offerSnapshot(description!, trust)
  for (let index = 0; code === 'accept'; index++) {
    const chunk = await from.loadSnapshotChunk(description!.height, index)
    if (chunk === undefined) return 'ended'
    code = (await to.applySnapshotChunk(index, chunk)).code
  }
  return code
}

test('a snapshot is believed under the validators of its height, which genesis alone does not tell', async () => {
  const { consortium, application } = await lived()
  const { height } = application.info()
  const target = await consortium.open()
  const genesisTrust = { validators: validatorsOf(consortium.ledger.genesis), changes: [] }
  assert.equal(await transfer(application, target, genesisTrust), 'not-final')
  assert.equal(target.info().height, 0)
  assert.equal(await transfer(application, target, trustAt(application, consortium, 4)), 'not-final', 'an older set')
  const trust = trustAt(application, consortium, height)
  assert.equal(await transfer(application, target, trust), 'done')
  assert.deepEqual(target.info().validators.validators, application.info().validators.validators)

  // Who joins by it can be joined by: it hands on the changes whose blocks it never had.
  assert.deepEqual(target.queries.validatorChanges(0, 100, 64), [3, 4, 8])
  assert.deepEqual(target.queries.lightBlock(3), application.queries.lightBlock(3))
  assert.equal(target.queries.lightBlock(2), undefined)
  const next = await consortium.open()
  assert.equal(await transfer(target, next, trustAt(target, consortium, height)), 'done')
  await consortium.empty(next, 1)
  assert.equal(toHex(next.info().stateRoot).length, 64)
})

test('a snapshot of the very block that names other validators carries that change too', async () => {
  const consortium = new Consortium()
  const application = await consortium.open()
  await consortium.empty(application, 1)
  await consortium.pass(application, out(3))
  await consortium.empty(application, 1)
  const target = await consortium.open()
  assert.equal(await transfer(application, target, trustAt(application, consortium, 3)), 'done')
  assert.deepEqual(target.queries.validatorChanges(0, 100, 64), [3])
  assert.deepEqual(sizes(target, 3), [4, 3])
  await consortium.empty(target, 2)
  assert.equal(target.info().height, 5)
})

test('while a decided change does not act yet a block is wanted soon, and then no more', async () => {
  const consortium = new Consortium()
  const application = await consortium.open()
  const wanted: (number | undefined)[] = []
  const commit = application.commit.bind(application)
  application.commit = async (request) => {
    const result = await commit(request)
    wanted.push(result.wantsBlockWithinMs)
    return result
  }
  await consortium.empty(application, 1)
  await consortium.pass(application, out(3))
  await consortium.empty(application, 2)
  assert.deepEqual(wanted, [undefined, 1_000, undefined, undefined])
})
