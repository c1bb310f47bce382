import { join } from 'node:path'
import { defaultAgentSocket, type KeySources, readSecretFile } from '@cresset/keys'

const MAX_SECRET_BYTES = 1024

/**
 * How a node, which nobody sits at, reaches its keys: the agent at `$CRESSET_AGENT` or this user's own place, the PKCS#11 module of
 * `$CRESSET_PKCS11_MODULE`, passphrase and PIN from systemd's credentials `cresset-passphrase` and `cresset-pin`.
 */
export function keySources(variables: Readonly<Record<string, string | undefined>>): KeySources {
  const { CRESSET_AGENT: agent, XDG_RUNTIME_DIR: runtimeFolder, CRESSET_PKCS11_MODULE: pkcs11Module } = variables
  const { CREDENTIALS_DIRECTORY: credentials } = variables
  const credential = (name: string) => (credentials ? () => readCredential(join(credentials, name)) : undefined)
  return {
    agentSocket: agent || defaultAgentSocket(runtimeFolder),
    pkcs11Module: pkcs11Module || undefined,
    passphrase: credential('cresset-passphrase'),
    pin: credential('cresset-pin'),
  }
}

async function readCredential(path: string): Promise<Uint8Array> {
  const content = await readSecretFile(path, { maxBytes: MAX_SECRET_BYTES })
  return content.at(-1) === 0x0a ? content.slice(0, -1) : content
}
