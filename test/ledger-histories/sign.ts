import { createECDH, createHash, createHmac } from 'node:crypto'
import { fromHex, toHex } from '@cresset/core-codec'
import { type KeyPair, signSync } from '@cresset/core-crypto'

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/**
 * The same signature for the same key and message, as a seeded history needs. That of P-256 with OpenSSL's curve: signatures were a
 * fifth of the time that histories took.
 */
export function signPlainly(pair: KeyPair, message: Uint8Array): Uint8Array {
  if (pair.type === 'ed25519') return signSync(pair, message)
  // FIPS 186-5 section 6.4.1; whatever number is as good as another here that differs with each message and key.
  const number = toNumber(createHmac('sha256', pair.secret).update(message).digest()) % order
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(fromHex(toText(number)))
  const r = toNumber(curve.getPublicKey().subarray(1, 33)) % order
  const digest = toNumber(createHash('sha256').update(message).digest())
  const s = (inverse(number) * (digest + r * toNumber(pair.secret))) % order
  return fromHex(toText(r) + toText(s > order / 2n ? order - s : s))
}

const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes)}`)
const toText = (value: bigint): string => value.toString(16).padStart(64, '0')

/** Modulo the order, by Euclid's algorithm. */
function inverse(value: bigint): bigint {
  let [a, b, x, y] = [value, order, 1n, 0n]
  while (a > 1n) {
    const whole = b / a
    ;[a, b, x, y] = [b - whole * a, a, y - whole * x, x]
  }
  return x < 0n ? x + order : x
}
