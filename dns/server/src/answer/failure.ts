import { Rcode } from '@cresset/dns-wire'
import { type AnswerLimits, maxResponseBytes } from './limits.ts'
import { isPadded } from './padding.ts'
import { readRequest } from './request.ts'
import { MAX_ERROR_TEXT_BYTES, Response } from './response.ts'

export interface Failure {
  /** Default SERVFAIL. */
  readonly rcode?: number
  /** Info code of RFC 8914, for clients with EDNS. */
  readonly extendedError: number
  /** For people (RFC 8914 section 2); cut to 200 bytes, bytes that are not printable ASCII become `?`. */
  readonly text: string
}

/** The response to a query that cannot be answered, without a record; undefined when it deserves none. */
export function failureResponse(query: Uint8Array, failure: Failure, limits: AnswerLimits): Uint8Array | undefined {
  const request = readRequest(query)
  if (request === undefined) return undefined
  const response = new Response(query, request, maxResponseBytes(request, limits))
  if (request.rcode === Rcode.NOERROR) {
    response.rcode = failure.rcode ?? Rcode.SERVFAIL
    response.extendedError = failure.extendedError
    response.extendedErrorText = asciiText(failure.text)
  }
  if (isPadded(request.edns, limits)) response.pad(limits.signatureBytes)
  return response.finish()
}

function asciiText(text: string): Uint8Array {
  return Uint8Array.from([...text].slice(0, MAX_ERROR_TEXT_BYTES), (character) => {
    const code = character.charCodeAt(0)
    return character.length === 1 && code >= 0x20 && code < 0x7f ? code : 0x3f
  })
}
