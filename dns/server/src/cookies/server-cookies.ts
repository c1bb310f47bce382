import { randomBytes, timingSafeEqual } from 'node:crypto'
import { readUint32, writeUint32 } from '@cresset/dns-wire'
import { clientAddressBytes } from '../client-address.ts'
import { sipHash24 } from './siphash.ts'

export const COOKIE_SECRET_BYTES = 16
const CLIENT_BYTES = 8
/** Version, three reserved bytes, time. */
const HEAD_BYTES = 8
/** What this server sends: the client's cookie and its own (RFC 9018 section 4). */
export const COOKIE_BYTES = 24
const VERSION = 1
/** RFC 9018 section 4.3. */
const MAX_AGE_SECONDS = 3_600
const RENEW_SECONDS = 1_800
const MAX_AHEAD_SECONDS = 300

/** True for the data of a COOKIE option as RFC 7873 section 4 allows it: a client's cookie, alone or with a server's. */
export function isCookieOption(data: Uint8Array): boolean {
  return data.length === CLIENT_BYTES || (data.length >= 16 && data.length <= 40)
}

/**
 * DNS cookies of one server (RFC 7873, RFC 9018): who sends back what it was given has the address that it says. Servers behind one
 * address must share their secret.
 */
export class ServerCookies {
  readonly #active: Uint8Array
  readonly #previous: Uint8Array | undefined

  /** Secrets of 16 bytes; what was made with the previous one is still good. */
  constructor(active: Uint8Array = randomBytes(COOKIE_SECRET_BYTES), previous?: Uint8Array) {
    for (const secret of [active, previous])
      if (secret !== undefined && secret.length !== COOKIE_SECRET_BYTES)
        throw new RangeError(`a cookie secret has ${COOKIE_SECRET_BYTES} bytes`)
    this.#active = active
    this.#previous = previous
  }

  /** True when the option holds a cookie that this server gave to the address within the last hour. */
  isGood(option: Uint8Array, address: string, nowSeconds: number): boolean {
    return this.#secretOf(option, clientAddressBytes(address), nowSeconds) !== undefined
  }

  /** The option to answer with: the same one while it is fresh, else a new one. Undefined for an address that cannot be read. */
  answer(option: Uint8Array, address: string, nowSeconds: number): Uint8Array | undefined {
    const client = clientAddressBytes(address)
    if (client === undefined) return undefined
    const isFresh =
      this.#secretOf(option, client, nowSeconds) === this.#active && ageOf(option, nowSeconds) < RENEW_SECONDS
    if (isFresh) return option
    const head = new Uint8Array(CLIENT_BYTES + HEAD_BYTES)
    head.set(option.subarray(0, CLIENT_BYTES))
    head[CLIENT_BYTES] = VERSION
    writeUint32(head, CLIENT_BYTES + 4, nowSeconds >>> 0)
    return Buffer.concat([head, sipHash24(this.#active, Buffer.concat([head, client]))])
  }

  /** The secret with which the option was made, if it is good. */
  #secretOf(option: Uint8Array, client: Uint8Array | undefined, nowSeconds: number): Uint8Array | undefined {
    if (client === undefined || option.length !== COOKIE_BYTES || option[CLIENT_BYTES] !== VERSION) return undefined
    const age = ageOf(option, nowSeconds)
    if (age > MAX_AGE_SECONDS || age < -MAX_AHEAD_SECONDS) return undefined
    const hashed = Buffer.concat([option.subarray(0, CLIENT_BYTES + HEAD_BYTES), client])
    const given = option.subarray(CLIENT_BYTES + HEAD_BYTES)
    return [this.#active, this.#previous].find(
      (secret) => secret !== undefined && timingSafeEqual(sipHash24(secret, hashed), given),
    )
  }
}

/** Seconds since it was made, in the circle of 32 bits (RFC 1982); negative for one from the future. */
function ageOf(option: Uint8Array, nowSeconds: number): number {
  return (nowSeconds - readUint32(option, CLIENT_BYTES + 4)) | 0
}
