import { type TsigAlgorithm, TsigKey, tsigAlgorithms } from '@cresset/dns-server'
import { lowerCaseName, parseAbsoluteName, parseBase64, WireError } from '@cresset/dns-wire'
import { KeyFileError, readSecretFile } from '@cresset/keys'
import { StartError } from '../start-error.ts'

const MAX_FILE_BYTES = 4_096
const MIN_SECRET_BYTES = 16

/**
 * The key of a file as `tsig-keygen` writes it: `key "name" { algorithm hmac-sha256; secret "…"; };`. The file must be readable by its
 * owner alone.
 * @throws StartError
 */
export async function readTsigKeyFile(path: string): Promise<TsigKey> {
  const fail = (problem: string): never => {
    throw new StartError('configuration', `the TSIG key ${path}: ${problem}`)
  }
  const bytes = await readSecretFile(path, { maxBytes: MAX_FILE_BYTES }).catch((error: unknown) => {
    if (error instanceof KeyFileError)
      throw new StartError('configuration', `the TSIG key ${error.message}`, { cause: error })
    throw error
  })
  const text = Buffer.from(bytes)
    .toString('latin1')
    // Base64 may hold what begins a comment elsewhere.
    .replace(/("[^"\n]*")|(?:#|\/\/).*$/gm, '$1')
  const match = /^\s*key\s+"?([^\s"{]+)"?\s*\{([^{}]*)\}\s*;?\s*$/.exec(text)
  if (match === null) return fail('it holds no key; make one with tsig-keygen')
  const fields = new Map(
    [...(match[2] as string).matchAll(/([a-z]+)\s+"?([^\s";]+)"?\s*;/g)].map(([, field, value]) => [field, value]),
  )
  const algorithm = fields.get('algorithm')?.toLowerCase() as TsigAlgorithm
  if (!tsigAlgorithms.includes(algorithm)) return fail(`its algorithm is none of ${tsigAlgorithms.join(', ')}`)
  try {
    const secret = parseBase64(fields.get('secret') ?? '')
    if (secret.length < MIN_SECRET_BYTES) return fail(`its secret has less than ${MIN_SECRET_BYTES} bytes`)
    return new TsigKey(lowerCaseName(parseAbsoluteName(match[1] as string)), algorithm, secret)
  } catch (error) {
    // What it says of the text could show the secret.
    if (error instanceof WireError) return fail('its name or its secret is not well-formed')
    throw error
  }
}
