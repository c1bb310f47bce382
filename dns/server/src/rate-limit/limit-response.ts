import type { AnswerLimits } from '../answer/limits.ts'
import { readRequest } from '../answer/request.ts'
import { truncatedResponse } from '../answer/truncated.ts'
import { clientAddressBytes } from '../client-address.ts'
import type { ResponseBytes } from '../listen/listener.ts'
import type { RateLimiter } from './rate-limiter.ts'

const ADDITIONAL_COUNT_OFFSET = 11

/**
 * What goes out instead of a response: the same, a truncated one, or nothing. Whoever asks by TCP, or with a cookie that this server
 * gave, has the address that it says and cannot be flooded.
 */
export function limitResponse(
  limiter: RateLimiter | undefined,
  query: Uint8Array,
  response: ResponseBytes,
  limits: AnswerLimits,
): ResponseBytes {
  if (limiter === undefined || response === undefined) return response
  if (limits.client === undefined || isKnownClient(query, limits)) return response
  const client = clientAddressBytes(limits.client.address)
  if (client === undefined) return response
  const verdict = limiter.judge(client, response)
  if (verdict === 'send') return response
  return verdict === 'truncate' ? truncatedResponse(query, limits) : undefined
}

/** Whether a connection or a good cookie proves where the client is. */
export function isKnownClient(query: Uint8Array, { transport, cookies, client }: AnswerLimits): boolean {
  if (transport !== 'udp') return true
  // A query without an OPT record, as a flood is likely to have it, is not read a second time.
  if (cookies === undefined || client === undefined || query[ADDITIONAL_COUNT_OFFSET] === 0) return false
  const cookie = readRequest(query)?.edns?.cookie
  return cookie !== undefined && cookies.isGood(cookie, client.address, client.nowSeconds)
}
