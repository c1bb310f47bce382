import { concatBytes, fromHex, toHex, uint32ToBytes, utf8 } from '@cresset/core-codec'
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'

/**
 * Ed25519 signatures at the edges of the rule, made from known scalars: with A = aB + tT and R = rB + uT, where T has order 8, the
 * verdict follows from the numbers alone, without any implementation of the check.
 *
 * The committed file is `corpusCase(0)` … `corpusCase(9999)`, one record after the other. `node --conditions=cresset-source
 * core/crypto/src/testing/torsion-corpus.ts FILE` writes it again.
 */
export const CORPUS_CASES = 10_000
export const RECORD_BYTES = 1 + 1 + 32 + 64 + 16

export interface CorpusCase {
  category: string
  /** The verdict of our rule. */
  valid: boolean
  /** Whether the equation multiplied by the cofactor holds, which other rules ask for. */
  cofactored: boolean
  publicKey: Uint8Array
  signature: Uint8Array
  message: Uint8Array
}

const { Point } = ed25519
type CurvePoint = typeof Point.BASE
type Bytes = Uint8Array
const order = Point.Fn.ORDER
const torsionGenerator = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')
const torsion: CurvePoint[] = [Point.ZERO]
for (let index = 1; index < 8; index++) torsion.push((torsion[index - 1] as CurvePoint).add(torsionGenerator))

/** Second spellings of points of small order: y + p, or a sign where x = 0. */
const secondSpellings: { encoded: Bytes; torsion: number }[] = (
  [
    ['0100000000000000000000000000000000000000000000000000000000000080', '01'.padEnd(64, '0')],
    ['eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', '01'.padEnd(64, '0')],
    ['eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff', '01'.padEnd(64, '0')],
    ['ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff', `ec${'ff'.repeat(30)}7f`],
    ['edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', '00'.repeat(32)],
    ['edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff', `${'00'.repeat(31)}80`],
  ] as const
).map(([encoded, canonical]) => ({
  encoded: fromHex(encoded),
  torsion: torsion.findIndex((point) => toHex(point.toBytes()) === canonical),
}))

export const categories = [
  'honest',
  'A has torsion',
  'R has torsion',
  'A and R have torsion',
  'A and R have torsion that cancels',
  'A has torsion that the challenge cancels',
  'S not reduced',
  'S not reduced, torsion cancels',
  'A of small order, torsion cancels',
  'A of small order in a second spelling',
  'R of small order, torsion cancels',
  'R of small order in a second spelling',
  'A and R of small order, S zero, torsion cancels',
  'R negated',
  'one bit of S changed',
  'one bit of the message changed',
  'one bit of A changed',
  'A or R not on the curve',
  'y of A or R not reduced',
  'S at a limit',
] as const

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n
  for (let index = bytes.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index] as number)
  return value
}

function toLittleEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32)
  for (let index = 0, rest = value; index < 32; index++, rest >>= 8n) bytes[index] = Number(rest & 255n)
  return bytes
}

/** Numbers that depend on the case alone. */
function numbersOf(index: number) {
  let counter = 0
  const block = () =>
    sha512(concatBytes(utf8('cresset torsion corpus 1'), uint32ToBytes(index), uint32ToBytes(counter++)))
  return {
    bytes: (length: number) => block().slice(0, length),
    below: (bound: number) => Number(littleEndian(block()) % BigInt(bound)),
    scalar: () => 1n + (littleEndian(block()) % (order - 1n)),
  }
}

function flipBit(bytes: Uint8Array, bit: number): void {
  bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
}

