import { open } from 'node:fs/promises'
import type { SignedZoneKeys } from '@cresset/access-client'
import { fromHex, toHex } from '@cresset/core-codec'
import { readSmallFile } from '../../bounded-file.ts'
import { UsageError } from '../../exit-codes.ts'
import { cannotMake } from '../../file-problem.ts'

const format = 'cresset-zone-keys-v1'

export interface ZoneKeyFile {
  readonly chainId: string
  readonly keys: SignedZoneKeys
}

/** Signatures that nobody may see before their time: mode 0600. Nothing is overwritten. */
export async function writeZoneKeyFile(path: string, { chainId, keys }: ZoneKeyFile): Promise<void> {
  const text = {
    format,
    chainId,
    zone: keys.zone,
    revision: keys.revision,
    ttlSeconds: keys.ttlSeconds,
    keys: keys.keys.map(toHex),
    authorization: toHex(keys.authorization),
    signatures: keys.signatures.map(({ fromSeconds, untilSeconds, rdata }) => ({
      fromSeconds,
      untilSeconds,
      rdata: toHex(rdata),
    })),
  }
  const file = await open(path, 'wx', 0o600).catch(cannotMake(path))
  try {
    await file.writeFile(`${JSON.stringify(text, undefined, 2)}\n`)
  } finally {
    await file.close()
  }
}

type Fields = Record<string, unknown>

/** @throws UsageError */
export async function readZoneKeyFile(path: string): Promise<ZoneKeyFile> {
  const text = await readSmallFile(path)
  try {
    const fields = JSON.parse(text) as Fields
    if (fields['format'] !== format) throw new TypeError('another format')
    return {
      chainId: textOf(fields['chainId']),
      keys: {
        zone: textOf(fields['zone']),
        revision: numberOf(fields['revision']),
        ttlSeconds: numberOf(fields['ttlSeconds']),
        keys: listOf(fields['keys']).map((key) => fromHex(textOf(key))),
        authorization: fromHex(textOf(fields['authorization'])),
        signatures: listOf(fields['signatures']).map((each) => {
          const { fromSeconds, untilSeconds, rdata } = each as Fields
          return {
            fromSeconds: numberOf(fromSeconds),
            untilSeconds: numberOf(untilSeconds),
            rdata: fromHex(textOf(rdata)),
          }
        }),
      },
    }
  } catch (error) {
    throw new UsageError(`${path} is not a file of "cresset zone sign"`, { cause: error })
  }
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('no text')
  return value
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new TypeError('no number')
  return value
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value) || value.length > 1_000) throw new TypeError('no list')
  return value
}
