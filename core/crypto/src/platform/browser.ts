import type { Ed25519Backend, P256Backend, Platform } from './interface.ts'
import { nobleEd25519, nobleP256, nobleSha256Into } from './noble.ts'

export const platform: Platform = { sha256Into: nobleSha256Into, ed25519: nobleEd25519, p256: nobleP256 }

/** Every implementation that this platform can run, the one in use first. */
export const ed25519Backends: readonly Ed25519Backend[] = [nobleEd25519]
export const p256Backends: readonly P256Backend[] = [nobleP256]
