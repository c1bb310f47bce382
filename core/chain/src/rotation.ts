/**
 * A weighted round robin without memory. Power is cut into slots of one unit; height h has slot h × stride mod slots. The stride is
 * coprime to the slots, so that each slot has its turn once in as many heights: everybody's share is exact over a cycle. It is near
 * the golden section of the slots, so that shares are as even as can be over a few heights too.
 */
export interface Rotation {
  /** Greatest power that divides everybody's: two validators of 1,000 each take turns like two of 1. */
  readonly unit: number
  readonly slots: number
  readonly stride: number
}

/** Powers are positive, and their sum is a safe integer. */
export function rotationOf(powers: readonly number[]): Rotation {
  const unit = powers.reduce(greatestDivisor, 0)
  const slots = powers.reduce((sum, power) => sum + power, 0) / unit
  return { unit, slots, stride: strideOf(slots) }
}

export function slotAt({ slots, stride }: Rotation, height: number): number {
  const turn = height % slots
  const product = turn * stride
  return Number.isSafeInteger(product) ? product % slots : Number((BigInt(turn) * BigInt(stride)) % BigInt(slots))
}

const GOLDEN_NUMERATOR = 618_033_989n
const GOLDEN_DENOMINATOR = 1_000_000_000n

/** The number nearest to 0.618 × slots that shares no divisor with them. */
function strideOf(slots: number): number {
  const section = Number((BigInt(slots) * GOLDEN_NUMERATOR + GOLDEN_DENOMINATOR / 2n) / GOLDEN_DENOMINATOR)
  for (let off = 0; ; off++) {
    // 1 is coprime to everything, so the search ends.
    for (const stride of [section + off, section - off]) {
      if (stride > 0 && greatestDivisor(stride, slots) === 1) return stride
    }
  }
}

function greatestDivisor(a: number, b: number): number {
  let [greater, less] = [a, b]
  while (less !== 0) [greater, less] = [less, greater % less]
  return greater
}
