import { toHex } from '@cresset/core-codec'
import { KeyNameError } from '../key-error.ts'

/**
 * Names a key on a token: `pkcs11:token=ops;object=alice?module-path=/usr/lib/…/module.so&pin-source=file:/run/pin` (RFC 7512).
 * A part that is left out fits anything.
 */
export interface TokenUri {
  readonly token?: string
  readonly manufacturer?: string
  readonly serial?: string
  readonly model?: string
  /** CKA_LABEL. */
  readonly object?: string
  /** CKA_ID, 1 to 64 bytes. */
  readonly id?: Uint8Array
  /** Of the module to load, absolute. */
  readonly modulePath?: string
  /** Path of a file with the PIN. */
  readonly pinSource?: string
}

export const MAX_TOKEN_URI_CHARACTERS = 1024
const MAX_ID_BYTES = 64
const scheme = 'pkcs11:'

const bad = (problem: string): never => {
  throw new KeyNameError(`this pkcs11: URI ${problem}; for example pkcs11:token=ops;object=alice (RFC 7512)`)
}

// RFC 7512 section 2.3: pk11-pchar and pk11-qchar, with percent-encoding.
const pathValue = /^(?:[A-Za-z0-9._~:[\]@!$'()*+,=&-]|%[0-9A-Fa-f]{2})*$/
const queryValue = /^(?:[A-Za-z0-9._~:[\]@!$'()*+,=/?|-]|%[0-9A-Fa-f]{2})*$/

function decodeBytes(encoded: string): Uint8Array {
  const bytes: number[] = []
  for (let at = 0; at < encoded.length; at++) {
    const isEscape = encoded[at] === '%'
    bytes.push(isEscape ? Number.parseInt(encoded.slice(at + 1, at + 3), 16) : encoded.charCodeAt(at))
    if (isEscape) at += 2
  }
  return Uint8Array.from(bytes)
}

function decodeText(encoded: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(decodeBytes(encoded))
    if (text !== '' && !/\p{Cc}/u.test(text)) return text
  } catch {
    // Said below.
  }
  return bad('has an attribute that is empty or no text')
}

/** Attributes by name; each at most once. `=` ends the name. */
function attributesOf(part: string, separator: string, grammar: RegExp): Map<string, string> {
  const found = new Map<string, string>()
  if (part === '') return found
  for (const attribute of part.split(separator)) {
    const end = attribute.indexOf('=')
    const name = attribute.slice(0, Math.max(end, 0))
    const value = attribute.slice(end + 1)
    // What is wrong is not repeated: it may be a PIN.
    if (name === '' || !grammar.test(value)) bad('is not well-formed')
    if (found.has(name)) bad('gives an attribute twice')
    found.set(name, value)
  }
  return found
}

/** @throws KeyNameError; also for a PIN in the URI, where other users of the machine can read it. */
export function parseTokenUri(text: string): TokenUri {
  if (text.length > MAX_TOKEN_URI_CHARACTERS) bad(`has over ${MAX_TOKEN_URI_CHARACTERS} characters`)
  const [path = '', ...queries] = text.slice(scheme.length).split('?')
  if (!text.startsWith(scheme)) bad('does not begin with pkcs11:')
  const paths = attributesOf(path, ';', pathValue)
  const query = attributesOf(queries.join('?'), '&', queryValue)
  if (query.has('pin-value'))
    bad('holds a PIN, which other users can see; give pin-source=file:/PATH, or none to be asked')
  for (const name of paths.keys()) {
    if (!['token', 'manufacturer', 'serial', 'model', 'object', 'id', 'type'].includes(name))
      bad('has an unknown attribute')
  }
  for (const name of query.keys()) if (!['module-path', 'pin-source'].includes(name)) bad('has an unknown attribute')
  const type = paths.get('type')
  if (type !== undefined && type !== 'private') bad('names something else than type=private')
  const words = (['token', 'manufacturer', 'serial', 'model', 'object'] as const).flatMap((name) => {
    const value = paths.get(name)
    return value === undefined ? [] : [[name, decodeText(value)]]
  })
  const id = paths.get('id')
  const idBytes = id === undefined ? undefined : decodeBytes(id)
  if (idBytes && (idBytes.length < 1 || idBytes.length > MAX_ID_BYTES)) bad(`needs an id of 1 to ${MAX_ID_BYTES} bytes`)
  const modulePath = query.get('module-path')
  const pinSource = query.get('pin-source')
  return {
    ...Object.fromEntries(words),
    ...(idBytes && { id: idBytes }),
    ...(modulePath !== undefined && { modulePath: absolute(decodeText(modulePath)) }),
    ...(pinSource !== undefined && { pinSource: absolute(decodeText(pinSource).replace(/^file:(?:\/\/(?=\/))?/, '')) }),
  }
}

function absolute(path: string): string {
  return path.startsWith('/') ? path : bad('names a file by a path that does not begin with /')
}

const encodeText = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${toHex(Uint8Array.of(mark.charCodeAt(0)))}`)

/** The URI in one spelling, without module and PIN source: says which key, not how this machine reaches it. */
export function formatTokenUri({ token, manufacturer, serial, model, object, id }: TokenUri): string {
  const escapedId = id && toHex(id).replace(/../g, (byte) => `%${byte}`)
  const words = Object.entries({ token, manufacturer, serial, model, object })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => `${name}=${encodeText(value)}`)
  return scheme + [...words, ...(escapedId === undefined ? [] : [`id=${escapedId}`])].join(';')
}
