import { chooseEd25519, isCofactorless } from './choice.ts'
import type { Ed25519Backend, P256Backend, Platform } from './interface.ts'
import { nobleEd25519, nobleP256 } from './noble.ts'
import { opensslEd25519, opensslP256, opensslSha256Into } from './openssl.ts'
import { loadSodium, type Sodium, sodiumEd25519, sodiumSha256Into } from './sodium.ts'

/** Native libsodium where it loads (nearly twice as fast), else OpenSSL through node:crypto. */
export function nodePlatform(sodium: Sodium | undefined): Platform {
  const native = sodium === undefined ? [] : [sodiumEd25519(sodium)]
  return {
    sha256Into: sodium === undefined ? opensslSha256Into : sodiumSha256Into(sodium),
    ed25519: chooseEd25519([...native, opensslEd25519, nobleEd25519]),
    p256: opensslP256,
  }
}

const sodium = loadSodium()

export const platform: Platform = nodePlatform(sodium)

/** Every implementation that this platform can run, the fastest first. */
export const ed25519Backends: readonly Ed25519Backend[] = [
  ...(sodium === undefined ? [] : [sodiumEd25519(sodium)]),
  opensslEd25519,
  nobleEd25519,
].filter(isCofactorless)
export const p256Backends: readonly P256Backend[] = [opensslP256, nobleP256]
