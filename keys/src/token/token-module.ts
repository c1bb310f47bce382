import { endianness } from 'node:os'
import { functions, returnValues, sessionFlags, tokenFlags, unavailable, userType } from './cryptoki.ts'
import { TokenError } from './token-error.ts'

type Koffi = typeof import('koffi')
type Call = (...args: readonly unknown[]) => number

/** A value of a template: a flag, a number (CK_ULONG) or bytes. */
export type AttributeValue = boolean | number | Uint8Array
export type Template = ReadonlyMap<number, AttributeValue>

export interface Slot {
  readonly id: bigint
  readonly label: string
  readonly manufacturer: string
  readonly model: string
  readonly serial: string
  /** The PIN is typed on the device. */
  readonly ownPinPad: boolean
}

/** Handles of sessions and objects are opaque numbers of the module. */
export type ObjectHandle = bigint

const WORD_BYTES = 8
const MAX_SLOTS = 64
const MAX_OBJECTS = 64
const TOKEN_INFO_BYTES = 256

/** CK_FUNCTION_LIST: a version, padded to a word, then pointers. Arguments are pointers and CK_ULONG, both words, beside CK_BBOOL. */
const prototypes = {
  initialize: ['void *'],
  finalize: ['void *'],
  getSlotList: ['uint8_t', 'void *', 'void *'],
  getTokenInfo: ['uint64_t', 'void *'],
  getMechanismInfo: ['uint64_t', 'uint64_t', 'void *'],
  openSession: ['uint64_t', 'uint64_t', 'void *', 'void *', 'void *'],
  closeSession: ['uint64_t'],
  login: ['uint64_t', 'uint64_t', 'void *', 'uint64_t'],
  findObjectsInit: ['uint64_t', 'void *', 'uint64_t'],
  findObjects: ['uint64_t', 'void *', 'uint64_t', 'void *'],
  findObjectsFinal: ['uint64_t'],
  getAttributeValue: ['uint64_t', 'uint64_t', 'void *', 'uint64_t'],
  signInit: ['uint64_t', 'void *', 'uint64_t'],
  sign: ['uint64_t', 'void *', 'uint64_t', 'void *', 'void *'],
  generateKeyPair: ['uint64_t', 'void *', 'void *', 'uint64_t', 'void *', 'uint64_t', 'void *', 'void *'],
} as const satisfies Record<keyof typeof functions, readonly string[]>

/** Words of memory that a C function writes to. */
const words = (count: number): Buffer => Buffer.alloc(count * WORD_BYTES)
const wordAt = (memory: Buffer, index = 0): bigint => memory.readBigUInt64LE(index * WORD_BYTES)

/** A return value other than OK, by its name in the standard. */
export class CryptokiError extends Error {
  readonly returned: string

  constructor(call: string, value: number) {
    const returned = returnValues[value] ?? `0x${value.toString(16)}`
    super(`${call} of the token's module says ${returned}`)
    this.returned = returned
  }
}

/** A PKCS#11 module: a shared library that the maker of the token supplies. Its calls are synchronous. */
export class TokenModule {
  readonly #koffi: Koffi
  readonly #calls: Readonly<Record<keyof typeof functions, Call>>

  private constructor(koffi: Koffi, calls: Record<keyof typeof functions, Call>) {
    this.#koffi = koffi
    this.#calls = calls
  }

  /** Each module is loaded and initialized once a process. @throws TokenError `no-module`, `unsupported-system` */
  static load(path: string): Promise<TokenModule> {
    const known = loaded.get(path)
    if (known) return known
    const loading = loadModule(path).then(({ koffi, calls }) => new TokenModule(koffi, calls))
    loaded.set(path, loading)
    loading.catch(() => loaded.delete(path))
    return loading
  }

  /** @throws CryptokiError */
  call(name: keyof typeof functions, ...args: readonly unknown[]): void {
    const value = this.#calls[name](...args)
    if (value !== 0) throw new CryptokiError(name, value)
  }

  slots(): Slot[] {
    const count = words(1)
    this.call('getSlotList', 1, null, count)
    const total = Number(wordAt(count))
    if (total > MAX_SLOTS)
      throw new TokenError('failed', `the token's module lists ${total} slots; at most ${MAX_SLOTS} are read`)
    const ids = words(total)
    this.call('getSlotList', 1, ids, count)
    return Array.from({ length: Math.min(Number(wordAt(count)), total) }, (_, index) => wordAt(ids, index)).flatMap(
      (id) => {
        const info = Buffer.alloc(TOKEN_INFO_BYTES)
        this.call('getTokenInfo', id, info)
        // CK_TOKEN_INFO: texts of fixed width, padded with blanks.
        const text = (from: number, to: number) =>
          info
            .subarray(from, to)
            .toString('utf8')
            .replace(/[ \0]+$/, '')
        const flags = Number(info.readBigUInt64LE(96))
        if ((flags & tokenFlags.initialized) === 0) return []
        return {
          id,
          label: text(0, 32),
          manufacturer: text(32, 64),
          model: text(64, 80),
          serial: text(80, 96),
          ownPinPad: (flags & tokenFlags.protectedAuthenticationPath) !== 0,
        }
      },
    )
  }

