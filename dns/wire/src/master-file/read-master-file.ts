import { asciiUpperCase } from '../ascii-case.ts'
import { readUint32 } from '../integers.ts'
import { lowerCaseName } from '../name.ts'
import { escapeByte, parseName } from '../name-text.ts'
import { parseRdataTokens } from '../rdata/text.ts'
import { isMetaType, parseRecordType, RecordClass, RecordType } from '../record-type.ts'
import { WireError } from '../wire-error.ts'
import { type Entry, EntryReader } from './entries.ts'
import { looksLikeTtl, parseTtl } from './time-text.ts'

/** One file: its name for messages, and its bytes as Latin-1, so that each character is a byte. */
export interface MasterFile {
  readonly name: string
  readonly text: string
}

export interface MasterRecord {
  readonly kind: 'record'
  readonly file: string
  /** From 1. */
  readonly line: number
  /** Lower-case wire name; the same array for records that follow one another. */
  readonly owner: Uint8Array
  readonly type: number
  /** Seconds. */
  readonly ttl: number
  /** Well-formed for its type; names in lower case, but for those that are signed with the case they have (see `keepsCase`). */
  readonly rdata: Uint8Array
}

export interface MasterFileProblem {
  readonly kind: 'problem'
  readonly file: string
  readonly line: number
  /** Plain text without line ends. */
  readonly message: string
}

export interface MasterFileOptions {
  /** Completes relative names until the first $ORIGIN: the zone's apex as a wire name. */
  readonly origin: Uint8Array
  /** Another file of `$INCLUDE`, by its path as it is written; a text says why there is none. Absent: none is allowed. */
  readonly include?: (path: string, from: MasterFile) => MasterFile | string
}

const MAX_INCLUDE_DEPTH = 8
const CLASSES: ReadonlyMap<string, number> = new Map(Object.entries(RecordClass))
const NO_OWNER = 'the first record has no owner name'

/**
 * The records of a master file (RFC 1035 section 5, RFC 2308 section 4, RFC 3597 section 5) in their order, with what cannot be read
 * in between: after a problem the next line is read, so that one run finds them all.
 */
export function* readMasterFile(
  file: MasterFile,
  options: MasterFileOptions,
): Generator<MasterRecord | MasterFileProblem> {
  yield* new Reader(options).read(file, lowerCaseName(options.origin), 0)
}

/** What one entry says besides its record. */
class EntryError extends Error {}

class Reader {
  readonly #include: MasterFileOptions['include']
  #defaultTtl: number | undefined
  #lastTtl: number | undefined

  constructor({ include }: MasterFileOptions) {
    this.#include = include
  }

  /** RFC 1035 section 5.1: origin and owner of the file around an included one are the same behind it as before. */
  *read(file: MasterFile, firstOrigin: Uint8Array, depth: number): Generator<MasterRecord | MasterFileProblem> {
    const entries = new EntryReader(file.text.replace(/^\u00ef\u00bb\u00bf/, ''))
    let origin = firstOrigin
    let owner: Uint8Array | undefined
    let ownerText: string | undefined
    for (let entry = entries.next(); entry !== undefined; entry = entries.next()) {
      const { line } = entry
      try {
        if (entry.problem !== undefined) throw new EntryError(entry.problem)
        const first = entry.tokens[0] as string
        if (entry.hasOwner && first.startsWith('$')) {
          const directive = asciiUpperCase(first)
          if (directive === '$ORIGIN') {
            origin = lowerCaseName(parseName(escaped(onlyArgument(entry)), origin))
            ownerText = undefined
          } else if (directive === '$TTL') this.#defaultTtl = ttlOf(onlyArgument(entry))
          else if (directive === '$INCLUDE') yield* this.#included(entry, file, origin, depth)
          else throw new EntryError(`${shown(first)} is not known; there are $ORIGIN, $TTL and $INCLUDE`)
          continue
        }
        if (entry.hasOwner && first !== ownerText) {
          owner = lowerCaseName(parseName(escaped(first), origin))
          ownerText = first
        }
        if (owner === undefined) throw new EntryError(NO_OWNER)
        yield { kind: 'record', file: file.name, line, owner, ...this.#record(entry, origin) }
      } catch (error) {
        if (!(error instanceof EntryError || error instanceof WireError)) throw error
        yield { kind: 'problem', file: file.name, line, message: error.message }
      }
    }
  }

  *#included(
    { tokens }: Entry,
    from: MasterFile,
    origin: Uint8Array,
    depth: number,
  ): Generator<MasterRecord | MasterFileProblem> {
    const [, path, newOrigin, ...rest] = tokens
    if (path === undefined || rest.length > 0) throw new EntryError('write $INCLUDE FILE, or $INCLUDE FILE ORIGIN')
    if (depth >= MAX_INCLUDE_DEPTH)
      throw new EntryError(`files include one another more than ${MAX_INCLUDE_DEPTH} deep`)
    const unquoted = path.replace(/^"(.*)"$/, '$1')
    const found = this.#include?.(unquoted, from) ?? '$INCLUDE is not allowed here'
    if (typeof found === 'string') throw new EntryError(found)
    const inner = newOrigin === undefined ? origin : lowerCaseName(parseName(escaped(newOrigin), origin))
    yield* this.read(found, inner, depth + 1)
  }

