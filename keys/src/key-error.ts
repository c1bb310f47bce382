/**
 * What can go wrong with a private key, wherever it is kept. The message is one line, names the key and says what to do. It
 * never holds a secret. `code` is of the closed set of the subclass.
 */
export class KeyError extends Error {
  override readonly name: string = 'KeyError'
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A name that is none: neither a path nor `agent:…` nor `pkcs11:…`. */
export class KeyNameError extends KeyError {
  override readonly name = 'KeyNameError'

  constructor(message: string) {
    super('bad-key-name', message)
  }
}
