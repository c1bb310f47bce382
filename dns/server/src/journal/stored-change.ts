import { readUint32, writeUint32 } from '@cresset/dns-wire'
import type { Denial } from '../sign/denial.ts'
import type { FileStamp } from '../zone-file/open-master-file.ts'
import { arePackedEntries, isSoaRecord } from './packed-entries.ts'
import type { ZoneDifference } from './zone-difference.ts'

/** What is known of a stored version besides its records. */
export interface StoredState {
  /** Of which it was made, as they were then. */
  readonly files: readonly FileStamp[]
  /** True when there are changes by updates that the file does not have. */
  readonly isUpdated: boolean
  /** Records without those that signing made. */
  readonly records: number
  /** How it was signed here; null when it was not. */
  readonly signed: StoredSigning | null
}

/** Bytes are in hex. */
export interface StoredSigning {
  /** RDATA of the DNSKEY records that were put there. */
  readonly dnskeys: readonly string[]
  readonly denial: Denial
  /** Names at which CDS and CDNSKEY records were put: of other zones, and at the apex its own. */
  readonly signals: readonly string[]
}

/** A difference, and what is known of the version that it leads to. */
export interface StoredChange {
  readonly difference: ZoneDifference
  readonly state: StoredState
}

/** Lengths of state, both SOA records and removed entries; the bytes of the zone in two words. */
const WORDS = 6
const HEAD_BYTES = 4 * WORDS

export function writeStoredChange({ difference, state }: StoredChange): Uint8Array {
  const { fromSoa, toSoa, removed, added, zoneBytes } = difference
  const text = Buffer.from(JSON.stringify(state))
  const head = new Uint8Array(HEAD_BYTES)
  const words = [
    text.length,
    fromSoa.length,
    toSoa.length,
    removed.length,
    Math.floor(zoneBytes / 2 ** 32),
    zoneBytes >>> 0,
  ]
  for (const [index, word] of words.entries()) writeUint32(head, 4 * index, word)
  return Buffer.concat([head, text, fromSoa, toSoa, removed, added])
}

/** Undefined for what is none of a zone. */
export function readStoredChange(bytes: Uint8Array, apex: Uint8Array): StoredChange | undefined {
  if (bytes.length < HEAD_BYTES) return undefined
  const words = Array.from({ length: WORDS }, (_, index) => readUint32(bytes, 4 * index))
  const [, , , , high, low] = words as [number, number, number, number, number, number]
  const parts: Uint8Array[] = []
  let start = HEAD_BYTES
  for (const length of words.slice(0, 4)) {
    if (start + length > bytes.length) return undefined
    parts.push(bytes.slice(start, start + length))
    start += length
  }
  const [text, fromSoa, toSoa, removed] = parts as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  const added = bytes.slice(start)
  const state = readStoredState(text)
  const areSoas = isSoaRecord(fromSoa) && isSoaRecord(toSoa)
  const isGood = areSoas && arePackedEntries(removed, apex) && arePackedEntries(added, apex)
  if (state === undefined || !isGood) return undefined
  return {
    difference: { fromSoa, toSoa, removed, added, zoneBytes: (high as number) * 2 ** 32 + (low as number) },
    state,
  }
}

export function readStoredState(bytes: Uint8Array): StoredState | undefined {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString())
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { files, isUpdated, records, signed } = value as Partial<Record<keyof StoredState, unknown>>
  if (!Array.isArray(files) || !files.every(isFileStamp)) return undefined
  if (typeof isUpdated !== 'boolean' || !Number.isSafeInteger(records)) return undefined
  if (signed !== null && !isStoredSigning(signed)) return undefined
  return { files, isUpdated, records: records as number, signed }
}

function isStoredSigning(value: unknown): value is StoredSigning {
  if (typeof value !== 'object' || value === null) return false
  const { dnskeys, denial, signals } = value as Partial<Record<keyof StoredSigning, unknown>>
  const areBytes = (list: unknown): boolean =>
    Array.isArray(list) && list.every((one) => typeof one === 'string' && /^([0-9a-f]{2})+$/.test(one))
  return areBytes(dnskeys) && areBytes(signals) && (denial === 'chain' || denial === 'compact')
}

function isFileStamp(value: unknown): value is FileStamp {
  if (typeof value !== 'object' || value === null) return false
  const { path, stamp, digest } = value as Partial<Record<keyof FileStamp, unknown>>
  return [path, stamp, digest].every((field) => typeof field === 'string')
}
