import { MAX_RDATA_TEXT_CHARACTERS } from '../limits.ts'
import { tokenEnd } from '../rdata/tokens.ts'

/** One line of a master file, or several that parentheses join (RFC 1035 section 5.1). */
export interface Entry {
  /** Where it begins, from 1. */
  readonly line: number
  /** False when white space stands where the owner's name would: it is the last one's. */
  readonly hasOwner: boolean
  /** As they stand in the text, with quotes and escapes. */
  readonly tokens: readonly string[]
  /** Why it cannot be read; then `line` is where that shows and the tokens are of no use. */
  readonly problem?: string
}

const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const OPEN = 0x28
const CLOSE = 0x29
const SEMICOLON = 0x3b

/** The owner, TTL, class and type stand before the RDATA. */
const MAX_ENTRY_CHARACTERS = MAX_RDATA_TEXT_CHARACTERS + 2_048

/** Splits the text of a master file into entries; those without a token are left out. */
export class EntryReader {
  readonly #text: string
  #at = 0
  #line = 1

  constructor(text: string) {
    this.#text = text
  }

  /** The next entry; undefined at the end. What cannot be read ends with its line, and the next one follows. */
  next(): Entry | undefined {
    while (this.#at < this.#text.length) {
      const first = this.#text.charCodeAt(this.#at)
      const entry = this.#read(first !== SPACE && first !== TAB)
      if (entry.problem !== undefined || entry.tokens.length > 0) return entry
    }
    return undefined
  }

  #read(hasOwner: boolean): Entry {
    const text = this.#text
    const tokens: string[] = []
    const line = this.#line
    let openedAt = 0
    let characters = 0
    while (this.#at < text.length) {
      const code = text.charCodeAt(this.#at)
      if (code === LINE_FEED) {
        this.#at += 1
        this.#line += 1
        if (openedAt === 0) return { line, hasOwner, tokens }
      } else if (code === SPACE || code === TAB || code === CARRIAGE_RETURN) {
        this.#at += 1
      } else if (code === SEMICOLON) {
        this.#skipLine()
      } else if (code === OPEN) {
        if (openedAt !== 0) return this.#fail('a parenthesis opens inside another one')
        openedAt = this.#line
        this.#at += 1
      } else if (code === CLOSE) {
        if (openedAt === 0) return this.#fail('a parenthesis closes that was not opened')
        openedAt = 0
        this.#at += 1
      } else {
        const end = tokenEnd(text, this.#at)
        if (end < 0) return this.#fail('a quoted string is not closed on its line')
        characters += end - this.#at
        if (characters > MAX_ENTRY_CHARACTERS) return this.#fail('a record is longer than any can be')
        tokens.push(text.slice(this.#at, end))
        this.#at = end
      }
    }
    if (openedAt === 0) return { line, hasOwner, tokens }
    return { line: openedAt, hasOwner, tokens, problem: 'a parenthesis is not closed' }
  }

  #fail(problem: string): Entry {
    const line = this.#line
    this.#skipLine()
    this.#at += 1
    this.#line += 1
    return { line, hasOwner: true, tokens: [], problem }
  }

  #skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at)
    this.#at = end < 0 ? this.#text.length : end
  }
}
