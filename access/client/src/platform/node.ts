import type { Agent, IncomingMessage, RequestOptions } from 'node:http'
import { createRequire } from 'node:module'
import type { Fetch, HttpAnswer, HttpOptions, HttpRequest } from '../http.ts'

// Node's `fetch` takes 16 MiB, this 3. `import` would not do: it reads every export of node:http, and one of them loads all of fetch.
const load = createRequire(import.meta.url)

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * What the SDK needs of `fetch`, over node:http and node:https: no redirect is followed, an abort rejects with the signal's reason. The root
 * (DER) is trusted for https beside those of the machine.
 */
export function platformFetch({
  rootCertificate,
  addresses,
}: Pick<HttpOptions, 'rootCertificate' | 'addresses'> = {}): Fetch {
  let agent: Agent | undefined
  return async (url, init = {}) => {
    init.signal?.throwIfAborted()
    const { protocol, hostname } = new URL(url)
    if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError(`${protocol} is not http or https`)
    if (protocol === 'https:' && rootCertificate?.length) agent ??= agentTrusting(rootCertificate)
    const address = addresses?.get(hostname)
    const options = {
      ...(protocol === 'https:' && agent ? { agent } : {}),
      ...(address === undefined ? {} : { lookup: lookupOf(address) }),
    }
    try {
      return answerOf(await exchange(url, init, options), init.signal)
    } catch (error) {
      throw init.signal?.aborted ? init.signal.reason : error
    }
  }
}

/** Answers in the two forms in which Node asks. */
function lookupOf(address: string): NonNullable<RequestOptions['lookup']> {
  const family = address.includes(':') ? 6 : 4
  return (_host, { all }, done) => (all ? done(null, [{ address, family }]) : done(null, address, family))
}

function exchange(url: string, init: HttpRequest, options: RequestOptions): Promise<IncomingMessage> {
  const { request } = load(url.startsWith('https:') ? 'node:https' : 'node:http') as typeof import('node:http')
  const { method = 'GET', headers = {}, signal, body } = init
  return new Promise((resolve, reject) => {
    const send = (): void => {
      const sent = request(url, { ...options, method, headers }, resolve)
      // With the option `signal` an abort at the end of an answer would be an error of the socket, where nobody listens.
      const abort = (): void => void sent.destroy()
      signal?.addEventListener('abort', abort, { once: true })
      sent.on('close', () => signal?.removeEventListener('abort', abort))
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // A kept connection that the server had closed: nothing of the question arrived, and a new one is not kept.
        if (sent.reusedSocket && error.code === 'ECONNRESET' && !signal?.aborted) send()
        else reject(error)
      })
      sent.end(body)
    }
    send()
  })
}

function answerOf(response: IncomingMessage, signal: AbortSignal | undefined): HttpAnswer {
  const status = response.statusCode ?? 0
  if (redirects.has(status)) {
    response.destroy()
    throw new TypeError(`status ${status} leads elsewhere`)
  }
  // An abort while nobody reads is an error that nobody waits for.
  response.on('error', () => undefined)
  const parts = response[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>
  const cancel = async (): Promise<void> => {
    response.destroy()
  }
  const read = async () => {
    try {
      return await parts.next()
    } catch (error) {
      throw signal?.aborted ? signal.reason : error
    }
  }
  return { ok: status >= 200 && status < 300, status, body: { cancel, getReader: () => ({ read, cancel }) } }
}

function agentTrusting(der: Uint8Array): Agent {
  const { Agent } = load('node:https') as typeof import('node:https')
  const tls = load('node:tls') as typeof import('node:tls') & { getCACertificates?: (type: string) => string[] }
  const base64 = Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')
  const root = `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`
  // Older ones than Node 22.15 do not tell what else the machine trusts.
  const roots = tls.getCACertificates?.('default') ?? tls.rootCertificates
  return new Agent({ keepAlive: true, ca: [...roots, root] })
}