  supports(slot: Slot, mechanism: number): boolean {
    try {
      this.call('getMechanismInfo', slot.id, mechanism, words(3))
      return true
    } catch (error) {
      if (error instanceof CryptokiError && error.returned === 'MECHANISM_INVALID') return false
      throw error
    }
  }

  openSession(slot: Slot, { writable = false } = {}): TokenSession {
    const handle = words(1)
    const flags = sessionFlags.serial | (writable ? sessionFlags.readWrite : 0)
    this.call('openSession', slot.id, flags, null, null, handle)
    return new TokenSession(this, wordAt(handle))
  }

  /** Runs `use` on a template as C reads it: CK_ATTRIBUTE is type, address, length. The memory lives until `use` returns. */
  withTemplate<T>(template: Template, use: (memory: Buffer, count: number) => T): T {
    const values = [...template.values()].map(bytesOf)
    const memory = words(3 * template.size)
    ;[...template.keys()].forEach((type, index) => {
      const value = values[index] as Buffer
      this.#writeAttribute(memory, index, type, value, value.length)
    })
    const result = use(memory, template.size)
    // Node does not move the memory of buffers, but it frees those that nothing refers to any more.
    for (const value of values) value.fill(0)
    return result
  }

  #writeAttribute(memory: Buffer, index: number, type: number, value: Buffer | null, length: number): void {
    memory.writeBigUInt64LE(BigInt(type), index * 3 * WORD_BYTES)
    memory.writeBigUInt64LE(
      value === null || value.length === 0 ? 0n : this.#koffi.address(value),
      (index * 3 + 1) * WORD_BYTES,
    )
    memory.writeBigUInt64LE(BigInt(length), (index * 3 + 2) * WORD_BYTES)
  }

  /** One attribute in the form that C reads, to be filled in. */
  attributeMemory(type: number, value: Buffer | null): Buffer {
    const memory = words(3)
    this.#writeAttribute(memory, 0, type, value, value?.length ?? 0)
    return memory
  }
}

export class TokenSession {
  readonly #module: TokenModule
  readonly #handle: bigint
  #open = true

  constructor(module: TokenModule, handle: bigint) {
    this.#module = module
    this.#handle = handle
  }

  /** Without a PIN the device asks for it. @throws TokenError `wrong-pin`, `pin-locked` */
  login(pin: Uint8Array | undefined, label: string): void {
    const own = pin && Buffer.from(pin)
    try {
      this.#module.call('login', this.#handle, userType, own ?? null, own?.length ?? 0)
    } catch (error) {
      const isLoggedIn = error instanceof CryptokiError && error.returned === 'USER_ALREADY_LOGGED_IN'
      // Login counts for all sessions of a process with the token.
      if (!isLoggedIn) throw loginError(error, label)
    } finally {
      own?.fill(0)
    }
  }

  find(template: Template): ObjectHandle[] {
    this.#module.withTemplate(template, (memory, count) =>
      this.#module.call('findObjectsInit', this.#handle, memory, count),
    )
    try {
      const found = words(MAX_OBJECTS)
      const count = words(1)
      this.#module.call('findObjects', this.#handle, found, MAX_OBJECTS, count)
      return Array.from({ length: Number(wordAt(count)) }, (_, index) => wordAt(found, index))
    } finally {
      this.#module.call('findObjectsFinal', this.#handle)
    }
  }

  /** The attribute's bytes; undefined when the object has none or keeps it to itself, or when it is over `maxBytes`. */
  attribute(object: ObjectHandle, type: number, maxBytes = 256): Uint8Array | undefined {
    const read = (value: Buffer | null): number | undefined => {
      const memory = this.#module.attributeMemory(type, value)
      try {
        this.#module.call('getAttributeValue', this.#handle, object, memory, 1)
      } catch (error) {
        if (error instanceof CryptokiError && error.returned.startsWith('ATTRIBUTE_')) return undefined
        throw error
      }
      const length = wordAt(memory, 2)
      return length === unavailable || length > BigInt(maxBytes) ? undefined : Number(length)
    }
    const length = read(null)
    if (length === undefined) return undefined
    const value = Buffer.alloc(length)
    return length === 0 || read(value) !== undefined ? new Uint8Array(value) : undefined
  }

  flag(object: ObjectHandle, type: number): boolean | undefined {
    const value = this.attribute(object, type)
    return value === undefined || value.length === 0 ? undefined : value[0] !== 0
  }

  /** An attribute that is a CK_ULONG. */
  number(object: ObjectHandle, type: number): number | undefined {
    const value = this.attribute(object, type)
    return value?.length === WORD_BYTES ? Number(wordAt(Buffer.from(value))) : undefined
  }

  sign(key: ObjectHandle, mechanism: number, data: Uint8Array): Uint8Array {
    this.#module.call('signInit', this.#handle, this.#mechanism(mechanism), key)
    const signature = Buffer.alloc(256)
    const length = words(1)
    length.writeBigUInt64LE(BigInt(signature.length))
    const own = Buffer.from(data)
    this.#module.call('sign', this.#handle, own, own.length, signature, length)
    return Uint8Array.from(signature.subarray(0, Number(wordAt(length))))
  }

  generateKeyPair(mechanism: number, publicTemplate: Template, privateTemplate: Template): void {
    const [publicHandle, privateHandle] = [words(1), words(1)]
    this.#module.withTemplate(publicTemplate, (publicMemory, publicCount) =>
      this.#module.withTemplate(privateTemplate, (privateMemory, privateCount) =>
        this.#module.call(
          'generateKeyPair',
          this.#handle,
          this.#mechanism(mechanism),
          publicMemory,
          publicCount,
          privateMemory,
          privateCount,
          publicHandle,
          privateHandle,
        ),
      ),
    )
  }

  /** CK_MECHANISM without parameter. */
  #mechanism(type: number): Buffer {
    const memory = words(3)
    memory.writeBigUInt64LE(BigInt(type))
    return memory
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    try {
      this.#module.call('closeSession', this.#handle)
    } catch (error) {
      // A token that was pulled out has no sessions to close.
      if (!(error instanceof CryptokiError)) throw error
    }
  }
}

