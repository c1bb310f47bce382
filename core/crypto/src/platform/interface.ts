/**
 * What differs between servers and browsers. `#platform` in package.json names the file that fits; both give the same
 * results, and the tests hold them to it.
 */
export interface Platform {
  /** SHA-256 of `input` into the 32 bytes at `offset` of `output`. */
  sha256Into(output: Uint8Array, offset: number, input: Uint8Array): void
  readonly ed25519: Ed25519Backend
  readonly p256: P256Backend
}

/** An implementation of Ed25519 (RFC 8032). Called behind the checks of ed25519-checks.ts, never alone. */
export interface Ed25519Backend {
  readonly name: string
  /** The cofactorless equation, R compared byte for byte. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** The public key and signing function of a 32-byte seed. */
  signerOf(seed: Uint8Array): { publicKey: Uint8Array; sign(message: Uint8Array): Uint8Array }
}

/** An implementation of ECDSA on P-256 with SHA-256 (FIPS 186-5). Called behind the checks of p256-checks.ts. */
export interface P256Backend {
  readonly name: string
  /** `publicKey` is a compressed point, `signature` r‖s. False also when the point is not on the curve. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** The compressed point of a private scalar (32 bytes, big endian, from 1 to the order less 1). */
  publicKeyOf(secret: Uint8Array): Uint8Array
}
