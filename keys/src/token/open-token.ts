import { randomBytes } from 'node:crypto'
import { equalBytes, utf8 } from '@cresset/core-codec'
import { type KeyType, type PublicKey, publicKeyProblem } from '@cresset/core-crypto'
import { readSecretFile } from '../secret-file.ts'
import { attributes, classes, keyKinds, mechanisms } from './cryptoki.ts'
import { curves, edwardsName, publicKeyFromPoint } from './point.ts'
import { TokenError } from './token-error.ts'
import { TokenKey } from './token-key.ts'
import {
  type AttributeValue,
  CryptokiError,
  type ObjectHandle,
  type Slot,
  type Template,
  TokenModule,
  type TokenSession,
} from './token-module.ts'
import { formatTokenUri, type TokenUri } from './token-uri.ts'

/** How this process reaches tokens. */
export interface TokenAccess {
  /** Path of the module when the URI names none. */
  readonly modulePath?: string | undefined
  /** Asked for the PIN when the URI names no source. */
  readonly pin?: ((token: string) => Promise<Uint8Array>) | undefined
}

const MAX_PIN_BYTES = 256
const KEY_ID_BYTES = 16

/** Loads the module and finds the one token that fits. */
async function findToken(uri: TokenUri, access: TokenAccess): Promise<{ module: TokenModule; slot: Slot }> {
  const path = uri.modulePath ?? access.modulePath
  if (path === undefined) {
    throw new TokenError(
      'no-module',
      `which PKCS#11 module? add ?module-path=/PATH/TO/MODULE.so to ${formatTokenUri(uri)}, or set CRESSET_PKCS11_MODULE`,
    )
  }
  const module = await TokenModule.load(path)
  const fits = translated(() => module.slots()).filter(
    (slot) =>
      (uri.token ?? slot.label) === slot.label &&
      (uri.serial ?? slot.serial) === slot.serial &&
      (uri.manufacturer ?? slot.manufacturer) === slot.manufacturer &&
      (uri.model ?? slot.model) === slot.model,
  )
  const [slot] = fits
  if (slot === undefined) throw new TokenError('no-token', `no token fits ${formatTokenUri(uri)}; is it plugged in?`)
  if (fits.length > 1) {
    const labels = fits.map(({ label, serial }) => `${label} (serial ${serial})`).join(', ')
    throw new TokenError(
      'ambiguous',
      `${fits.length} tokens fit ${formatTokenUri(uri)}: ${labels}; name one with token= or serial=`,
    )
  }
  return { module, slot }
}

async function login(session: TokenSession, slot: Slot, uri: TokenUri, access: TokenAccess): Promise<void> {
  const pin = slot.ownPinPad ? undefined : await pinFor(slot, uri, access)
  try {
    session.login(pin, slot.label)
  } finally {
    pin?.fill(0)
  }
}

async function pinFor(slot: Slot, uri: TokenUri, access: TokenAccess): Promise<Uint8Array> {
  if (uri.pinSource !== undefined) {
    const content = await readSecretFile(uri.pinSource, { maxBytes: MAX_PIN_BYTES })
    const pin = content.at(-1) === 0x0a ? content.slice(0, -1) : content.slice()
    content.fill(0)
    return pin
  }
  if (access.pin === undefined)
    throw new TokenError('wrong-pin', `token ${slot.label} needs its PIN; add ?pin-source=file:/PATH`)
  return access.pin(slot.label)
}

/** Answers of the module as errors for people. */
function translated<T>(work: () => T, where = 'token'): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof CryptokiError)) throw error
    throw new TokenError('failed', `${where}: ${error.message}`, { cause: error })
  }
}

function templateOf(uri: TokenUri, objectClass: number): Template {
  const template = new Map<number, AttributeValue>([[attributes.class, objectClass]])
  if (uri.object !== undefined) template.set(attributes.label, utf8(uri.object))
  if (uri.id !== undefined) template.set(attributes.id, uri.id)
  return template
}

interface PublicObject {
  readonly type: KeyType
  readonly publicKey: PublicKey
  readonly label: string
  readonly id: Uint8Array
}

function readPublicObject(session: TokenSession, object: ObjectHandle): PublicObject | undefined {
  const type = curveOf(session, object)
  const point = session.attribute(object, attributes.ecPoint)
  const publicKey = type && point && publicKeyFromPoint(type, point)
  if (!type || !publicKey || publicKeyProblem(publicKey) !== undefined) return undefined
  const label = Buffer.from(session.attribute(object, attributes.label) ?? []).toString('utf8')
  return { type, publicKey, label, id: session.attribute(object, attributes.id) ?? new Uint8Array(0) }
}

function curveOf(session: TokenSession, object: ObjectHandle): KeyType | undefined {
  const kind = session.number(object, attributes.keyType)
  const curve = session.attribute(object, attributes.ecParams)
  if (!curve) return undefined
  if (kind === keyKinds.ec && equalBytes(curve, curves.p256)) return 'p256'
  const isEdwards = equalBytes(curve, curves.ed25519) || equalBytes(curve, edwardsName)
  return kind === keyKinds.ecEdwards && isEdwards ? 'ed25519' : undefined
}

