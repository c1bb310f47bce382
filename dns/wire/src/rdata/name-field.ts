import { isLowerCaseName, lowerCaseName, nameEnd } from '../name.ts'
import { formatName, parseName } from '../name-text.ts'
import type { Field } from './field.ts'

/** An uncompressed name; canonical RDATA has it in lower case, so text is lower-cased when read. */
export function nameField(what: string): Field {
  return {
    check(rdata, offset) {
      if (offset === rdata.length) return 'rdata-truncated'
      const end = nameEnd(rdata, offset)
      return end < 0 ? 'rdata-name' : end
    },
    isCanonical: (rdata, offset, end) => isLowerCaseName(rdata.subarray(offset, end)),
    format: (rdata, offset, end) => formatName(rdata.subarray(offset, end)),
    parse: (tokens, origin) => lowerCaseName(parseName(tokens.take(what), origin)),
  }
}
