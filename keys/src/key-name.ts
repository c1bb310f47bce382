import { KeyNameError } from './key-error.ts'
import { parseTokenUri, type TokenUri } from './token/token-uri.ts'

/** The one way to name a private key: a path, `agent:NAME`, or `pkcs11:…`. A file of such a name is reached as `./agent:…`. */
export type KeyName =
  | { readonly kept: 'file'; readonly path: string }
  | { readonly kept: 'agent'; readonly name: string }
  | { readonly kept: 'token'; readonly uri: TokenUri }

export const keyNameForms = 'key file, agent:NAME, or pkcs11:URI'

const agentScheme = 'agent:'

/** @throws KeyNameError */
export function parseKeyName(text: string): KeyName {
  if (text.startsWith('pkcs11:')) return { kept: 'token', uri: parseTokenUri(text) }
  if (text.startsWith(agentScheme)) return { kept: 'agent', name: text.slice(agentScheme.length) }
  if (text === '') throw new KeyNameError(`a key is named by a ${keyNameForms}`)
  return { kept: 'file', path: text }
}
