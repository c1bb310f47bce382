export { AgentClient } from './agent/agent-client.ts'
export { AgentError, type AgentErrorCode } from './agent/agent-error.ts'
export { type AgentKeyDescription, findAgentKey, listAgentKeys } from './agent/agent-key.ts'
export { KeyAgent } from './agent/key-agent.ts'
export { hideMemory } from './agent/native.ts'
export { isAgentKeyName } from './agent/protocol.ts'
export { type ServedAgent, type ServeOptions, serveAgent } from './agent/serve-agent.ts'
export { defaultAgentSocket } from './agent/socket-place.ts'
export { FileKey } from './file-key.ts'
export { ImportError, type ImportErrorCode } from './import/import-error.ts'
export { type ImportedKey, importKeyFile } from './import/import-key.ts'
export { KeyError, KeyNameError } from './key-error.ts'
export {
  createKeyFile,
  createPublicKeyFile,
  describeKeyFile,
  type KeyFileDescription,
  type NewKeyFile,
  type OpenOptions,
  openKeyFile,
  readPublicKey,
} from './key-file.ts'
export { KeyFileError, type KeyFileErrorCode } from './key-file-error.ts'
export { type KeyName, keyNameForms, parseKeyName } from './key-name.ts'
export type { ScryptCost } from './key-protection.ts'
export { makeFolder } from './make-folder.ts'
export {
  createKeyOnToken,
  describeKey,
  type KeyDescription,
  type KeySources,
  openKey,
  publicKeyOf,
} from './open-key.ts'
export { keyPairFromPkcs8, pkcs8Pem } from './pkcs8.ts'
export type { PrivateKey } from './private-key.ts'
export { readSecretFile, SECRET_FILE_MODE, writeNewFile } from './secret-file.ts'
export { createTlsKeyPair, type TlsKeyPair } from './tls-key.ts'
export { TokenError, type TokenErrorCode } from './token/token-error.ts'
