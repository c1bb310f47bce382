import { toHex, utf8 } from '@cresset/core-codec'
import { accountOf, generateKeyPair, type KeyPair, sha256 } from '@cresset/core-crypto'

const pairs = new Map<string, KeyPair>()

/** The same pair for the same name on every run; names that begin with p are P-256. */
export function keyNamed(name: string): KeyPair {
  const known = pairs.get(name)
  if (known !== undefined) return known
  const made = generateKeyPair(name.startsWith('p') ? 'p256' : 'ed25519', sha256(utf8(`history key ${name}`)))
  pairs.set(name, made)
  names.set(toHex(accountOf(made.publicKey)), name)
  return made
}

export function accountNamed(name: string): Uint8Array {
  return accountOf(keyNamed(name).publicKey)
}

const names = new Map<string, string>()

/** The name of an account that a history has used, for messages. */
export function nameOfAccount(account: Uint8Array): string {
  return names.get(toHex(account)) ?? toHex(account)
}

/** The name of a key that a history has used. */
export function nameOfKey(publicKey: Uint8Array): string | undefined {
  return names.get(toHex(accountOf(publicKey)))
}
