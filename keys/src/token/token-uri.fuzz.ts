import assert from 'node:assert/strict'
import { utf8 } from '@cresset/core-codec'
import { KeyNameError } from '../key-error.ts'
import { formatTokenUri, parseTokenUri } from './token-uri.ts'

export const name = 'token-uri'

export const seeds: readonly Uint8Array[] = [
  'pkcs11:token=ops;object=alice',
  'pkcs11:token=The%20Software%20PKCS%2311;serial=88f405;model=SoftHSM%20v2;id=%69%95%3E%5C;type=private',
  'pkcs11:manufacturer=Snake%20Oil,%20Inc.;object=key?module-path=/usr/lib/x.so&pin-source=file:/run/pin',
].map((text) => utf8(text))

/** A URI is refused in one line that quotes nothing of it, or names the same key when it is written again. */
export function run(bytes: Uint8Array): void {
  const text = new TextDecoder().decode(bytes)
  try {
    const { modulePath, pinSource, ...key } = parseTokenUri(text)
    assert.deepEqual(parseTokenUri(formatTokenUri(key)), key)
    for (const path of [modulePath, pinSource]) assert.ok(path === undefined || path.startsWith('/'))
  } catch (error) {
    if (!(error instanceof KeyNameError)) throw error
    assert.match(error.message, /^this pkcs11: URI [^\n]+$/)
  }
}