  #record(entry: Entry, origin: Uint8Array): { type: number; ttl: number; rdata: Uint8Array } {
    const { tokens } = entry
    let next = entry.hasOwner ? 1 : 0
    let ttl: number | undefined
    let hasClass = false
    // RFC 1035 section 5.1: TTL and class in either order.
    for (; next < tokens.length; next++) {
      const token = tokens[next] as string
      if (ttl === undefined && looksLikeTtl(token)) ttl = ttlOf(token)
      else if (!hasClass && isClass(token)) hasClass = true
      else break
    }
    const mnemonic = tokens[next]
    if (mnemonic === undefined) throw new EntryError('the record has no type')
    const type = parseRecordType(mnemonic)
    if (type === undefined)
      throw new EntryError(`the type ${shown(mnemonic)} is not known; write it as TYPEnnn with \\# LENGTH HEX`)
    if (isMetaType(type)) throw new EntryError(`no zone holds records of type ${mnemonic}`)
    const rdata = readRdata(type, tokens.slice(next + 1).map(escaped), origin)
    return { type, ttl: this.#ttl(ttl, type, rdata), rdata }
  }

  /** RFC 2308 section 4, RFC 1035 section 5.1: its own, else $TTL, else the last one; an SOA may take its last field. */
  #ttl(own: number | undefined, type: number, rdata: Uint8Array): number {
    const soaMinimum = type === RecordType.SOA ? readUint32(rdata, rdata.length - 4) : undefined
    const ttl = own ?? this.#defaultTtl ?? this.#lastTtl ?? soaMinimum
    if (ttl === undefined) throw new EntryError('the record has no TTL, and there is no $TTL before it')
    if (own !== undefined || this.#lastTtl === undefined) this.#lastTtl = ttl
    return ttl
  }
}

function onlyArgument({ tokens }: Entry): string {
  const [directive, argument, ...rest] = tokens
  if (argument === undefined || rest.length > 0) throw new EntryError(`${directive} takes one argument`)
  return argument
}

function ttlOf(token: string): number {
  const ttl = parseTtl(token)
  if (ttl === undefined)
    throw new EntryError(`the TTL ${shown(token)} is neither seconds up to 2147483647 nor a time like 1h30m`)
  return ttl
}

/** True for IN; false for what is no class. Throws for another class. */
function isClass(token: string): boolean {
  const upper = asciiUpperCase(token)
  const number = CLASSES.get(upper) ?? Number(/^CLASS([0-9]{1,5})$/.exec(upper)?.[1] ?? Number.NaN)
  if (Number.isNaN(number) || upper === 'ANY' || upper === 'NONE') return false
  if (number !== RecordClass.IN) throw new EntryError(`the class is ${shown(token)}; only IN is served`)
  return true
}

/** Servers take bytes over 126 in names and strings as they are; here they are escapes. */
function escaped(token: string): string {
  return /[\u007f-\u00ff]/.test(token)
    ? token.replace(/[\u007f-\u00ff]/g, (character) => escapeByte(character.charCodeAt(0)))
    : token
}

/** A token in a message: short, and without control characters. */
function shown(token: string): string {
  const text = token.length > 40 ? `${token.slice(0, 40)}…` : token
  return text.replace(/[^\u0020-\u007e…]/g, '?')
}

/**
 * Where a name begins whose case signatures cover: NSEC (RFC 6840 section 5.1) and the types after RFC 3597. All other names are
 * signed in lower case (RFC 4034 section 6.2).
 */
const CASE_KEPT: ReadonlyMap<number, { readonly token: number; readonly offset: number }> = new Map([
  [RecordType.NSEC, { token: 0, offset: 0 }],
  [RecordType.SVCB, { token: 1, offset: 2 }],
  [RecordType.HTTPS, { token: 1, offset: 2 }],
])

/** Tokens of an SOA before its times, which all servers also read as `1h30m`. */
const SOA_TIMES = 3

function readRdata(type: number, given: readonly string[], origin: Uint8Array): Uint8Array {
  const tokens =
    type === RecordType.SOA
      ? given.map((token, index) => (index < SOA_TIMES ? token : String(parseTtl(token) ?? token)))
      : given
  const rdata = parseRdataTokens(type, tokens, origin)
  const kept = CASE_KEPT.get(type)
  const text = kept === undefined || tokens[0] === '\\#' ? undefined : tokens[kept.token]
  if (kept === undefined || text === undefined || !/[A-Z]/.test(text)) return rdata
  rdata.set(parseName(text, origin), kept.offset)
  return rdata
}
