import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { open } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { TlsCredentials } from '@cresset/dns-server'
import { KeyFileError, readSecretFile } from '@cresset/keys'
import { StartError } from '../start-error.ts'

/** Where certificate and key of a TLS listener are, both in PEM. */
export interface TlsFiles {
  /** The server's own first, then those that lead to one that clients know. */
  readonly certificate: string
  /** Readable by its owner alone. */
  readonly privateKey: string
}

export interface ReadTlsFiles extends TlsCredentials {
  /** Since 1970, when the certificate is good no more. */
  readonly endsAtMs: number
}

const MAX_CERTIFICATE_BYTES = 2 ** 17
const MAX_KEY_BYTES = 16_384
const problems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
}

/** @throws StartError when one of them cannot be used, or they do not belong together */
export async function readTlsFiles(files: TlsFiles): Promise<ReadTlsFiles> {
  const fail = (path: string, problem: string, cause?: unknown): never => {
    throw new StartError('configuration', `${path}: ${problem}`, { cause })
  }
  const certificate = await readText(files.certificate).catch((error: NodeJS.ErrnoException) =>
    fail(files.certificate, problems[error.code ?? ''] ?? error.code ?? error.message, error),
  )
  const privateKey = await readSecretFile(files.privateKey, { maxBytes: MAX_KEY_BYTES })
    .then((bytes) => Buffer.from(bytes).toString('latin1'))
    .catch((error: unknown) => {
      if (error instanceof KeyFileError) throw new StartError('configuration', error.message, { cause: error })
      throw error
    })
  // What the parsers say of the text could show the key.
  const own =
    orUndefined(() => new X509Certificate(certificate)) ?? fail(files.certificate, 'it holds no certificate in PEM')
  const key: KeyObject =
    orUndefined(() => createPrivateKey(privateKey)) ??
    fail(files.privateKey, 'it holds no private key in PEM without a passphrase')
  if (!own.checkPrivateKey(key)) fail(files.privateKey, `it is not the key of ${files.certificate}`)
  try {
    createSecureContext({ cert: certificate, key: privateKey })
  } catch (error) {
    fail(
      files.certificate,
      `TLS cannot use it: ${(error as NodeJS.ErrnoException).code ?? 'it is not as it must be'}`,
      error,
    )
  }
  return { certificate, privateKey, endsAtMs: Date.parse(own.validTo) }
}

/** Not more than may be, whatever the file is. */
async function readText(path: string): Promise<string> {
  const file = await open(path, 'r')
  try {
    const bytes = Buffer.alloc(MAX_CERTIFICATE_BYTES + 1)
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
    if (bytesRead > MAX_CERTIFICATE_BYTES) throw new Error(`it has more than ${MAX_CERTIFICATE_BYTES} bytes`)
    return bytes.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
