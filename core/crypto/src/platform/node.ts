import { chooseEd25519 } from './choice.ts'
import type { Ed25519Backend, Platform } from './interface.ts'
import { nobleEd25519 } from './noble.ts'
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

/**
 * Work before libsodium is loaded, in hashes: a signature counts as many as it takes the time of. A client that verifies a few answers never
 * gets there and saves some 6 MiB; a node gets there with its first blocks.
 */
const hashesBeforeNative = 20_000
const hashesASignature = 64

/** OpenSSL at first, which is always there, and libsodium once there is enough to do. Both give the same verdicts. */
export function growingPlatform(load: () => Sodium | undefined): Platform {
  const light = nodePlatform(undefined)
  let work = 0
  const spend = (hashes: number): void => {
    const before = work
    work += hashes
    // Once only, also where it does not load.
    if (before < hashesBeforeNative && work >= hashesBeforeNative) Object.assign(growing, nodePlatform(load()))
  }
  const growing: Platform = {
    ...light,
    sha256Into(output, offset, input) {
      light.sha256Into(output, offset, input)
      spend(1)
    },
    ed25519: {
      ...light.ed25519,
      verify(publicKey, message, signature) {
        spend(hashesASignature)
        return light.ed25519.verify(publicKey, message, signature)
      },
      signerOf(seed) {
        // A node's key is made first and signs as long as the node runs: it takes the faster library when there is one.
        const lightSigner = light.ed25519.signerOf(seed)
        let nativeSigner: ReturnType<Ed25519Backend['signerOf']> | undefined
        return {
          publicKey: lightSigner.publicKey,
          sign(message) {
            if (nativeSigner === undefined && work < hashesBeforeNative) {
              spend(hashesASignature)
              return lightSigner.sign(message)
            }
            nativeSigner ??= growing.ed25519.signerOf(seed)
            return nativeSigner.sign(message)
          },
        }
      },
    },
  }
  return growing
}

export const platform: Platform = growingPlatform(loadSodium)
