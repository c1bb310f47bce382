import { MAX_MESSAGE_BYTES } from '@cresset/dns-wire'
import type { ServerCookies } from '../cookies/server-cookies.ts'
import type { Request } from './request.ts'

export interface AnswerLimits {
  /** UDP answers are cut to what the client takes; TCP ones only to 65,535 bytes. */
  readonly transport: 'udp' | 'tcp'
  /** By TLS: then answers are padded for who pads (RFC 7830). */
  readonly isEncrypted?: boolean
  /** Greatest UDP response in bytes, at least 512, whatever the client offers. Default 1232. */
  readonly maxUdpBytes?: number
  /** Bytes that a signature of the message will take (RFC 8945). */
  readonly signatureBytes?: number
  /** What the server says of itself to clients that ask (NSID, RFC 5001); at most `MAX_NSID_BYTES`. */
  readonly nsid?: Uint8Array
  /** For TCP: how long an idle connection stays open, in units of 100 ms (RFC 7828). */
  readonly keepaliveTenths?: number
  /** Cookies of this server, and whom this answer goes to (RFC 7873). */
  readonly cookies?: ServerCookies
  readonly client?: { readonly address: string; readonly nowSeconds: number }
}

export const MAX_NSID_BYTES = 64

/** RFC 1035 section 4.2.1: without EDNS, UDP carries 512 bytes. */
const MIN_UDP_BYTES = 512
const DEFAULT_MAX_UDP_BYTES = 1232

/** Bytes that the response to a query may have. */
export function maxResponseBytes(request: Request, limits: AnswerLimits): number {
  const signatureBytes = limits.signatureBytes ?? 0
  if (limits.transport === 'tcp') return MAX_MESSAGE_BYTES - signatureBytes
  // RFC 6891 section 6.2.3: less than 512 counts as 512.
  const offered = Math.max(request.edns?.udpPayloadBytes ?? 0, MIN_UDP_BYTES)
  return Math.min(offered, Math.max(limits.maxUdpBytes ?? DEFAULT_MAX_UDP_BYTES, MIN_UDP_BYTES)) - signatureBytes
}
