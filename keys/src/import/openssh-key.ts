import { createDecipheriv } from 'node:crypto'
import { equalBytes } from '@cresset/core-codec'
import { type KeyPair, keyPairFromSecret } from '@cresset/core-crypto'
import { bcryptPbkdf } from './bcrypt-pbkdf.ts'
import { ImportError } from './import-error.ts'

/** A private key as `ssh-keygen` writes it: PROTOCOL.key of OpenSSH. Numbers and lengths are 32 bits, big endian. */

const magic = Buffer.from('openssh-key-v1\0', 'latin1')
const cipherName = 'aes256-ctr'
const KEY_BYTES = 32
const IV_BYTES = 16
/** `ssh-keygen -a`: 16 unless asked for more. At 15 ms each, more is no key but a way to keep us busy. */
const MAX_ROUNDS = 1024
const MAX_SALT_BYTES = 64

export const openSshLabel = 'OPENSSH PRIVATE KEY'

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new ImportError('damaged', 'is truncated')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  number(): number {
    return this.take(4).readUInt32BE()
  }

  field(): Buffer {
    return this.take(this.number())
  }

  text(): string {
    return this.field().toString('latin1')
  }

  rest(): Buffer {
    return this.take(this.#bytes.length - this.#at)
  }
}

export interface OpenSshKey {
  readonly pair: KeyPair
  readonly comment: string
}

/** @throws ImportError */
export async function openSshKey(content: Uint8Array, passphrase: () => Promise<Uint8Array>): Promise<OpenSshKey> {
  const reader = new Reader(content)
  if (!equalBytes(reader.take(magic.length), magic)) throw new ImportError('damaged', 'is no OpenSSH private key')
  const [cipher, derivation, options, count] = [reader.text(), reader.text(), reader.field(), reader.number()]
  if (count !== 1) throw new ImportError('unsupported', `holds ${count} keys; one a file is read`)
  reader.field()
  const sealed = reader.field()
  if (reader.rest().length > 0) throw new ImportError('damaged', 'has bytes after its end')
  if (cipher === 'none' && derivation === 'none') return readPrivate(sealed, 'damaged')
  if (cipher !== cipherName || derivation !== 'bcrypt') {
    throw new ImportError(
      'unsupported',
      `is encrypted by ${printable(cipher)} with ${printable(derivation)}; only ${cipherName} with bcrypt is read: "ssh-keygen -p -Z ${cipherName} -f FILE" changes it`,
    )
  }
  if (sealed.length % 16 !== 0) throw new ImportError('damaged', 'is truncated')
  const opened = await decrypt(sealed, options, passphrase)
  try {
    return readPrivate(opened, 'wrong-passphrase')
  } finally {
    opened.fill(0)
  }
}

async function decrypt(sealed: Buffer, options: Buffer, passphrase: () => Promise<Uint8Array>): Promise<Buffer> {
  const reader = new Reader(options)
  const [salt, rounds] = [reader.field(), reader.number()]
  if (salt.length === 0 || salt.length > MAX_SALT_BYTES || rounds < 1 || rounds > MAX_ROUNDS) {
    throw new ImportError('unsupported', `asks for ${rounds} rounds of bcrypt; up to ${MAX_ROUNDS} are done`)
  }
  const given = await passphrase()
  if (given.length === 0)
    throw new ImportError('wrong-passphrase', 'is under a passphrase; an empty one does not open it')
  const key = bcryptPbkdf(given, salt, rounds, KEY_BYTES + IV_BYTES)
  try {
    const decipher = createDecipheriv('aes-256-ctr', key.subarray(0, KEY_BYTES), key.subarray(KEY_BYTES))
    return Buffer.concat([decipher.update(sealed), decipher.final()])
  } finally {
    key.fill(0)
  }
}

/** Two equal numbers stand first: with a wrong passphrase they differ. */
function readPrivate(opened: Buffer, otherwise: 'damaged' | 'wrong-passphrase'): OpenSshKey {
  const reader = new Reader(opened)
  const [first, second] = [reader.number(), reader.number()]
  if (first !== second) {
    const message = otherwise === 'damaged' ? 'was altered' : 'is not opened by this passphrase'
    throw new ImportError(otherwise, message)
  }
  const pair = readPair(reader)
  const comment = reader.text()
  if (!reader.rest().every((byte, index) => byte === index + 1)) throw new ImportError('damaged', 'was altered')
  return { pair, comment }
}

function readPair(reader: Reader): KeyPair {
  const type = reader.text()
  if (type === 'ssh-ed25519') {
    const [publicKey, secret] = [reader.field(), reader.field()]
    if (publicKey.length !== 32 || secret.length !== 64) throw new ImportError('damaged', 'was altered')
    return checked('ed25519', secret.subarray(0, 32), (pair) => equalBytes(pair.publicKey.subarray(1), publicKey))
  }
  if (type === 'ecdsa-sha2-nistp256') {
    const [, point, scalar] = [reader.text(), reader.field(), reader.field()]
    // mpint: no more zeros in front than the sign needs.
    const magnitude = scalar[0] === 0 ? scalar.subarray(1) : scalar
    if (magnitude.length > 32 || point.length !== 65) throw new ImportError('damaged', 'was altered')
    const secret = Buffer.concat([Buffer.alloc(32 - magnitude.length), magnitude])
    return checked('p256', secret, (pair) => equalBytes(pair.publicKey.subarray(2), point.subarray(1, 33)))
  }
  throw new ImportError(
    'unsupported',
    `holds a ${printable(type)} key; only Ed25519 and P-256 (ecdsa-sha2-nistp256) sign here`,
  )
}

function checked(type: KeyPair['type'], secret: Uint8Array, belongs: (pair: KeyPair) => boolean): KeyPair {
  try {
    const pair = keyPairFromSecret(type, secret)
    if (belongs(pair)) return pair
  } catch {
    // Falls through: no secret of this type.
  }
  throw new ImportError('damaged', 'its secret and public key do not belong together')
}

const printable = (text: string): string => text.slice(0, 40).replace(/[^\x21-\x7e]/g, '?') || 'nothing'
