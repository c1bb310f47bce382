import type { KeyType, PublicKey } from '@cresset/core-crypto'
import { describeAgentKey, openAgentKey } from './agent/agent-key.ts'
import { KeyNameError } from './key-error.ts'
import { describeKeyFile, type KeyFileDescription, openKeyFile } from './key-file.ts'
import { parseKeyName } from './key-name.ts'
import type { PrivateKey } from './private-key.ts'
import { createTokenKey, describeTokenKey, openTokenKey } from './token/open-token.ts'

/** How a process reaches keys, and whom it asks. */
export interface KeySources {
  /** Asked for a key file under a passphrase. */
  readonly passphrase?: ((path: string) => Promise<Uint8Array>) | undefined
  /** Asked for a token whose URI names no PIN source. */
  readonly pin?: ((token: string) => Promise<Uint8Array>) | undefined
  /** Socket of the agent. */
  readonly agentSocket?: string | undefined
  /** PKCS#11 module for URIs that name none. */
  readonly pkcs11Module?: string | undefined
}

const tokenAccess = ({ pin, pkcs11Module }: KeySources) => ({ pin, modulePath: pkcs11Module })

/** Opens the private key of a name (`parseKeyName`) for signing. Close it in the end. @throws KeyError */
export async function openKey(name: string, sources: KeySources = {}): Promise<PrivateKey> {
  const parsed = parseKeyName(name)
  switch (parsed.kept) {
    case 'token':
      return openTokenKey(parsed.uri, tokenAccess(sources))
    case 'agent':
      return openAgentKey(parsed.name, sources.agentSocket)
    case 'file': {
      const { passphrase } = sources
      return openKeyFile(parsed.path, passphrase ? { passphrase: () => passphrase(parsed.path) } : {})
    }
  }
}

export interface KeyDescription {
  readonly type: KeyType
  readonly publicKey: PublicKey
  /** Comment of a file, name in the agent, label on the token. */
  readonly comment: string
  readonly holds: KeyFileDescription['holds'] | 'agent' | 'token'
}

/** What can be said without passphrase or PIN. A public key file will do. @throws KeyError */
export async function describeKey(name: string, sources: KeySources = {}): Promise<KeyDescription> {
  const parsed = parseKeyName(name)
  switch (parsed.kept) {
    case 'token': {
      const { type, publicKey, label } = await describeTokenKey(parsed.uri, tokenAccess(sources))
      return { type, publicKey, comment: label, holds: 'token' }
    }
    case 'agent': {
      const { type, publicKey, name: comment } = await describeAgentKey(parsed.name, sources.agentSocket)
      return { type, publicKey, comment, holds: 'agent' }
    }
    case 'file':
      return describeKeyFile(parsed.path)
  }
}

/** The public half of a named key. @throws KeyError */
export async function publicKeyOf(name: string, sources: KeySources = {}): Promise<PublicKey> {
  return (await describeKey(name, sources)).publicKey
}

/** Makes a key inside the token that a `pkcs11:` URI names. @throws KeyError */
export async function createKeyOnToken(uri: string, type: KeyType, sources: KeySources = {}): Promise<PrivateKey> {
  const parsed = parseKeyName(uri)
  if (parsed.kept !== 'token')
    throw new KeyNameError('a key on a token is named by a URI: pkcs11:token=ops;object=alice')
  return createTokenKey(parsed.uri, type, tokenAccess(sources))
}
