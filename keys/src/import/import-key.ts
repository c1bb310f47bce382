import { createPrivateKey, type KeyObject } from 'node:crypto'
import { type KeyPair, keyPairFromSecret } from '@cresset/core-crypto'
import { readSecretFile } from '../secret-file.ts'
import { ImportError } from './import-error.ts'
import { openSshKey, openSshLabel } from './openssh-key.ts'

export interface ImportedKey {
  readonly pair: KeyPair
  /** That of an OpenSSH key; else empty. */
  readonly comment: string
  readonly format: 'PKCS#8' | 'OpenSSH'
  /** Whether it was under a passphrase. */
  readonly encrypted: boolean
}

/** Longest file that is read as a key of another program. */
export const MAX_FOREIGN_KEY_BYTES = 16 * 1024

const hints: Readonly<Record<string, string>> = {
  'EC PRIVATE KEY': 'is in the older format of OpenSSL; "openssl pkcs8 -topk8 -in FILE -out NEW" changes it',
  'RSA PRIVATE KEY': 'is an RSA key; only Ed25519 and P-256 sign here',
  'DSA PRIVATE KEY': 'is a DSA key; only Ed25519 and P-256 sign here',
  'PUBLIC KEY': 'is a public key; the private one is needed',
  CERTIFICATE: 'is a certificate; the private key is needed',
}

/** Reads a private key of another program: PKCS#8 (RFC 5958) or OpenSSH, both in PEM. @throws ImportError, KeyFileError */
export async function importKeyFile(path: string, passphrase: () => Promise<Uint8Array>): Promise<ImportedKey> {
  const content = await readSecretFile(path, { maxBytes: MAX_FOREIGN_KEY_BYTES })
  try {
    return await importKey(content, passphrase)
  } catch (error) {
    if (error instanceof ImportError) throw new ImportError(error.code, `${path} ${error.message}`)
    throw error
  } finally {
    content.fill(0)
  }
}

/** @throws ImportError */
export async function importKey(content: Uint8Array, passphrase: () => Promise<Uint8Array>): Promise<ImportedKey> {
  if (content.length > MAX_FOREIGN_KEY_BYTES) throw new ImportError('not-a-key', 'is too long for a private key')
  const pem = Buffer.from(content).toString('latin1')
  const match = /^-----BEGIN ([A-Z0-9 ]{1,40})-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----\s*$/.exec(pem)
  const label = match?.[1] ?? /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(pem)?.[1]
  const body = match?.[2]
  if (label !== undefined && hints[label] !== undefined) throw new ImportError('unsupported', hints[label])
  if (label === undefined || body === undefined)
    throw new ImportError('not-a-key', 'is no private key in PEM (PKCS#8 or OpenSSH)')
  switch (label) {
    case openSshLabel: {
      let encrypted = false
      const key = await openSshKey(Buffer.from(body, 'base64'), () => {
        encrypted = true
        return passphrase()
      })
      return { ...key, format: 'OpenSSH', encrypted }
    }
    case 'PRIVATE KEY':
      return { pair: readPkcs8(pem, undefined), comment: '', format: 'PKCS#8', encrypted: false }
    case 'ENCRYPTED PRIVATE KEY':
      return { pair: readPkcs8(pem, await passphrase()), comment: '', format: 'PKCS#8', encrypted: true }
    default:
      throw new ImportError('unsupported', 'is no private key in PEM (PKCS#8 or OpenSSH)')
  }
}

function readPkcs8(pem: string, passphrase: Uint8Array | undefined): KeyPair {
  let key: KeyObject
  try {
    key = createPrivateKey({ key: pem, format: 'pem', ...(passphrase && { passphrase: Buffer.from(passphrase) }) })
  } catch {
    // The library's message could quote the input.
    if (passphrase === undefined) throw new ImportError('damaged', 'is no private key in PKCS#8, or was altered')
    throw new ImportError('wrong-passphrase', 'is not opened by this passphrase')
  }
  const isP256 = key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  if (key.asymmetricKeyType !== 'ed25519' && !isP256) {
    const curve = key.asymmetricKeyDetails?.namedCurve
    const kind = [key.asymmetricKeyType?.toUpperCase(), curve].filter((part) => part !== undefined).join(' ')
    throw new ImportError('unsupported', `holds a key of type ${kind}; only Ed25519 and P-256 sign here`)
  }
  const { d } = key.export({ format: 'jwk' })
  return keyPairFromSecret(isP256 ? 'p256' : 'ed25519', Buffer.from(d as string, 'base64url'))
}
