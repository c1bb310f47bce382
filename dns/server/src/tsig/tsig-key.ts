import { createHmac } from 'node:crypto'
import { formatName, lowerCaseName, parseAbsoluteName } from '@cresset/dns-wire'

/** Hashes by the name that stands in the record (RFC 8945 section 6); SHA-1 and MD5 are not taken any more. */
const hashes = {
  'hmac-sha224': { name: 'sha224', bytes: 28 },
  'hmac-sha256': { name: 'sha256', bytes: 32 },
  'hmac-sha384': { name: 'sha384', bytes: 48 },
  'hmac-sha512': { name: 'sha512', bytes: 64 },
} as const

export type TsigAlgorithm = keyof typeof hashes
export const tsigAlgorithms = Object.keys(hashes) as readonly TsigAlgorithm[]

/** A secret that two servers share, under a name that both know. */
export class TsigKey {
  /** Lower-case wire name. */
  readonly name: Uint8Array
  readonly algorithm: TsigAlgorithm
  /** Lower-case wire name of the algorithm. */
  readonly algorithmName: Uint8Array
  readonly #secret: Uint8Array

  constructor(name: Uint8Array, algorithm: TsigAlgorithm, secret: Uint8Array) {
    this.name = lowerCaseName(name)
    this.algorithm = algorithm
    this.algorithmName = parseAbsoluteName(algorithm)
    this.#secret = secret
  }

  /** Bytes of a MAC. */
  get macBytes(): number {
    return hashes[this.algorithm].bytes
  }

  mac(...parts: readonly Uint8Array[]): Uint8Array {
    const hmac = createHmac(hashes[this.algorithm].name, this.#secret)
    for (const part of parts) hmac.update(part)
    return hmac.digest()
  }

  /** Never the secret: keys end up in messages for people. */
  toString(): string {
    return `${formatName(this.name)} (${this.algorithm})`
  }
}
