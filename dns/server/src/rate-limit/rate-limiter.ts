import { randomFillSync } from 'node:crypto'
import { MAX_NAME_BYTES } from '@cresset/dns-wire'
import { NameHash } from '../store/name-hash.ts'
import { ResponseKind, responseKind, writeDenyingZone } from './response-kind.ts'

export interface RateLimiterOptions {
  /** To one network, of each kind. */
  readonly responsesPerSecond: number
  /** Each so-manieth limited response goes out truncated, so that whoever is there asks again by TCP; 0 drops all. Default 2. */
  readonly slip?: number
  /** Bits of an address that make its network. Default 24 and 56. */
  readonly ipv4PrefixBits?: number
  readonly ipv6PrefixBits?: number
  /** A power of two; default 2^17, which take 1.7 MB. */
  readonly buckets?: number
  /** Time that never goes back, in milliseconds. */
  readonly nowMs: () => number
  /** Of the hash; two words of 32 bits, random by default. */
  readonly key?: readonly [number, number]
}

/** What becomes of a response. */
export type RateVerdict = 'send' | 'truncate' | 'drop'

export const DEFAULT_SLIP = 2
export const MAX_SLIP = 10

const DEFAULT_BUCKETS = 2 ** 17
/** Places where a bucket may be. */
const WAYS = 8
/** A network may have so much at once, and then its share as time goes by. */
const BURST_MS = 1_000
/** Kind, length of the address, address, zone. */
const KEY_BYTES = 2 + 16 + MAX_NAME_BYTES + 64

/**
 * Limits responses a second, by the network that they go to and their kind (response rate limiting, RRL). The table has a fixed size:
 * a bucket that nobody knows yet takes the place of the fullest of eight and goes on with what that one has left. So a flood with
 * forged addresses takes no memory, and frees nobody who is at his limit.
 */
export class RateLimiter {
  /** Responses that were limited, since the start. */
  readonly counters = { truncated: 0, dropped: 0 }
  readonly #intervalMs: number
  readonly #slip: number
  readonly #prefixBits: { readonly 4: number; readonly 16: number }
  readonly #nowMs: () => number
  readonly #hash: NameHash
  readonly #sets: number
  readonly #tags: Int32Array
  /** When each bucket is full again: what is after now is missing from it. One number holds a whole token bucket. */
  readonly #fullAtMs: Float64Array
  /** Responses limited since the last one that was truncated. */
  readonly #limited: Uint8Array
  readonly #key = new Uint8Array(KEY_BYTES)

  constructor(options: RateLimiterOptions) {
    const { responsesPerSecond, slip = DEFAULT_SLIP, ipv4PrefixBits = 24, ipv6PrefixBits = 56 } = options
    const buckets = options.buckets ?? DEFAULT_BUCKETS
    if (!(responsesPerSecond >= 1)) throw new RangeError('at least one response a second')
    if (!Number.isInteger(slip) || slip < 0 || slip > MAX_SLIP) throw new RangeError(`slip is from 0 to ${MAX_SLIP}`)
    if (buckets < WAYS || (buckets & (buckets - 1)) !== 0) throw new RangeError('the buckets are a power of two')
    this.#intervalMs = BURST_MS / responsesPerSecond
    this.#slip = slip
    this.#prefixBits = { 4: ipv4PrefixBits, 16: ipv6PrefixBits }
    this.#nowMs = options.nowMs
    const key = options.key ?? randomFillSync(new Uint32Array(2))
    this.#hash = new NameHash([key[0] as number, key[1] as number], { isWide: true })
    this.#sets = buckets / WAYS
    this.#tags = new Int32Array(buckets)
    this.#fullAtMs = new Float64Array(buckets).fill(Number.NEGATIVE_INFINITY)
    this.#limited = new Uint8Array(buckets)
  }

  /** Bytes of the table, which stay the same. */
  get tableBytes(): number {
    return this.#tags.byteLength + this.#fullAtMs.byteLength + this.#limited.byteLength
  }

  /** Takes one response to `client`, the 4 or 16 bytes of an address, from its network's share. */
  judge(client: Uint8Array, response: Uint8Array): RateVerdict {
    const bucket = this.#bucketOf(client, response)
    const nowMs = this.#nowMs()
    const fullAtMs = Math.max(this.#fullAtMs[bucket] as number, nowMs)
    // Half an interval of tolerance, since intervals are no whole numbers.
    if (fullAtMs - nowMs < BURST_MS - this.#intervalMs / 2) {
      this.#fullAtMs[bucket] = fullAtMs + this.#intervalMs
      return 'send'
    }
    const limited = (this.#limited[bucket] as number) + 1
    const isTruncated = limited === this.#slip
    this.#limited[bucket] = isTruncated || this.#slip === 0 ? 0 : limited
    if (isTruncated) this.counters.truncated += 1
    else this.counters.dropped += 1
    return isTruncated ? 'truncate' : 'drop'
  }

  #bucketOf(client: Uint8Array, response: Uint8Array): number {
    const hash = this.#hash.hash(this.#key, 0, this.#writeKey(client, response))
    const first = (hash % this.#sets) * WAYS
    // A tag of 0 is a place that was never taken.
    const tag = this.#hash.high === 0 ? 1 : this.#hash.high
    let fullest = first
    for (let bucket = first; bucket < first + WAYS; bucket++) {
      if (this.#tags[bucket] === tag) return bucket
      if ((this.#fullAtMs[bucket] as number) < (this.#fullAtMs[fullest] as number)) fullest = bucket
    }
    this.#tags[fullest] = tag
    this.#limited[fullest] = 0
    return fullest
  }

  #writeKey(client: Uint8Array, response: Uint8Array): number {
    const key = this.#key
    const kind = responseKind(response)
    key[0] = kind
    key[1] = client.length
    const bits = this.#prefixBits[client.length as 4 | 16]
    let length = 2
    for (let index = 0; index * 8 < bits; index++) {
      const own = Math.min(8, bits - index * 8)
      key[length++] = (client[index] as number) & (0xff << (8 - own))
    }
    return kind === ResponseKind.denial ? writeDenyingZone(response, key, length) : length
  }
}
