import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { answersQuery, formatRcode, type Message, parseMessage, Rcode, WireError } from '@cresset/dns-wire'
import { TsigRequest } from '../tsig/tsig-request.ts'
import { notifyMessage } from './notify-message.ts'
import type { NotifyTarget } from './notify-target.ts'

/** How long a secondary is told of a change that does not answer. */
export interface NotifyTiming {
  /** Until the message is sent again; then twice as long, and so on. Default 1 s. */
  readonly firstWaitMs?: number
  /** How often it is sent. Default 6: with the default wait it is given up after a minute. */
  readonly attempts?: number
}

/** `told`: the secondary knows. Else it was given up, for this reason; `stopped` by who asked for it. */
export type NotifyOutcome =
  | { readonly kind: 'told' }
  | { readonly kind: 'given-up'; readonly reason: string }
  | { readonly kind: 'stopped' }

const DEFAULT_FIRST_WAIT_MS = 1_000
const DEFAULT_ATTEMPTS = 6

/** Tells one secondary that the zone has this SOA (RFC 1996), until it answers, it is given up, or `stop` is aborted. Never rejects. */
export function exchangeNotify(
  target: NotifyTarget,
  apex: Uint8Array,
  soa: Uint8Array,
  stop: AbortSignal,
  { firstWaitMs = DEFAULT_FIRST_WAIT_MS, attempts = DEFAULT_ATTEMPTS }: NotifyTiming = {},
): Promise<NotifyOutcome> {
  const plain = notifyMessage(randomInt(0x1_0000), apex, soa)
  const request = target.key && new TsigRequest(plain, target.key, nowSeconds())
  const bytes = request?.bytes ?? plain
  const socket = createSocket(isIPv6(target.address) ? 'udp6' : 'udp4')
  let timer: NodeJS.Timeout | undefined
  let last = 'no answer'
  return new Promise<NotifyOutcome>((resolve) => {
    const send = (attempt: number, waitMs: number): void => {
      if (attempt > attempts) {
        resolve({ kind: 'given-up', reason: last })
        return
      }
      socket.send(bytes)
      timer = setTimeout(() => send(attempt + 1, waitMs * 2), waitMs)
    }
    const hear = (response: Uint8Array): void => {
      const message = readResponse(plain, response)
      // Anybody can send what is no answer to this message.
      if (message === undefined) return
      const fault = request?.faultOf(response, nowSeconds())
      if (fault !== undefined) {
        // It may be forged, so the true one is waited for; but it tells people what to look for.
        last = `the answer ${formatRcode(message.rcode)} is not signed as it must be: ${fault}`
        return
      }
      if (message.rcode === Rcode.NOERROR) resolve({ kind: 'told' })
      // A zone that was just added, here or there, may be set up over there any moment.
      else if (message.rcode === Rcode.NOTAUTH) last = 'it answers NOTAUTH: it does not serve the zone'
      else resolve({ kind: 'given-up', reason: `it answers ${formatRcode(message.rcode)}` })
    }
    stop.addEventListener('abort', () => resolve({ kind: 'stopped' }), { once: true })
    socket.on('message', hear)
    // Nobody there yet: a secondary that starts again will be.
    socket.on('error', ({ message }) => (last = message))
    if (stop.aborted) resolve({ kind: 'stopped' })
    else socket.connect(target.port, target.address, () => send(1, firstWaitMs))
  }).finally(() => {
    clearTimeout(timer)
    socket.close()
  })
}

/** RFC 1996 section 4.7: same id, operation and question, and marked as a response. */
function readResponse(query: Uint8Array, bytes: Uint8Array): Message | undefined {
  try {
    const message = parseMessage(bytes)
    return answersQuery(query, message) ? message : undefined
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000)
}
