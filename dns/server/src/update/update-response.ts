import { ExtendedError, Rcode } from '@cresset/dns-wire'
import { addAskedOptions, askedOptionBytes } from '../answer/asked-options.ts'
import { type AnswerLimits, maxResponseBytes } from '../answer/limits.ts'
import { readRequest } from '../answer/request.ts'
import { Response } from '../answer/response.ts'
import { asUpdateResponse, malformedResponse, readUpdate, type UpdateMessage } from './update-message.ts'

/** What an update is answered with. */
export interface UpdateAnswer {
  readonly rcode: number
  /** For people, printable ASCII (RFC 8914 section 2); empty for none. */
  readonly text: string
}

/** The response to an update (RFC 2136 section 3.8): its zone, no record. `update` is what `readUpdate` made of the message. */
export function updateResponse(
  message: Uint8Array,
  { rcode, text }: UpdateAnswer,
  limits: AnswerLimits,
  update: UpdateMessage | undefined = readUpdate(message),
): Uint8Array {
  const request = update && readRequest(update.asQuery)
  // A cookie that there cannot be makes the query a bad one too.
  if (update === undefined || request === undefined || request.rcode !== Rcode.NOERROR)
    return malformedResponse(message, update === undefined ? rcode : Rcode.FORMERR)
  const bytes = maxResponseBytes(request, limits)
  const response = new Response(update.asQuery, request, bytes, askedOptionBytes(request, limits))
  response.rcode = rcode
  if (text !== '') {
    response.extendedError = rcode === Rcode.REFUSED ? ExtendedError.PROHIBITED : ExtendedError.OTHER
    response.extendedErrorText = Buffer.from(text, 'latin1')
  }
  addAskedOptions(response, request, limits)
  return asUpdateResponse(response.finish())
}