function one<T>(found: readonly T[], uri: TokenUri, slot: Slot, what: string): T {
  const [first] = found
  const name = formatTokenUri(uri)
  if (first === undefined) {
    throw new TokenError(
      'no-key',
      `token ${slot.label} holds no Ed25519 or P-256 ${what} that fits ${name}; make one with "key new --pkcs11"`,
    )
  }
  if (found.length > 1)
    throw new TokenError(
      'ambiguous',
      `token ${slot.label} holds ${found.length} keys that fit ${name}; name one with object= or id=`,
    )
  return first
}

/** Opens the key for signing. @throws TokenError; KeyFileError for the file with the PIN */
export async function openTokenKey(uri: TokenUri, access: TokenAccess = {}): Promise<TokenKey> {
  const { module, slot } = await findToken(uri, access)
  const session = translated(() => module.openSession(slot))
  try {
    await login(session, slot, uri, access)
    return translated(() => {
      const usable = session
        .find(templateOf(uri, classes.privateKey))
        .filter((object) => curveOf(session, object) !== undefined)
      const key = one(usable, uri, slot, 'private key')
      if (session.flag(key, attributes.alwaysAuthenticate)) {
        throw new TokenError(
          'unsupported-key',
          `token ${slot.label}: this key asks for the PIN at each signature, which is not supported`,
        )
      }
      const id = session.attribute(key, attributes.id) ?? new Uint8Array(0)
      const label = session.attribute(key, attributes.label) ?? new Uint8Array(0)
      const belongs = new Map<number, AttributeValue>([
        [attributes.class, classes.publicKey],
        ...(id.length > 0 ? ([[attributes.id, id]] as const) : ([[attributes.label, label]] as const)),
      ])
      const publics = session.find(belongs).flatMap((object) => readPublicObject(session, object) ?? [])
      const { type, publicKey } = one(publics, uri, slot, 'public key beside the private one')
      return new TokenKey(slot.label, session, key, type, publicKey)
    }, `token ${slot.label}`)
  } catch (error) {
    session.close()
    throw error
  }
}

export interface TokenKeyDescription {
  readonly type: KeyType
  readonly publicKey: PublicKey
  readonly label: string
  /** Where the key is, spelt so that it names one key. */
  readonly uri: string
}

/** The public half, which needs no PIN. @throws TokenError */
export async function describeTokenKey(uri: TokenUri, access: TokenAccess = {}): Promise<TokenKeyDescription> {
  const { module, slot } = await findToken(uri, access)
  return translated(() => {
    const session = module.openSession(slot)
    try {
      const found = session
        .find(templateOf(uri, classes.publicKey))
        .flatMap((object) => readPublicObject(session, object) ?? [])
      const { type, publicKey, label, id } = one(found, uri, slot, 'public key')
      const full = { token: slot.label, serial: slot.serial, object: label, id }
      return { type, publicKey, label, uri: formatTokenUri(withoutEmpty(full)) }
    } finally {
      session.close()
    }
  }, `token ${slot.label}`)
}

const withoutEmpty = ({
  id,
  ...words
}: {
  token: string
  serial: string
  object: string
  id: Uint8Array
}): TokenUri => ({
  ...Object.fromEntries(Object.entries(words).filter(([, value]) => value !== '')),
  ...(id.length > 0 && { id }),
})

/**
 * Makes a key inside the token: sensitive, not extractable, for signing only. The URI needs `object`; the id is random unless it names
 * one. @throws TokenError
 */
export async function createTokenKey(uri: TokenUri, type: KeyType, access: TokenAccess = {}): Promise<TokenKey> {
  if (uri.object === undefined) throw new TokenError('no-key', 'a new key needs a label: add object=NAME to the URI')
  const id = uri.id ?? new Uint8Array(randomBytes(KEY_ID_BYTES))
  const { module, slot } = await findToken(uri, access)
  const mechanism = type === 'ed25519' ? mechanisms.edwardsKeyPairGen : mechanisms.ecKeyPairGen
  if (!translated(() => module.supports(slot, mechanism))) {
    const other = type === 'ed25519' ? 'p256' : 'ed25519'
    throw new TokenError('unsupported-key', `token ${slot.label} cannot make ${type} keys; try --type ${other}`)
  }
  const session = translated(() => module.openSession(slot, { writable: true }), `token ${slot.label}`)
  try {
    await login(session, slot, uri, access)
    translated(() => generate(session, slot, type, mechanism, utf8(uri.object as string), id), `token ${slot.label}`)
  } finally {
    session.close()
  }
  // The PIN counts for the process and the token; a session of its own shows that the key can be found again.
  return openTokenKey({ ...uri, serial: slot.serial, id }, access)
}

function generate(
  session: TokenSession,
  slot: Slot,
  type: KeyType,
  mechanism: number,
  label: Uint8Array,
  id: Uint8Array,
): void {
  const same = session.find(
    new Map<number, AttributeValue>([
      [attributes.class, classes.privateKey],
      [attributes.label, label],
    ]),
  )
  if (same.length > 0)
    throw new TokenError('exists', `token ${slot.label} holds a key of that label; choose another object=`)
  const common = [
    [attributes.token, true],
    [attributes.label, label],
    [attributes.id, id],
  ] as const
  const publicTemplate = new Map<number, AttributeValue>([
    ...common,
    [attributes.private, false],
    [attributes.verify, true],
    [attributes.ecParams, curves[type]],
  ])
  const privateTemplate = new Map<number, AttributeValue>([
    ...common,
    [attributes.private, true],
    [attributes.sensitive, true],
    [attributes.extractable, false],
    [attributes.sign, true],
  ])
  session.generateKeyPair(mechanism, publicTemplate, privateTemplate)
}
