/**
 * Why bytes or a value were refused:
 * - `too-long`, `too-short`: over or under the named limit of bytes or items
 * - `truncated`: the input ends inside a value
 * - `trailing`: bytes after the value
 * - `malformed`: not CBOR, or a form that is never used here (indefinite length, long integers)
 * - `not-canonical`: a second encoding of a value that has another, canonical one
 * - `wrong-type`: another kind of item than declared
 * - `out-of-range`: right type, value outside the declared range
 * - `unknown-version`, `unknown-kind`: a version or a variant that is not in the declaration
 */
export type CodecErrorCode =
  | 'too-long'
  | 'too-short'
  | 'truncated'
  | 'trailing'
  | 'malformed'
  | 'not-canonical'
  | 'wrong-type'
  | 'out-of-range'
  | 'unknown-version'
  | 'unknown-kind'

/** The only error that decoding throws. `path` names the place in the declaration: `body.servers[2].weight`. */
export class CodecError extends Error {
  override readonly name = 'CodecError'
  readonly code: CodecErrorCode
  readonly detail: string
  #path: string

  constructor(code: CodecErrorCode, detail: string, options?: { path?: string; cause?: unknown }) {
    super(detail, options?.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.detail = detail
    this.#path = options?.path ?? ''
    this.#describe()
  }

  get path(): string {
    return this.#path
  }

  /** Puts an outer field name or `[index]` in front of the path, on the way out of nested declarations. */
  within(step: string): this {
    const inner = this.#path
    this.#path = inner === '' || inner.startsWith('[') ? step + inner : `${step}.${inner}`
    this.#describe()
    return this
  }

  #describe(): void {
    this.message = this.#path === '' ? this.detail : `${this.#path}: ${this.detail}`
  }
}
