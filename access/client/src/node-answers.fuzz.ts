import assert from 'node:assert/strict'
import {
  advanceTrust,
  blockHash,
  commitCertificateCodec,
  encodeValidators,
  finalityProofCodec,
  headerCodec,
  validatorsHash,
} from '@cresset/core-chain'
import { HeaderChain } from '@cresset/core-chain/testing'
import { concatBytes, fromUtf8, toBase64Url, toHex, utf8 } from '@cresset/core-codec'
import { merkleRoot, sha256 } from '@cresset/core-crypto'
import { type Receipt, receiptCodec, receiptLeaf } from '@cresset/core-ledger'
import { StateTree } from '@cresset/core-state-tree'
import { openMemoryStore } from '@cresset/network-storage'
import { verifyAnswer } from './answer.ts'
import { ClientError } from './client-error.ts'
import { lightBlockToJson, readChanges, readLightBlock } from './light-blocks.ts'
import { verifyReceipt } from './receipt.ts'
import { trustFromJson, trustToJson } from './trust-json.ts'

/*
 * All that a client parses from a node, made of hostile parts: it is refused as `not-verified`, or it is the truth. The first byte says
 * what the rest is: parts with two bytes of length before each, or JSON as it stands.
 */

export const name = 'node-answers'
export const maxBytes = 6_000

const chain = new HeaderChain(4).change(['consensus 1', 'consensus 2', 'consensus 3', 'new 0']).grow(3)
const { trust } = chain
const key = sha256(utf8('key'))
const value = utf8('value')
const receipt: Receipt = { code: 'ok', events: [], units: 1 }
const id = sha256(utf8('transaction'))

const store = openMemoryStore()
const tree = StateTree.open(store, { prefix: Uint8Array.of(1) })
const update = tree.update(1, [{ key, value }])
void store.write(update.writes)
tree.applied(update)
const vote = { stateRoot: update.root, receiptsRoot: merkleRoot([receiptLeaf(id, receipt)]) }
const finality = finalityProofCodec.encode(chain.proof(1, { vote }))
/** Header 2 names other validators for height 3. */
const change = chain.light(2)
const clock = { nowMs: chain.header(1).timeMs, maxStalenessMs: 60_000 }

const withLength = (part: Uint8Array) => concatBytes(Uint8Array.of(part.length >> 8, part.length), part)
const input = (kind: number, ...parts: readonly Uint8Array[]) =>
  concatBytes(Uint8Array.of(kind), ...parts.map(withLength))
const text = (json: unknown) =>
  concatBytes(Uint8Array.of(3), utf8(typeof json === 'string' ? json : JSON.stringify(json)))

const answerJson = {
  height: 1,
  keys: [toHex(key)],
  proofs: [toBase64Url(tree.prove(key))],
  finality: toBase64Url(finality),
}
const receiptJson = {
  receipt: toHex(receiptCodec.encode(receipt)),
  index: 0,
  count: 1,
  siblings: [],
  finality: toBase64Url(finality),
}

// Were the honest parts refused, nothing that is made of them would get anywhere.
assert.deepEqual(verifyAnswer(answerJson, trust, clock).get(key), value)
assert.deepEqual(verifyReceipt(id, receiptJson, trust, clock).receipt, receipt)
assert.equal(advanceTrust(trust, readLightBlock(lightBlockToJson(change), 'pbft'), clock.nowMs).code, 'ok')

export const seeds: readonly Uint8Array[] = [
  input(0, finality, tree.prove(key)),
  input(
    1,
    headerCodec.encode(change.header),
    commitCertificateCodec.encode(change.certificate),
    encodeValidators(change.validators),
    encodeValidators(change.nextValidators),
  ),
  input(2, finality, receiptCodec.encode(receipt)),
  text(answerJson),
  text(receiptJson),
  text(lightBlockToJson(change)),
  text({ heights: [2, 3] }),
  text(trustToJson(trust)),
]

function partsOf(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let at = 1; at + 2 <= bytes.length; ) {
    const length = ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
    parts.push(bytes.slice(at + 2, at + 2 + length))
    at += 2 + length
  }
  return parts
}

/** The truth, or nothing because it was refused in the documented way. */
function attempt<T>(check: () => T): T | undefined {
  try {
    return check()
  } catch (error) {
    if (error instanceof ClientError && (error.kind === 'not-verified' || error.code === 'bad-trust')) return undefined
    throw error
  }
}

function checkAnswerJson(json: unknown): void {
  const state = attempt(() => verifyAnswer(json, trust, clock))
  if (state?.keys.includes(toHex(key))) assert.deepEqual(state.get(key), value)
}

function checkReceiptJson(json: unknown): void {
  const proven = attempt(() => verifyReceipt(id, json, trust, clock))
  if (proven) assert.deepEqual(proven.receipt, receipt)
}

function checkHeaderJson(json: unknown): void {
  const block = attempt(() => readLightBlock(json, 'pbft'))
  if (block === undefined) return
  const result = advanceTrust(trust, block, clock.nowMs)
  if (result.code !== 'ok') return
  const { height, blockHash: hash, validators } = result.trust
  assert.deepEqual(hash, blockHash(chain.header(height)))
  assert.deepEqual(validatorsHash(validators), chain.header(height).nextValidatorsHash)
}

function checkText(bytes: Uint8Array): void {
  let json: unknown
  let given: string
  try {
    given = fromUtf8(bytes)
    json = JSON.parse(given)
  } catch {
    return
  }
  checkAnswerJson(json)
  checkReceiptJson(json)
  checkHeaderJson(json)
  attempt(() => readChanges(json, 0, 100, 256))
  attempt(() => trustFromJson(given, chain.genesis))
}

export function run(bytes: Uint8Array): void {
  const [first = new Uint8Array(0), second = new Uint8Array(0), third = new Uint8Array(0), fourth] = partsOf(bytes)
  const kind = bytes[0]
  if (kind === 0) checkAnswerJson({ ...answerJson, finality: toBase64Url(first), proofs: [toBase64Url(second)] })
  else if (kind === 1) {
    checkHeaderJson({
      header: toBase64Url(first),
      certificate: toBase64Url(second),
      validators: toBase64Url(third),
      nextValidators: fourth === undefined ? null : toBase64Url(fourth),
    })
  } else if (kind === 2) checkReceiptJson({ ...receiptJson, finality: toBase64Url(first), receipt: toHex(second) })
  else checkText(bytes.subarray(1))
}
