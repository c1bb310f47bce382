/** Blowfish (Schneier 1993) as far as bcrypt needs it: key schedule and encryption of a block, on 32-bit words. */

const ROUNDS = 16
const SUBKEYS = ROUNDS + 2
const BOX = 256
const WORDS = SUBKEYS + 4 * BOX
const GUARD_BITS = 64n

/** Blowfish begins with the fraction of π: 18 subkeys, then four boxes. */
let fraction: Uint32Array | undefined

function fractionOfPi(): Uint32Array {
  if (fraction) return fraction
  const bits = BigInt(WORDS * 32)
  const one = 1n << (bits + GUARD_BITS)
  // Machin 1706: π = 16 arctan(1/5) − 4 arctan(1/239).
  const arctanOfInverse = (n: bigint): bigint => {
    let sum = 0n
    let power = one / n
    for (let k = 1n; power !== 0n; k += 2n) {
      sum += k % 4n === 1n ? power / k : -(power / k)
      power /= n * n
    }
    return sum
  }
  const pi = (16n * arctanOfInverse(5n) - 4n * arctanOfInverse(239n)) >> GUARD_BITS
  const hex = (pi & ((1n << bits) - 1n)).toString(16).padStart(WORDS * 8, '0')
  fraction = Uint32Array.from({ length: WORDS }, (_, word) => Number.parseInt(hex.slice(word * 8, word * 8 + 8), 16))
  return fraction
}

/** Takes the bytes of `data` as an endless row of big-endian words. */
function wordsOf(data: Uint8Array): () => number {
  let at = 0
  return () => {
    let word = 0
    for (let count = 0; count < 4; count++) {
      word = (word << 8) | (data[at] as number)
      at = (at + 1) % data.length
    }
    return word >>> 0
  }
}

export class Blowfish {
  readonly #state = Uint32Array.from(fractionOfPi())

  /** Encrypts the two words at `at` in place. */
  encrypt(block: Uint32Array, at: number): void {
    const state = this.#state
    let left = block[at] as number
    let right = block[at + 1] as number
    for (let round = 0; round < ROUNDS; round += 2) {
      left ^= state[round] as number
      right ^= mix(state, left)
      right ^= state[round + 1] as number
      left ^= mix(state, right)
    }
    block[at] = right ^ (state[ROUNDS + 1] as number)
    block[at + 1] = left ^ (state[ROUNDS] as number)
  }

  /** The key schedule; with a salt, that of bcrypt (Provos and Mazières 1999). */
  expand(key: Uint8Array, salt?: Uint8Array): void {
    const state = this.#state
    const nextKey = wordsOf(key)
    for (let index = 0; index < SUBKEYS; index++) state[index] = (state[index] as number) ^ nextKey()
    const nextSalt = salt && wordsOf(salt)
    const block = new Uint32Array(2)
    for (let index = 0; index < WORDS; index += 2) {
      if (nextSalt) {
        block[0] = (block[0] as number) ^ nextSalt()
        block[1] = (block[1] as number) ^ nextSalt()
      }
      this.encrypt(block, 0)
      state[index] = block[0] as number
      state[index + 1] = block[1] as number
    }
  }
}

function mix(state: Uint32Array, word: number): number {
  const a = state[SUBKEYS + (word >>> 24)] as number
  const b = state[SUBKEYS + BOX + ((word >>> 16) & 0xff)] as number
  const c = state[SUBKEYS + 2 * BOX + ((word >>> 8) & 0xff)] as number
  const d = state[SUBKEYS + 3 * BOX + (word & 0xff)] as number
  return ((((a + b) | 0) ^ c) + d) | 0
}
