import { lookup } from 'node:dns'
import { type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { isPublicAddress } from './public-address.ts'
import { literalAddress } from './webhook-file.ts'
import type { WebhookSigner } from './webhook-secret.ts'

export interface WebhookMessage {
  /** The same for each attempt, and without a full stop. */
  readonly id: string
  /** JSON. */
  readonly body: string
}

/** `taken`: a 2xx. `gone`: the receiver wants no more. `failed`: anything else, redirects among them. */
export type PostResult =
  | { readonly kind: 'taken' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterMs?: number | undefined }

export interface PostOptions {
  readonly url: URL
  readonly signers: readonly WebhookSigner[]
  readonly allowPrivateAddresses: boolean
  readonly nowMs: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** A name that an attacker can turn to the inside of the operator's network leads nowhere. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    const addresses = error === null ? found.filter(({ address }) => isPublicAddress(address)) : []
    const [first] = addresses
    if (error !== null) callback(error, '', 4)
    else if (first === undefined)
      callback(new Error(`${hostname} has no public address; "allowPrivateAddresses" permits others`), '', 4)
    else if (options.all === true) callback(null, addresses)
    else callback(null, first.address, first.family)
  })
}

/** One attempt (Standard Webhooks 1.0.0): headers, signature, and what the answer means. Never rejects. */
export function postWebhook(message: WebhookMessage, options: PostOptions): Promise<PostResult> {
  const { url, signers, allowPrivateAddresses, nowMs, timeoutMs, signal } = options
  const timestamp = String(Math.floor(nowMs / 1_000))
  const content = `${message.id}.${timestamp}.${message.body}`
  // An address in the URL is the operator's own word; a name is whatever its owner makes of it.
  const isFree = allowPrivateAddresses || literalAddress(url) !== undefined || url.hostname === 'localhost'
  const settings: RequestOptions = {
    method: 'POST',
    agent: false,
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(message.body),
      'user-agent': 'cresset-webhooks/1',
      'webhook-id': message.id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signers.map((signer) => signer(content)).join(' '),
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    ...(isFree ? {} : { lookup: lookupPublic }),
  }
  return new Promise((resolve) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, settings, (response) => {
      const { statusCode = 0, headers } = response
      // Nothing of the body is of use, however long it is.
      response.destroy()
      if (statusCode >= 200 && statusCode < 300) resolve({ kind: 'taken' })
      else if (statusCode === 410) resolve({ kind: 'gone' })
      else {
        const seconds = /^\d{1,6}$/.test(headers['retry-after'] ?? '') ? Number(headers['retry-after']) : undefined
        const isRedirect = statusCode >= 300 && statusCode < 400
        const reason = isRedirect
          ? `status ${statusCode}; redirects are not followed, correct the URL`
          : `status ${statusCode}`
        resolve({ kind: 'failed', reason, retryAfterMs: seconds === undefined ? undefined : seconds * 1_000 })
      }
    })
    request.on('error', (error) => {
      const isLate = error.name === 'TimeoutError' || error.name === 'AbortError'
      resolve({ kind: 'failed', reason: isLate ? `no answer within ${timeoutMs} ms` : error.message })
    })
    request.end(message.body)
  })
}