export function corpusCase(index: number): CorpusCase {
  const category = categories[index % categories.length] as (typeof categories)[number]
  const random = numbersOf(index)
  const smallA = category.startsWith('A of small order') || category.startsWith('A and R of small order')
  const smallR = category.startsWith('R of small order') || category.startsWith('A and R of small order')
  const secondSpelling = category.endsWith('second spelling')
  const cancels = category.includes('cancel') || (secondSpelling && random.below(8) > 0)

  const a = smallA ? 0n : random.scalar()
  let r = smallR ? 0n : random.scalar()
  let message = random.bytes(16)
  let torsionA = /^A (and R )?(has|have) torsion|torsion cancels/.test(category) || smallA ? random.below(8) : 0
  let torsionR =
    category === 'R has torsion' ? 1 + random.below(7) : category.startsWith('A and R') || smallR ? random.below(8) : 0
  if (category === 'A has torsion' || category === 'A has torsion that the challenge cancels')
    torsionA = 1 + random.below(7)

  let encodedA: Bytes = Point.BASE.multiplyUnsafe(a)
    .add(torsion[torsionA] as CurvePoint)
    .toBytes()
  if (secondSpelling && smallA) ({ encoded: encodedA, torsion: torsionA } = pick(secondSpellings, random.below(6)))
  let encodedR: Bytes = new Uint8Array(0)
  let challenge = 0n
  const challengeOf = () => littleEndian(sha512(concatBytes(encodedR, encodedA, message))) % order
  const torsionCancels = () => (BigInt(torsionR) + challenge * BigInt(torsionA)) % 8n === 0n

  // One in eight tries lets the torsion cancel; the next try is one addition away.
  let pointR = Point.BASE.multiplyUnsafe(r)
  for (let tries = 0; ; tries++) {
    if (tries > 1000) throw new Error(`case ${index} finds no torsion that cancels`)
    encodedR = pointR.add(torsion[torsionR] as CurvePoint).toBytes()
    if (secondSpelling && smallR) ({ encoded: encodedR, torsion: torsionR } = pick(secondSpellings, random.below(6)))
    challenge = challengeOf()
    if (!cancels || torsionCancels()) break
    if (smallR) {
      message = random.bytes(16)
      torsionR = random.below(8)
    } else {
      r = (r + 1n) % order
      pointR = pointR.add(Point.BASE)
      if (category !== 'A has torsion that the challenge cancels') torsionR = random.below(8)
    }
  }

  let response = (r + challenge * a) % order
  let spoiled = false
  if (category.startsWith('S not reduced')) response += BigInt(1 + random.below(15)) * order
  if (category === 'S at a limit') {
    response = pick(
      [0n, 1n, order - 1n, order, order + 1n, 2n ** 252n, 2n ** 255n - 1n, 2n ** 256n - 1n],
      random.below(8),
    )
    spoiled = true
  }
  if (category === 'one bit of S changed') {
    const bytes = toLittleEndian(response)
    flipBit(bytes, random.below(252))
    response = littleEndian(bytes)
    spoiled = true
  }
  if (category === 'R negated') flipBit(encodedR, 255)
  if (category === 'one bit of the message changed') flipBit(message, random.below(128))
  if (category === 'one bit of A changed') flipBit(encodedA, random.below(256))
  if (category === 'A or R not on the curve') replaceEither(random.below(2), () => offCurve(random))
  if (category === 'y of A or R not reduced') replaceEither(random.below(2), () => unreduced(random))
  function replaceEither(which: number, made: () => Uint8Array): void {
    if (which === 0) encodedA = Uint8Array.from(made())
    else encodedR = Uint8Array.from(made())
  }
  if (/^R negated|^one bit|not on the curve|^y of/.test(category)) spoiled = true

  const cofactored = !spoiled && response < order
  return {
    category,
    valid: cofactored && torsionCancels() && !smallA && !smallR,
    cofactored,
    publicKey: encodedA,
    signature: concatBytes(encodedR, toLittleEndian(response)),
    message,
  }
}

function pick<T>(from: readonly T[], index: number): T {
  return from[index] as T
}

function isOnCurve(encoded: Uint8Array): boolean {
  try {
    Point.fromBytes(encoded, true)
    return true
  } catch {
    return false
  }
}

function offCurve(random: ReturnType<typeof numbersOf>): Uint8Array {
  for (;;) {
    const encoded = random.bytes(32)
    if (!isOnCurve(encoded)) return encoded
  }
}

/** y + p for a y from 2 to 18 that is on the curve, of full or mixed order. */
function unreduced(random: ReturnType<typeof numbersOf>): Uint8Array {
  for (;;) {
    const encoded = new Uint8Array(32).fill(0xff)
    encoded[0] = 0xed + 2 + random.below(17)
    if (random.below(2) === 0) encoded[31] = 0x7f
    if (isOnCurve(encoded)) return encoded
  }
}

export function encodeCase({ category, valid, cofactored, publicKey, signature, message }: CorpusCase): Uint8Array {
  const number = categories.indexOf(category as (typeof categories)[number])
  return concatBytes(Uint8Array.of(number, (valid ? 1 : 0) | (cofactored ? 2 : 0)), publicKey, signature, message)
}

export function decodeCase(corpus: Uint8Array, index: number): CorpusCase {
  const record = corpus.slice(index * RECORD_BYTES, (index + 1) * RECORD_BYTES)
  const verdict = record[1] as number
  return {
    category: pick(categories, record[0] as number),
    valid: (verdict & 1) !== 0,
    cofactored: (verdict & 2) !== 0,
    publicKey: record.slice(2, 34),
    signature: record.slice(34, 98),
    message: record.slice(98),
  }
}

if (import.meta.main) {
  const { writeFileSync } = await import('node:fs')
  const records = Array.from({ length: CORPUS_CASES }, (_, index) => encodeCase(corpusCase(index)))
  writeFileSync(process.argv[2] ?? 'torsion.bin', concatBytes(...records))
}
