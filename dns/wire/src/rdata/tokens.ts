import { MAX_RDATA_TEXT_CHARACTERS } from '../limits.ts'
import { escapeByte, readEscape } from '../name-text.ts'
import { WireError } from '../wire-error.ts'

const LINE_FEED = 0x0a
const QUOTE = 0x22
const BACKSLASH = 0x5c
/** Behind an unquoted token: white space, a parenthesis, a comment. */
const TOKEN_ENDS = new Set([...' \t\r();'].map((character) => character.charCodeAt(0)))

/** Splitting a record's text into tokens, and character strings (RFC 1035 section 5.1). */

/**
 * Tokens as they stand in the text, with quotes and escapes. White space separates; parentheses count as white space, and
 * an unquoted semicolon starts a comment. Throws `WireError` rdata-syntax.
 */
export function tokenize(text: string): string[] {
  if (text.length > MAX_RDATA_TEXT_CHARACTERS) throw new WireError('rdata-syntax', 'record text is too long')
  const tokens: string[] = []
  let index = 0
  while (index < text.length) {
    const character = text[index] as string
    if (' \t\r\n()'.includes(character)) {
      index += 1
    } else if (character === ';') {
      const lineEnd = text.indexOf('\n', index)
      index = lineEnd < 0 ? text.length : lineEnd
    } else {
      const end = tokenEnd(text, index)
      if (end < 0) throw new WireError('rdata-syntax', 'a quoted string is not closed')
      tokens.push(text.slice(index, end))
      index = end
    }
  }
  return tokens
}

/** Where the token that starts at `start` ends; -1 when a quote is open at the end of the line. */
export function tokenEnd(text: string, start: number): number {
  let isQuoted = false
  for (let index = start; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === BACKSLASH) {
      // An escape joins no lines.
      if (text.charCodeAt(index + 1) !== LINE_FEED) index += 1
    } else if (code === QUOTE) {
      isQuoted = !isQuoted
      // A closing quote ends the token, so that "a""b" is two strings.
      if (!isQuoted) return index + 1
    } else if (code === LINE_FEED) {
      return isQuoted ? -1 : index
    } else if (!isQuoted && TOKEN_ENDS.has(code)) {
      return index
    }
  }
  return isQuoted ? -1 : text.length
}

/** The bytes that a character string's token stands for: quotes removed, escapes read. Throws `WireError` rdata-syntax. */
export function decodeString(token: string): Uint8Array {
  const isQuoted = token.length >= 2 && token.startsWith('"') && token.endsWith('"')
  const text = isQuoted ? token.slice(1, -1) : token
  const bytes = new Uint8Array(text.length)
  let length = 0
  for (let index = 0; index < text.length; ) {
    const code = text.charCodeAt(index)
    if (code === 0x5c) {
      const sequence = readEscape(text, index)
      if (sequence === undefined) throw new WireError('rdata-syntax', 'a string has a malformed escape')
      bytes[length++] = sequence.byte
      index = sequence.next
    } else {
      if ((code < 0x20 && code !== 0x09) || code > 0x7e || code === 0x22) {
        throw new WireError('rdata-syntax', 'a string has a character that must be escaped')
      }
      bytes[length++] = code
      index += 1
    }
  }
  return bytes.slice(0, length)
}

/** Bytes as a quoted character string. */
export function quoteString(bytes: Uint8Array): string {
  let text = '"'
  for (const byte of bytes) {
    if (byte < 0x20 || byte >= 0x7f) text += escapeByte(byte)
    else text += (byte === 0x22 || byte === 0x5c ? '\\' : '') + String.fromCharCode(byte)
  }
  return `${text}"`
}

/** Hands out a record's tokens in order. */
export class TokenReader {
  readonly #tokens: readonly string[]
  #next = 0

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  get isAtEnd(): boolean {
    return this.#next >= this.#tokens.length
  }

  /** The next token; `what` names it in the error. Throws `WireError` rdata-syntax at the end. */
  take(what: string): string {
    const token = this.#tokens[this.#next]
    if (token === undefined) throw new WireError('rdata-syntax', `${what} is missing`)
    this.#next += 1
    return token
  }

  /** All tokens that are left. */
  takeRest(): string[] {
    const rest = this.#tokens.slice(this.#next)
    this.#next = this.#tokens.length
    return rest
  }
}
