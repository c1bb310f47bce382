/** Punycode (RFC 3492), of lower-case labels without their `xn--`. */

const base = 36
const tMin = 1
const tMax = 26
const skew = 38
const damp = 700
const initialBias = 72
const initialN = 128

/** Code points of an encoded label, or undefined when it encodes nothing. At most 63 characters come in, so numbers stay small. */
export function decodePunycode(encoded: string): number[] | undefined {
  const delimiter = encoded.lastIndexOf('-')
  const output: number[] = []
  for (let index = 0; index < delimiter; index++) {
    const unit = encoded.charCodeAt(index)
    if (unit >= initialN) return undefined
    output.push(unit)
  }
  let n = initialN
  let position = 0
  let bias = initialBias
  for (let at = delimiter > 0 ? delimiter + 1 : 0; at < encoded.length; ) {
    const before = position
    let weight = 1
    for (let k = base; ; k += base) {
      const digit = digitValue(encoded.charCodeAt(at++))
      if (digit === undefined) return undefined
      position += digit * weight
      const threshold = thresholdAt(k, bias)
      if (digit < threshold) break
      weight *= base - threshold
      if (position > 0x7fff_ffff || weight > 0x7fff_ffff) return undefined
    }
    const length = output.length + 1
    bias = adapt(position - before, length, before === 0)
    n += Math.floor(position / length)
    position %= length
    if (n > 0x10_ffff || (n >= 0xd800 && n <= 0xdfff)) return undefined
    output.splice(position, 0, n)
    position += 1
  }
  return output
}

/** The one encoding of these code points. */
export function encodePunycode(codePoints: readonly number[]): string {
  const basic = codePoints.filter((point) => point < initialN)
  let output = String.fromCharCode(...basic)
  let handled = basic.length
  if (handled > 0) output += '-'
  let n = initialN
  let delta = 0
  let bias = initialBias
  while (handled < codePoints.length) {
    let next = 0x11_0000
    for (const point of codePoints) if (point >= n && point < next) next = point
    delta += (next - n) * (handled + 1)
    n = next
    for (const point of codePoints) {
      if (point < n) delta += 1
      if (point !== n) continue
      let q = delta
      for (let k = base; ; k += base) {
        const threshold = thresholdAt(k, bias)
        if (q < threshold) break
        output += digitCharacter(threshold + ((q - threshold) % (base - threshold)))
        q = Math.floor((q - threshold) / (base - threshold))
      }
      output += digitCharacter(q)
      bias = adapt(delta, handled + 1, handled === basic.length)
      delta = 0
      handled += 1
    }
    delta += 1
    n += 1
  }
  return output
}

function thresholdAt(k: number, bias: number): number {
  return Math.min(tMax, Math.max(tMin, k - bias))
}

function adapt(firstDelta: number, length: number, isFirst: boolean): number {
  let delta = isFirst ? Math.floor(firstDelta / damp) : Math.floor(firstDelta / 2)
  delta += Math.floor(delta / length)
  let k = 0
  for (; delta > ((base - tMin) * tMax) / 2; k += base) delta = Math.floor(delta / (base - tMin))
  return k + Math.floor(((base - tMin + 1) * delta) / (delta + skew))
}

/** a–z are 0 to 25, 0–9 are 26 to 35; NaN, behind the end, is none. */
function digitValue(unit: number): number | undefined {
  if (unit >= 0x61 && unit <= 0x7a) return unit - 0x61
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30 + 26
  return undefined
}

function digitCharacter(value: number): string {
  return String.fromCharCode(value < 26 ? value + 0x61 : value - 26 + 0x30)
}
