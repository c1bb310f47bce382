import { createHmac, createPrivateKey, sign } from 'node:crypto'
import { open } from 'node:fs/promises'
import { StartError } from '../start-error.ts'

/** Signs what a receiver is sent: one entry of `webhook-signature`. */
export type WebhookSigner = (content: string) => string

const minSecretBytes = 24
const maxSecretBytes = 64
const maxFileBytes = 1_024
/** PKCS #8 of an Ed25519 key, up to its 32 bytes (RFC 8410 section 7). */
const ed25519Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/**
 * A secret as Standard Webhooks writes it: `whsec_` and base64 of 24 to 64 bytes for HMAC-SHA-256 (`v1`), or `whsk_` and base64 of an
 * Ed25519 key (`v1a`): its seed, or seed and public key. Undefined for anything else.
 */
export function webhookSigner(text: string): WebhookSigner | undefined {
  const [, prefix, base64 = ''] = /^(whsec|whsk)_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? []
  const bytes = Buffer.from(base64, 'base64')
  if (prefix === 'whsec' && bytes.length >= minSecretBytes && bytes.length <= maxSecretBytes)
    return (content) => `v1,${createHmac('sha256', bytes).update(content).digest('base64')}`
  if (prefix === 'whsk' && (bytes.length === 32 || bytes.length === 64)) {
    const der = Buffer.concat([ed25519Prefix, bytes.subarray(0, 32)])
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    return (content) => `v1a,${sign(undefined, Buffer.from(content), key).toString('base64')}`
  }
  return undefined
}

/** Reads a secret that only its owner may read. @throws StartError */
export async function readWebhookSecret(path: string): Promise<WebhookSigner> {
  const fail = (problem: string, cause?: unknown): never => {
    throw new StartError('configuration', `${path}: ${problem}`, { cause })
  }
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) =>
    fail(`it cannot be read (${error.code})`, error),
  )
  try {
    const { mode, size } = await file.stat()
    if ((mode & 0o077) !== 0) fail('others may read this secret; chmod 600 it')
    if (size > maxFileBytes) fail('the file is too long for a secret')
    const signer = webhookSigner((await file.readFile('utf8')).trim())
    return signer ?? fail('expected whsec_ and base64 of 24 to 64 bytes, or whsk_ and base64 of an Ed25519 key')
  } finally {
    await file.close()
  }
}