const loaded = new Map<string, Promise<TokenModule>>()
const keptLoaded: unknown[] = []

async function loadModule(path: string): Promise<{ koffi: Koffi; calls: Record<keyof typeof functions, Call> }> {
  // CK_ULONG has another width elsewhere, and structures another alignment.
  if (process.platform === 'win32' || endianness() !== 'LE' || process.arch === 'ia32' || process.arch === 'arm') {
    throw new TokenError('unsupported-system', 'tokens are supported on 64-bit Linux and macOS; use a key file here')
  }
  let koffi: Koffi
  try {
    koffi = await import('koffi').then((module) => module.default as unknown as Koffi)
  } catch (cause) {
    throw new TokenError(
      'unsupported-system',
      'koffi, which calls the modules of tokens, has no build for this system',
      {
        cause,
      },
    )
  }
  let list: bigint[]
  try {
    const out: unknown[] = [null]
    const library = koffi.load(path)
    // koffi unloads a library whose handle is collected, under the functions that were found in it.
    keptLoaded.push(library)
    const value = library.func('C_GetFunctionList', 'uint64_t', [koffi.out('void **')])(out) as number
    if (value !== 0 || out[0] === null) throw new CryptokiError('C_GetFunctionList', value)
    const shape = koffi.struct({ version: 'uint64_t', functions: koffi.array('uint64_t', 60) })
    const decoded = koffi.decode(out[0], shape) as { functions: Iterable<number | bigint> }
    list = Array.from(decoded.functions, BigInt)
  } catch (cause) {
    throw new TokenError(
      'no-module',
      `${path} cannot be loaded as a PKCS#11 module; name the file of the token's maker`,
      {
        cause,
      },
    )
  }
  const names = Object.keys(functions) as (keyof typeof functions)[]
  const calls = Object.fromEntries(
    names.map((name) => {
      const prototype = koffi.proto('uint64_t', [...prototypes[name]])
      return [name, koffi.decode(list[functions[name]], prototype) as Call]
    }),
  ) as Record<keyof typeof functions, Call>
  const value = calls.initialize(null)
  if (value !== 0 && returnValues[value] !== 'CRYPTOKI_ALREADY_INITIALIZED') {
    throw new TokenError('no-module', `${path}: ${new CryptokiError('initialize', value).message}`)
  }
  // Some modules crash in their own exit handlers unless they were told that the process ends.
  process.once('exit', () => calls.finalize(null))
  return { koffi, calls }
}

function bytesOf(value: AttributeValue): Buffer {
  if (typeof value === 'boolean') return Buffer.of(value ? 1 : 0)
  if (typeof value !== 'number') return Buffer.from(value)
  const memory = words(1)
  memory.writeBigUInt64LE(BigInt(value))
  return memory
}

function loginError(error: unknown, label: string): unknown {
  if (!(error instanceof CryptokiError)) return error
  const options = { cause: error }
  switch (error.returned) {
    case 'PIN_INCORRECT':
    case 'PIN_INVALID':
    case 'PIN_LEN_RANGE':
      return new TokenError(
        'wrong-pin',
        `token ${label}: the PIN is wrong; the token locks after a few wrong ones`,
        options,
      )
    case 'PIN_LOCKED':
    case 'PIN_EXPIRED':
    case 'USER_PIN_NOT_INITIALIZED':
      return new TokenError(
        'pin-locked',
        `token ${label}: its PIN is locked or not set (${error.returned}); see its maker's tool`,
        options,
      )
    default:
      return error
  }
}
