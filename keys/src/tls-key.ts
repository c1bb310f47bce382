import { randomBytes } from 'node:crypto'
import { generateKeyPair, type KeyPair } from '@cresset/core-crypto'
import { pkcs8Pem } from './pkcs8.ts'

export interface TlsKeyPair {
  /** P-256: browsers refuse certificates with Ed25519 keys. Its tagged public key is what the ledger publishes. */
  pair: KeyPair
  /** PKCS#8 PEM for node:tls; write it with `writeNewFile`. */
  privateKeyPem: string
}

/** A fresh P-256 key for a TLS server or node. */
export function createTlsKeyPair(): TlsKeyPair {
  const pair = generateKeyPair('p256', randomBytes(32))
  return { pair, privateKeyPem: pkcs8Pem(pair) }
}
