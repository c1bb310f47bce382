import type { Platform } from './interface.ts'
import { nobleEd25519, nobleP256, nobleSha256Into } from './noble.ts'

export const platform: Platform = { sha256Into: nobleSha256Into, ed25519: nobleEd25519, p256: nobleP256 }
