import { ExtendedError } from '@cresset/dns-wire'
import type { PreparedAnswer } from '../answer/answer.ts'
import { failureResponse } from '../answer/failure.ts'
import type { AnswerLimits } from '../answer/limits.ts'
import { truncatedResponse } from '../answer/truncated.ts'
import { clientKey } from '../client-address.ts'
import type { ResponseBytes } from '../listen/listener.ts'
import { isKnownClient } from '../rate-limit/limit-response.ts'
import type { SignatureQueue } from './signature-queue.ts'

/**
 * The answer with the signatures that are missing, later. When too many wait for theirs, a truncated one by UDP, which brings whoever is
 * there back by TCP, where a place is kept for him; by TCP SERVFAIL.
 */
export function completeAnswer(
  queue: SignatureQueue,
  query: Uint8Array,
  prepared: PreparedAnswer,
  limits: AnswerLimits,
): ResponseBytes | Promise<ResponseBytes> {
  if (prepared.missing.length === 0) return prepared.bytes
  const later = queue.complete(
    prepared,
    isKnownClient(query, limits) ? clientKey(limits.client?.address ?? '') : undefined,
  )
  if (later !== undefined) return later.then((bytes) => bytes ?? failure(query, limits, 'no signature could be made'))
  if (limits.transport === 'udp') return truncatedResponse(query, limits)
  return failure(query, limits, 'too many answers wait for signatures')
}

function failure(query: Uint8Array, limits: AnswerLimits, text: string): ResponseBytes {
  return failureResponse(query, { extendedError: ExtendedError.NOT_READY, text }, limits)
}
