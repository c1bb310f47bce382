import {
  checkAnswer,
  checkPast,
  type FinalityProof,
  type FinalState,
  finalityProofCodec,
  type Trust,
} from '@cresset/core-chain'
import { ByteMap, CodecError, fromBase64Url, fromHex } from '@cresset/core-codec'
import { verifyProof } from '@cresset/core-state-tree'
import { notVerified } from './client-error.ts'
import { describeRefusal } from './refusals.ts'

/** What a verified answer stands on: printed beside every "verified". */
export interface RestsOn {
  readonly chainId: string
  readonly genesisDigest: Uint8Array
  readonly height: number
  readonly timeMs: number
  /** Age of the certified header by the client's clock. */
  readonly ageMs: number
  readonly signers: number
  readonly validators: number
  /** The same by power: units of stake where stake decides. */
  readonly signedPower: number
  readonly totalPower: number
}

/** The JSON form of `POST /v1/proofs` and of `?proof=true`. */
export interface AnswerJson {
  readonly height: number
  /** Hex of 32 bytes each. */
  readonly keys: readonly string[]
  /** base64url, one for each key. */
  readonly proofs: readonly string[]
  readonly finality: string
}

export interface ClientClock {
  readonly nowMs: number
  readonly maxStalenessMs: number
}

/** A key that the answer did not prove was asked for. */
export class UnprovenKey extends Error {
  readonly key: Uint8Array
  constructor(key: Uint8Array) {
    super('the answer does not prove this key')
    this.key = key
  }
}

/** Committed state as far as an answer proves it: every value that it gives is under the certified root. */
export interface ProvenState {
  /** In hex: all that the answer proves. */
  readonly keys: readonly string[]
  /** @throws UnprovenKey */
  get(key: Uint8Array): Uint8Array | undefined
  readonly rests: RestsOn
  readonly final: FinalState
}

const maxKeys = 256

/** @throws ClientError `not-verified` */
export function decodeFinality(text: unknown): FinalityProof {
  try {
    if (typeof text === 'string') return finalityProofCodec.decode(fromBase64Url(text))
  } catch (error) {
    if (!(error instanceof CodecError)) throw error
  }
  throw notVerified('bad-finality', 'the answer has no readable proof of finality')
}

export function restsOn(final: FinalState, trust: Trust, nowMs: number): RestsOn {
  return {
    chainId: trust.chainId,
    genesisDigest: trust.genesisDigest,
    height: final.height,
    timeMs: final.timeMs,
    ageMs: nowMs - final.timeMs,
    signers: final.signers,
    validators: final.validators,
    signedPower: final.signedPower,
    totalPower: final.totalPower,
  }
}

function readForm(answer: unknown): AnswerJson {
  const form = answer as Partial<AnswerJson> | null
  const isText = (value: unknown): value is string => typeof value === 'string'
  if (
    typeof form !== 'object' ||
    form === null ||
    !Array.isArray(form.keys) ||
    !Array.isArray(form.proofs) ||
    !form.keys.every(isText) ||
    !form.proofs.every(isText) ||
    form.keys.length !== form.proofs.length ||
    form.keys.length > maxKeys ||
    !isText(form.finality)
  ) {
    throw notVerified('bad-answer', 'the answer does not have the form of a proof')
  }
  return form as AnswerJson
}

/**
 * Checks an answer against trust that the client already has: certificate, freshness, then each proof under the certified root. Pure.
 * @throws ClientError of kind `not-verified`; nothing of the answer is used then.
 */
export function verifyAnswer(answer: unknown, trust: Trust, clock: ClientClock): ProvenState {
  const form = readForm(answer)
  const final = checkAnswer(decodeFinality(form.finality), trust, clock)
  if (final.code !== 'ok') throw describeRefusal(final, trust)
  return proveValues(form, final, trust, clock)
}

/** As `verifyAnswer` for an answer that was kept: what stood on the ledger at its height, however long ago. */
export function verifyPastAnswer(answer: unknown, trust: Trust, clock: ClientClock): ProvenState {
  const form = readForm(answer)
  const final = checkPast(decodeFinality(form.finality), trust, clock.nowMs)
  if (final.code !== 'ok') throw describeRefusal(final, trust)
  return proveValues(form, final, trust, clock)
}

function proveValues(form: AnswerJson, final: FinalState, trust: Trust, clock: ClientClock): ProvenState {
  if (form.height !== final.height)
    throw notVerified('wrong-height', 'the answer names another height than its certificate')
  const values = new ByteMap<Uint8Array | undefined>()
  for (const [index, keyText] of form.keys.entries()) {
    try {
      const key = fromHex(keyText, { bytes: 32 })
      const verdict = verifyProof({ root: final.stateRoot, key, proof: fromBase64Url(form.proofs[index] ?? '') })
      if (!verdict.ok)
        throw notVerified('bad-proof', `the proof of key ${keyText.slice(0, 16)}… does not lead to the certified root`)
      values.set(key, verdict.value)
    } catch (error) {
      if (error instanceof CodecError)
        throw notVerified('bad-proof', 'the answer holds a key or proof that cannot be read')
      throw error
    }
  }
  return {
    keys: form.keys,
    rests: restsOn(final, trust, clock.nowMs),
    final,
    get(key) {
      if (!values.has(key)) throw new UnprovenKey(key)
      return values.get(key)
    },
  }
}
