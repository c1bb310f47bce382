export { FileKey } from './file-key.ts'
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
export type { ScryptCost } from './key-protection.ts'
export { keyPairFromPkcs8, pkcs8Pem } from './pkcs8.ts'
export { readSecretFile, SECRET_FILE_MODE, writeNewFile } from './secret-file.ts'
export { createTlsKeyPair, type TlsKeyPair } from './tls-key.ts'
