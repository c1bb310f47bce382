import { type ClientRequest, request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { isIP } from 'node:net'
import { type KnownNode, parseHostPort } from '@cresset/network-membership'

/** Longest genesis file that is read. */
export const MAX_GENESIS_BYTES = 64 * 1024 * 1024
const TIMEOUT_MS = 20_000

/**
 * The genesis file from a node's API. Whose it is does not matter: the caller checks its digest. A node's name need not resolve
 * where a network is being joined, so where its links have an address, that is asked. Rejects with one line.
 */
export async function fetchGenesis({ api, agreement, name }: KnownNode, rootPem: string): Promise<string> {
  const url = new URL('/v1/genesis', api)
  const { host: linked } = parseHostPort(agreement)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const address = isIP(host) === 0 && isIP(linked) !== 0 ? linked : host
  const common = { host: address, port: url.port, path: url.pathname, headers: { host: url.host }, timeout: TIMEOUT_MS }
  const asked =
    url.protocol === 'https:'
      ? requestTls({ ...common, ca: rootPem, ...(isIP(host) === 0 && { servername: host }) })
      : requestPlain(common)
  try {
    return await bodyOf(asked)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Error(`${name} at ${api}: ${message || code || 'no answer'}`, { cause: error })
  }
}

function bodyOf(asked: ClientRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => asked.destroy(new Error(`no genesis within ${TIMEOUT_MS / 1_000} s`)), TIMEOUT_MS)
    asked.once('close', () => clearTimeout(deadline))
    asked.once('error', reject)
    asked.once('response', (response) => {
      if (response.statusCode !== 200) {
        asked.destroy(new Error(`it answers with status ${response.statusCode}`))
        return
      }
      const parts: Uint8Array[] = []
      let bytes = 0
      response.on('data', (part: Uint8Array) => {
        bytes += part.length
        if (bytes > MAX_GENESIS_BYTES) asked.destroy(new Error('what it sends is too long for a genesis file'))
        else parts.push(part)
      })
      response.once('error', reject)
      response.once('end', () => resolve(Buffer.concat(parts).toString('utf8')))
    })
    asked.end()
  })
}
