import { connect, type TLSSocket } from 'node:tls'
import { taggedKeyOf } from '@cresset/core-certificates'
import { equalBytes, toHex } from '@cresset/core-codec'
import { ClientError } from './exit-codes.ts'

export interface ServerTarget {
  readonly address: string
  readonly port: number
  readonly host: string
  /** Tagged keys. */
  readonly keys: readonly Uint8Array[]
}

const connectTimeoutMs = 10_000

/**
 * The public key that a server proves in a TLS handshake. The certificate's dates and issuer are not looked at: the ledger says which
 * key is right, and the handshake proves that the server holds it. Nothing is sent before the comparison.
 */
function serverKey(address: string, port: number, host: string): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({
      host: address,
      port,
      servername: host,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      timeout: connectTimeoutMs,
    })
    const fail = (message: string) => {
      socket.destroy()
      reject(new ClientError('unreachable', 'no-connection', message))
    }
    socket.on('timeout', () => fail(`${address} port ${port} did not answer within ${connectTimeoutMs / 1000} s`))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      fail(`cannot make a TLS connection to ${address} port ${port}: ${error.code ?? error.message}`),
    )
    socket.on('secureConnect', () => {
      const spki = socket.getPeerX509Certificate()?.publicKey.export({ format: 'der', type: 'spki' })
      socket.destroy()
      resolve(spki && taggedKeyOf(new Uint8Array(spki)))
    })
  })
}

/**
 * Connects and compares the server's key with those that the ledger names. Returns the key.
 * @throws ClientError `not-verified` for another key, `unreachable`
 */
export async function verifyServerKey(target: ServerTarget): Promise<Uint8Array> {
  const { address, port, host, keys } = target
  const key = await serverKey(address, port, host)
  if (key && keys.some((expected) => equalBytes(expected, key))) return key
  const short = (bytes: Uint8Array): string => `${toHex(bytes).slice(0, 16)}…`
  throw new ClientError(
    'not-verified',
    'wrong-server-key',
    `${address} port ${port} has ${key ? `the key ${short(key)}` : 'a key of another kind'}, the ledger names ${keys.map(short).join(' or ')} for ${host}: do not use this server`,
  )
}
