import type { Ed25519Backend, P256Backend, Platform } from './interface.ts'
import { nobleEd25519, nobleP256 } from './noble.ts'
import { opensslEd25519, opensslP256, opensslSha256Into } from './openssl.ts'
import { loadSodium, type Sodium, sodiumEd25519, sodiumSha256Into } from './sodium.ts'

/** Native libsodium where it loads (two to three times as fast), else OpenSSL through node:crypto. */
export function nodePlatform(sodium: Sodium | undefined): Platform {
  return {
    sha256Into: sodium === undefined ? opensslSha256Into : sodiumSha256Into(sodium),
    ed25519: sodium === undefined ? opensslEd25519 : sodiumEd25519(sodium),
    p256: opensslP256,
  }
}

const sodium = loadSodium()

export const platform: Platform = nodePlatform(sodium)

/** Every implementation that this platform can run, the one in use first. */
export const ed25519Backends: readonly Ed25519Backend[] =
  sodium === undefined ? [opensslEd25519, nobleEd25519] : [platform.ed25519, opensslEd25519, nobleEd25519]
export const p256Backends: readonly P256Backend[] = [opensslP256, nobleP256]
