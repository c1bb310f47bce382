import { CodecError, fromBase64Url, toBase64Url } from '@cresset/core-codec'
import { certificateLimits } from './certificate-limits.ts'

/** RFC 7468 labels in use. */
export type PemLabel = 'CERTIFICATE' | 'PRIVATE KEY' | 'PUBLIC KEY'

const lineCharacters = 64

/** RFC 7468 text with a line feed at its end. */
export function encodePem(label: PemLabel, der: Uint8Array): string {
  const letters = toBase64Url(der).replaceAll('-', '+').replaceAll('_', '/')
  const padded = letters.padEnd(Math.ceil(letters.length / 4) * 4, '=')
  const lines = padded.match(new RegExp(`.{1,${lineCharacters}}`, 'g')) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/**
 * Contents of the first PEM block under `label`; text around it is ignored (RFC 7468 section 2), a damaged block is not.
 * `undefined` when there is none, or more than `certificateLimits.pemCharacters`.
 */
export function decodePem(label: PemLabel, text: string): Uint8Array | undefined {
  if (text.length > certificateLimits.pemCharacters) return undefined
  const begin = `-----BEGIN ${label}-----`
  const start = text.indexOf(begin)
  const end = text.indexOf(`-----END ${label}-----`, start)
  if (start === -1 || end === -1) return undefined
  const body = text.slice(start + begin.length, end).replaceAll(/[ \t\r\n]/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body) || body.length % 4 !== 0) return undefined
  try {
    return fromBase64Url(body.replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_'))
  } catch (error) {
    if (error instanceof CodecError) return undefined
    throw error
  }
}

/** Contents of all CERTIFICATE blocks, in order; `undefined` when there is none, one is damaged, or there are more than a chain has. */
export function decodePemChain(text: string): Uint8Array[] | undefined {
  const begin = '-----BEGIN CERTIFICATE-----'
  const blocks = text.split(begin).slice(1)
  if (blocks.length === 0 || blocks.length > certificateLimits.chainLength) return undefined
  const chain = blocks.map((block) => decodePem('CERTIFICATE', begin + block))
  return chain.every((der) => der !== undefined) ? chain : undefined
}
