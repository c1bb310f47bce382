import { type ClientRequest, request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { isIP } from 'node:net'
import { type KnownNode, parseHostPort } from '@cresset/network-membership'

/** Longest genesis file that is read. */
const MAX_GENESIS_BYTES = 64 * 1024 * 1024
const GENESIS_TIMEOUT_MS = 20_000

export interface Question {
  readonly url: URL
  /** Where to connect, if not to the URL's host: its name need not resolve here. */
  readonly address?: string
  /** Whose certificates count under HTTPS. */
  readonly rootPem: string
  readonly maxBytes: number
  readonly timeoutMs: number
}

/** The body of a node's answer, whatever its status. Rejects with an Error of one line. */
export async function askNode(question: Question): Promise<{ readonly status: number; readonly body: string }> {
  const { url, timeoutMs } = question
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const common = {
    host: question.address ?? host,
    port: url.port,
    path: `${url.pathname}${url.search}`,
    headers: { host: url.host },
    agent: false,
  } as const
  const asked =
    url.protocol === 'https:'
      ? requestTls({ ...common, ca: question.rootPem, ...(isIP(host) === 0 && { servername: host }) })
      : requestPlain(common)
  try {
    return await answerOf(asked, question)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Error(message || code || `no answer within ${timeoutMs / 1_000} s`, { cause: error })
  }
}

function answerOf(asked: ClientRequest, { maxBytes, timeoutMs }: Question): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => asked.destroy(new Error(`no answer within ${timeoutMs / 1_000} s`)), timeoutMs)
    asked.once('close', () => clearTimeout(deadline))
    asked.on('error', reject)
    asked.once('response', (response) => {
      const parts: Uint8Array[] = []
      let bytes = 0
      response.on('data', (part: Uint8Array) => {
        bytes += part.length
        if (bytes > maxBytes) asked.destroy(new Error('what it sends is too long'))
        else parts.push(part)
      })
      response.on('error', reject)
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') }),
      )
    })
    asked.end()
  })
}

/** The genesis file from a node's API. Whose it is does not matter: the caller checks its digest. Rejects with one line. */
export async function fetchGenesis({ api, agreement, name }: KnownNode, rootPem: string): Promise<string> {
  const url = new URL('/v1/genesis', api)
  const { host: linked } = parseHostPort(agreement)
  const isNamed = isIP(url.hostname.replace(/^\[(.*)\]$/, '$1')) === 0
  try {
    const { status, body } = await askNode({
      url,
      ...(isNamed && isIP(linked) !== 0 && { address: linked }),
      rootPem,
      maxBytes: MAX_GENESIS_BYTES,
      timeoutMs: GENESIS_TIMEOUT_MS,
    })
    if (status === 200) return body
    throw new Error(`it answers with status ${status}`)
  } catch (error) {
    throw new Error(`${name} at ${api}: ${(error as Error).message}`, { cause: error })
  }
}
