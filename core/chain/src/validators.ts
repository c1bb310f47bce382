import { type Codec, CodecError, compareBytes, hash32, list, struct, uint, uint53 } from '@cresset/core-codec'
import { type PublicKey, publicKeyCodec, taggedHash } from '@cresset/core-crypto'
import { isQuorum, type QuorumRule } from './quorums.ts'
import { type Rotation, rotationOf, slotAt } from './rotation.ts'

export const MAX_VALIDATORS = 128
/** So that the greatest set adds up within 2^53. */
export const MAX_POWER: number = 2 ** 46 - 1

/** One who votes. `nodeId` is the hash of its first identity key and, as `account`, earns the fees. */
export interface Validator {
  /** Consensus key, Ed25519, tagged. */
  readonly key: PublicKey
  readonly power: number
  readonly nodeId: Uint8Array
  readonly account: Uint8Array
}

export interface ValidatorSet {
  /** Sorted by key, distinct. A validator's index in here names it in votes and certificates. */
  readonly validators: readonly Validator[]
  readonly rule: QuorumRule
  readonly totalPower: number
  /** In which order they propose. */
  readonly rotation: Rotation
}

const validatorListCodec: Codec<Validator[]> = list(
  struct({ key: publicKeyCodec, power: uint53, nodeId: hash32, account: hash32 }),
  { minItems: 1, maxItems: MAX_VALIDATORS },
)
/** Longest encoding of a set. */
export const maxValidatorsBytes: number = validatorListCodec.maxBytes
export const validatorIndexCodec: Codec<number> = uint(MAX_VALIDATORS - 1)

/** Sorts and checks. Throws RangeError: a set comes from genesis or the ledger, which both checked it. */
export function validatorSet(validators: readonly Validator[], rule: QuorumRule): ValidatorSet {
  const sorted = [...validators].sort((a, b) => compareBytes(a.key, b.key))
  if (sorted.length === 0 || sorted.length > MAX_VALIDATORS) {
    throw new RangeError(`${sorted.length} validators, 1 to ${MAX_VALIDATORS} are possible`)
  }
  let totalPower = 0
  sorted.forEach((validator, index) => {
    const previous = sorted[index - 1]
    if (previous !== undefined && compareBytes(previous.key, validator.key) === 0) {
      throw new RangeError('two validators have the same key')
    }
    if (!Number.isSafeInteger(validator.power) || validator.power < 1) throw new RangeError('a validator needs power')
    if (validator.power > MAX_POWER) throw new RangeError(`a validator has more power than ${MAX_POWER}`)
    if (rule !== 'stake' && validator.power !== 1) throw new RangeError(`every validator has power 1 under ${rule}`)
    totalPower += validator.power
  })
  if (!Number.isSafeInteger(totalPower)) throw new RangeError('total power is over 2^53')
  return { validators: sorted, rule, totalPower, rotation: rotationOf(sorted.map(({ power }) => power)) }
}

/** The set's list as the hash covers it. The rule is genesis' and not in there. */
export function encodeValidators(set: ValidatorSet): Uint8Array {
  return validatorListCodec.encode([...set.validators])
}

/** Reads a set from bytes that came from anywhere. @throws CodecError, also for a list that no set has */
export function decodeValidators(bytes: Uint8Array, rule: QuorumRule): ValidatorSet {
  const list = validatorListCodec.decode(bytes)
  try {
    const set = validatorSet(list, rule)
    if (list.every((validator, index) => validator === set.validators[index])) return set
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new CodecError('out-of-range', error.message, { cause: error })
  }
  throw new CodecError('not-canonical', 'the validators are not sorted by key')
}

export function validatorsHash(set: ValidatorSet): Uint8Array {
  return taggedHash('cresset/validators/v1', encodeValidators(set))
}

/** Power of distinct indexes; an index outside the set counts nothing. */
export function powerOf(set: ValidatorSet, indexes: Iterable<number>): number {
  let power = 0
  for (const index of new Set(indexes)) power += set.validators[index]?.power ?? 0
  return power
}

export function decides(set: ValidatorSet, indexes: Iterable<number>): boolean {
  return isQuorum(set.rule, powerOf(set, indexes), set.totalPower)
}

/**
 * Index of who proposes at (height, view): (height + view) mod n. By stake, view 0 goes round by power (see `Rotation`), and
 * each further view to the next in the list: whoever failed is not asked again before everybody else was.
 */
export function proposerIndex(set: ValidatorSet, height: number, view: number): number {
  const { validators, rule, rotation } = set
  if (rule !== 'stake') return (height + view) % validators.length
  let slot = slotAt(rotation, height)
  const first = validators.findIndex(({ power }) => {
    slot -= power / rotation.unit
    return slot < 0
  })
  return (first + view) % validators.length
}

export function indexOfKey(set: ValidatorSet, key: PublicKey): number | undefined {
  const index = set.validators.findIndex((validator) => compareBytes(validator.key, key) === 0)
  return index < 0 ? undefined : index
}
