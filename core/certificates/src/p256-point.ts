import { concatBytes, fromHex, toHex } from '@cresset/core-codec'

// SEC 1 2.3.3 and 2.3.4 over secp256r1 (SEC 2 2.4.2). Points are public, so the arithmetic need not hide its timing.
const prime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n
const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn

/** 33 bytes (02 or 03 ‖ x) to 65 bytes (04 ‖ x ‖ y). The point must be on the curve. */
export function expandPoint(compressed: Uint8Array): Uint8Array {
  const sign = compressed[0]
  if (compressed.length !== 33 || (sign !== 2 && sign !== 3)) throw new RangeError('not a compressed P-256 point')
  const xBytes = compressed.subarray(1)
  const x = integerOf(xBytes)
  const ySquared = curve(x)
  // p ≡ 3 (mod 4), so a square root is one power.
  const root = power(ySquared, (prime + 1n) / 4n)
  if (x >= prime || (root * root) % prime !== ySquared) throw new RangeError('not on P-256')
  const y = (root & 1n) === BigInt(sign & 1) ? root : prime - root
  return concatBytes(Uint8Array.of(4), xBytes, fromHex(y.toString(16).padStart(64, '0')))
}

/** 65 bytes to 33; `undefined` if they are not an uncompressed point on the curve. */
export function compressPoint(uncompressed: Uint8Array): Uint8Array | undefined {
  if (uncompressed.length !== 65 || uncompressed[0] !== 4) return undefined
  const x = integerOf(uncompressed.subarray(1, 33))
  const y = integerOf(uncompressed.subarray(33))
  if (x >= prime || y >= prime || (y * y) % prime !== curve(x)) return undefined
  return concatBytes(Uint8Array.of(2 + Number(y & 1n)), uncompressed.subarray(1, 33))
}

function curve(x: bigint): bigint {
  return (((x * x * x - 3n * x + b) % prime) + prime) % prime
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = base
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % prime
    square = (square * square) % prime
  }
  return result
}

function integerOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`)
}
