import { isCofactorless } from '../platform/choice.ts'
import type { Ed25519Backend, P256Backend } from '../platform/interface.ts'
import { nobleEd25519, nobleP256 } from '../platform/noble.ts'
import { opensslEd25519, opensslP256 } from '../platform/openssl.ts'
import { loadSodium, sodiumEd25519 } from '../platform/sodium.ts'

const sodium = loadSodium()

/** Every implementation that can run here and follows our rule, the fastest first. */
export const ed25519Backends: readonly Ed25519Backend[] = [
  ...(sodium === undefined ? [] : [sodiumEd25519(sodium)]),
  opensslEd25519,
  nobleEd25519,
].filter(isCofactorless)
export const p256Backends: readonly P256Backend[] = [opensslP256, nobleP256]
