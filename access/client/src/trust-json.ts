import {
  chainIdOf,
  decodeValidators,
  encodeValidators,
  type Genesis,
  MAX_EARLIER_SETS,
  type QuorumRule,
  type Trust,
  type TrustedHeader,
  trustFromGenesis,
} from '@cresset/core-chain'
import { CodecError, equalBytes, fromBase64Url, fromHex, toBase64Url, toHex } from '@cresset/core-codec'
import { ClientError } from './client-error.ts'

const version = 1

const headerToJson = ({ height, timeMs, blockHash, validators }: TrustedHeader) => ({
  height,
  timeMs,
  hash: toHex(blockHash),
  validators: toBase64Url(encodeValidators(validators)),
})

/** What a client came to trust, to begin with next time: in a file, in a browser's storage. */
export function trustToJson(trust: Trust): string {
  const { chainId, genesisDigest, earlier } = trust
  const form = {
    cressetTrust: version,
    chainId,
    genesisDigest: toHex(genesisDigest),
    newest: headerToJson(trust),
    earlier: earlier.map(headerToJson),
  }
  return `${JSON.stringify(form, undefined, 2)}\n`
}

const damaged = (what: string) => new ClientError('usage', 'bad-trust', `the kept trust cannot be used: ${what}`)

function readHeader(form: unknown, rule: QuorumRule): TrustedHeader {
  const { height, timeMs, hash, validators } = (form ?? {}) as Record<string, unknown>
  if (
    !Number.isSafeInteger(height) ||
    !Number.isSafeInteger(timeMs) ||
    (height as number) < 0 ||
    typeof hash !== 'string' ||
    typeof validators !== 'string'
  ) {
    throw damaged('a header is not whole')
  }
  return {
    height: height as number,
    timeMs: timeMs as number,
    blockHash: fromHex(hash, { bytes: 32 }),
    validators: decodeValidators(fromBase64Url(validators), rule),
  }
}

/**
 * Reads what `trustToJson` wrote. It is believed, so it must come from where only its user can write.
 * @throws ClientError `usage`, code `bad-trust`: damaged, or of another ledger
 */
export function trustFromJson(text: string, genesis: Genesis): Trust {
  const base = trustFromGenesis(genesis)
  const { rule } = base.validators
  try {
    const form = JSON.parse(text) as Record<string, unknown> | null
    if (form?.['cressetTrust'] !== version) throw damaged(`it is not of version ${version}`)
    if (!equalBytes(fromHex(String(form['genesisDigest'])), base.genesisDigest))
      throw damaged(`it is of another ledger than ${chainIdOf(genesis)}`)
    const { earlier } = form
    if (!Array.isArray(earlier) || earlier.length > MAX_EARLIER_SETS) throw damaged('its list of headers is not whole')
    const headers = [...earlier, form['newest']].map((header) => readHeader(header, rule))
    const newest = headers.pop() as TrustedHeader
    return { ...base, ...newest, earlier: headers }
  } catch (error) {
    if (error instanceof CodecError || error instanceof SyntaxError) throw damaged(error.message)
    throw error
  }
}
