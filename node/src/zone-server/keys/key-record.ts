import { readdir } from 'node:fs/promises'
import { ZoneFileError } from '@cresset/dns-server'
import { KeyFileError, readSecretFile } from '@cresset/keys'
import type { KeyRoll } from './key-life.ts'
import { replaceFile } from './replace-file.ts'

const MAX_RECORD_BYTES = 4_096
const VERSION = 1

/** A private key in the folder. */
export interface KeyFileName {
  readonly tag: number
  /** Within the folder. */
  readonly file: string
}

/** What is known of a zone's keys besides the keys themselves. */
export interface KeyRecord {
  /** The zone's key, in a roll the old one. */
  readonly current: KeyFileName
  /** Since 1970, when the current one became the zone's only key; undefined for the first one. */
  readonly sinceMs?: number | undefined
  /** The one that takes its place. */
  readonly next?: (KeyFileName & KeyRoll) | undefined
}

type StoredNumbers = Exclude<keyof KeyRoll, 'ttls'>

/** The record beside the keys; undefined when no key was ever replaced. @throws ZoneFileError */
export async function readKeyRecord(path: string): Promise<KeyRecord | undefined> {
  let text: string
  try {
    text = Buffer.from(await readSecretFile(path, { maxBytes: MAX_RECORD_BYTES })).toString()
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error
    if (error.code === 'not-found') return undefined
    throw new ZoneFileError(error.message, { cause: error })
  }
  const record = keyRecordOf(text)
  // To begin anew with another key would make all resolvers refuse the zone.
  if (record === undefined) throw new ZoneFileError(`${path} is not as this server writes it; bring it back as it was`)
  return record
}

/** Replaces the record, flushed before it counts. @throws ZoneFileError */
export async function writeKeyRecord(path: string, record: KeyRecord): Promise<void> {
  const text = `${JSON.stringify({ version: VERSION, ...record }, undefined, 2)}\n`
  await replaceFile(path, text, 0o600).catch((error: NodeJS.ErrnoException) => {
    const problem = error.code ?? error.message
    throw new ZoneFileError(`${path}: what becomes of the keys cannot be written down: ${problem}`, { cause: error })
  })
}

/** Names of zones, as they stand in names of files, that have a key which took or takes the place of another one. */
export async function zonesWithRolledKeys(folder: string): Promise<ReadonlySet<string>> {
  const names = await readdir(folder)
  return new Set(names.flatMap((name) => /^(.*)\+[0-9]{5}\.pem$/.exec(name)?.[1] ?? []))
}

function keyRecordOf(text: string): KeyRecord | undefined {
  const value = parsed(text)
  if (!isObject(value) || value.version !== VERSION || !isKeyFile(value.current)) return undefined
  const { current, sinceMs, next } = value
  if (sinceMs !== undefined && !isCount(sinceMs)) return undefined
  if (next === undefined) return { current, sinceMs }
  return isRoll(next) ? { current, sinceMs, next } : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRoll(value: unknown): value is KeyFileName & KeyRoll {
  if (!isKeyFile(value)) return false
  const given = value as Partial<Record<StoredNumbers | 'ttls', unknown>>
  const { startedMs, ttls } = given
  const later = [given.publishedMs, given.activeMs, given.confirmedMs, given.publishedSerial, given.activeSerial]
  if (!isCount(startedMs) || later.some((number) => number !== undefined && !isCount(number))) return false
  return isObject(ttls) && isCount(ttls.dnskeySeconds) && isCount(ttls.greatestSeconds)
}

function isKeyFile(value: unknown): value is KeyFileName {
  if (!isObject(value)) return false
  const { tag, file } = value
  return isCount(tag) && tag <= 0xffff && typeof file === 'string' && /^[a-z0-9._%+-]{1,255}$/.test(file)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
