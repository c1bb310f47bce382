/** Why bytes are not the DER that was asked for (X.690 section 10 and 11). The set is closed. */
export type DerErrorCode =
  /** An element ends after the bytes that hold it. */
  | 'der-truncated'
  /** Bytes follow the last element. */
  | 'der-trailing'
  /** Another tag than the structure asks for, or a tag number of 31 and more. */
  | 'der-tag'
  /** Indefinite, reserved or non-minimal length. */
  | 'der-length'
  /** Constructed elements inside each other beyond `derLimits.depth`. */
  | 'der-too-deep'
  /** More bytes than the named limit. */
  | 'der-too-long'
  /** Empty or non-minimal INTEGER, or one out of the range asked for. */
  | 'der-integer'
  /** A BOOLEAN that is neither 00 nor FF. */
  | 'der-boolean'
  /** A value equal to its DEFAULT is encoded (X.690 11.5). */
  | 'der-default'
  /** Wrong count of unused bits, unused bits that are set, or trailing zero bits of a named bit list. */
  | 'der-bit-string'
  /** Empty, padded or unfinished OBJECT IDENTIFIER, or one beyond `derLimits.objectIdentifierBytes`. */
  | 'der-object-identifier'
  /** Elements of a SET OF that do not rise (X.690 11.6); equal ones are refused too. */
  | 'der-set-order'
  /** Characters that the string type does not have. */
  | 'der-string'
  /** A time that is not of the one form that RFC 5280 4.1.2.5 gives for its year, or not a date. */
  | 'der-time'
  /** A NULL with contents. */
  | 'der-null'

export class DerError extends Error {
  readonly code: DerErrorCode

  constructor(code: DerErrorCode, message: string) {
    super(`${code}: ${message}`)
    this.name = 'DerError'
    this.code = code
  }
}
