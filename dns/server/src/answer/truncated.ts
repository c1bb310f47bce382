import { addAskedOptions, askedOptionBytes } from './asked-options.ts'
import { type AnswerLimits, maxResponseBytes } from './limits.ts'
import { readRequest } from './request.ts'
import { Response } from './response.ts'

/**
 * A response that says nothing but "ask again by TCP", with the cookie by which the client may also ask again by UDP. Hardly longer than
 * the query; undefined when the query deserves none.
 */
export function truncatedResponse(query: Uint8Array, limits: AnswerLimits): Uint8Array | undefined {
  const request = readRequest(query)
  if (request === undefined) return undefined
  const optionBytes = askedOptionBytes(request, limits)
  const response = new Response(query, request, maxResponseBytes(request, limits), optionBytes)
  response.isTruncated = true
  addAskedOptions(response, request, limits)
  return response.finish()
}
