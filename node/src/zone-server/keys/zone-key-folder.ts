import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  DnskeyFlags,
  type ServedTtls,
  type SigningKeys,
  ZoneFileError,
  type ZoneKey,
  zoneKeyFromPem,
  zoneKeyOf,
} from '@cresset/dns-server'
import { DnskeyFlag, DnssecAlgorithm, formatName } from '@cresset/dns-wire'
import { KeyFileError, makeFolder, readSecretFile, writeNewFile } from '@cresset/keys'
import {
  greaterTtls,
  type KeyRoll,
  type KeyTiming,
  nextRollEvent,
  type RollEvent,
  type RollPhase,
  rollPhase,
} from './key-life.ts'
import { type KeyRecord, readKeyRecord, writeKeyRecord, zonesWithRolledKeys } from './key-record.ts'
import { zoneFileName } from './zone-file-name.ts'

/** What a zone may be signed with, as `dnssec-keygen` names it. */
export type ZoneKeyAlgorithm = 'ed25519' | 'ecdsap256sha256'

export interface ZoneKeyFolderOptions {
  readonly folder: string
  /** Of a key that is made because there is none. */
  readonly algorithm: ZoneKeyAlgorithm
  readonly timing: KeyTiming
  readonly nowMs: () => number
}

/** `published`: listed, and signs only what the zone above looks at; `retired`: the same, on its way out. */
export type ZoneKeyState = 'published' | 'active' | 'retired'

/** The life of a zone's keys as they are served. */
export interface ZoneKeyLife {
  readonly keys: readonly { readonly tag: number; readonly state: ZoneKeyState; readonly sinceMs: number | undefined }[]
  /** Undefined when no key is replaced. */
  readonly next: RollEvent | undefined
}

const MAX_KEY_BYTES = 4_096

/**
 * The keys of zones that are signed here, in a folder: `<zone>.pem` is the first private key (PKCS #8, mode 0600), made when it is not
 * there; `<zone>+<tag>.pem` one that took its place; `<zone>.keys` tells which is which, and since when. One process uses a folder.
 */
export class ZoneKeyFolder {
  readonly #options: ZoneKeyFolderOptions
  readonly #records = new Map<string, KeyRecord>()
  /** Zones with a key on its way in, by their names. */
  readonly #rolling = new Map<string, Uint8Array>()
  /** Of what was served since the start. */
  readonly #ttls = new Map<string, ServedTtls>()
  /** Read once: with many zones the folder is large. */
  #zonesRolledBefore: Promise<ReadonlySet<string>> | undefined
  /** A secondary that lacks a version of a zone, told by its serial; undefined when all that are known have it. */
  lacking: (apex: Uint8Array, serial: number) => string | undefined = () => undefined
  /** Told when the roll of a key went on. */
  onRoll: () => void = () => undefined

  constructor(options: ZoneKeyFolderOptions) {
    this.#options = options
  }

  /** How a zone is to be signed now, and by which phase of a roll. @throws ZoneFileError */
  async keysOf(apex: Uint8Array): Promise<SigningKeys & { readonly phase: RollPhase | undefined }> {
    const record = await this.#record(apex)
    const { current, next } = record
    const key = await this.#open(current.file)
    if (next === undefined) return { keys: [key], phase: undefined }
    const { timing, nowMs } = this.#options
    const phase = rollPhase(next, timing, nowMs(), (serial) => this.lacking(apex, serial) !== undefined)
    const nextKey = await this.#open(next.file)
    if (phase === 'removed') return { keys: [nextKey], phase }
    return phase === 'active' ? { keys: [nextKey], passing: [key], phase } : { keys: [key], passing: [nextKey], phase }
  }

  /** To be told of each version of a zone that is served, and of what signed it. @throws ZoneFileError */
  async served(apex: Uint8Array, { keys, passing = [] }: SigningKeys, ttls: ServedTtls, serial: number): Promise<void> {
    const name = formatName(apex)
    const known = this.#ttls.get(name)
    this.#ttls.set(name, known === undefined ? ttls : greaterTtls(known, ttls))
    const { current, next } = await this.#record(apex)
    const has = (list: readonly ZoneKey[], tag: number): boolean => list.some((key) => key.tag === tag)
    if (next === undefined || !has([...keys, ...passing], next.tag)) return
    const nowMs = this.#options.nowMs()
    if (!has([...keys, ...passing], current.tag)) {
      await this.#write(apex, { current: { tag: next.tag, file: next.file }, sinceMs: nowMs })
      await rm(join(this.#options.folder, current.file), { force: true })
      return
    }
    const isActive = has(keys, next.tag)
    const roll = {
      ...next,
      publishedMs: next.publishedMs ?? nowMs,
      publishedSerial: next.publishedSerial ?? serial,
      ...(isActive && { activeMs: next.activeMs ?? nowMs, activeSerial: next.activeSerial ?? serial }),
      ttls: greaterTtls(next.ttls, ttls),
    }
    await this.#write(apex, { ...(await this.#record(apex)), next: roll })
  }

  /** Makes the key that takes the place of a zone's key. The zone is to be signed again then. @throws ZoneFileError */
  async roll(apex: Uint8Array): Promise<void> {
    const record = await this.#record(apex)
    const { current, next } = record
    if (next !== undefined)
      throw new ZoneFileError(`key ${next.tag} is on its way in already, for key ${current.tag}; one at a time`)
    const ttls = this.#ttls.get(formatName(apex))
    if (ttls === undefined) throw new ZoneFileError(`${formatName(apex)} is not served yet`)
    // Before there is another key: one that a crash leaves behind must raise no doubt about which one counts.
    await writeKeyRecord(this.#recordPath(apex), record)
    const { tag, file } = await this.#makeNext(apex, await this.#open(current.file))
    try {
      await this.#write(apex, { ...record, next: { tag, file, startedMs: this.#options.nowMs(), ttls } })
    } catch (error) {
      await rm(join(this.#options.folder, file), { force: true }).catch(() => undefined)
      throw error
    }
  }

  /** Takes a person's word that the zone above has the DS of the new key. @throws ZoneFileError */
  async confirm(apex: Uint8Array): Promise<void> {
    const record = await this.#record(apex)
    const { next } = record
    if (next === undefined) throw new ZoneFileError('no key is replaced; begin with "cresset dns key roll"')
    if (next.confirmedMs !== undefined) return
    if (next.activeMs === undefined)
      throw new ZoneFileError(
        `key ${next.tag} does not sign yet: a DS that names it alone would fail at resolvers that do not know it; "dns key status" says when it does`,
      )
    await this.#write(apex, { ...record, next: { ...next, confirmedMs: this.#options.nowMs() } })
  }

  /** What is to come for each key that is on its way in. */
  events(): (RollEvent & { readonly apex: Uint8Array })[] {
    return [...this.#rolling.values()].flatMap((apex) => {
      const next = this.life(apex)?.next
      return next === undefined ? [] : [{ ...next, apex }]
    })
  }

  /** Undefined for a zone that was never signed here. */
  life(apex: Uint8Array): ZoneKeyLife | undefined {
    const record = this.#records.get(formatName(apex))
    if (record === undefined) return undefined
    const { current, sinceMs, next } = record
    if (next === undefined) return { keys: [{ tag: current.tag, state: 'active', sinceMs }], next: undefined }
    const { startedMs, publishedMs = startedMs, activeMs } = next
    const isActive = activeMs !== undefined
    return {
      keys: [
        { tag: current.tag, state: isActive ? 'retired' : 'active', sinceMs: isActive ? activeMs : sinceMs },
        { tag: next.tag, state: isActive ? 'active' : 'published', sinceMs: isActive ? activeMs : publishedMs },
      ],
      next: this.#nextEvent(apex, next),
    }
  }

  #nextEvent(apex: Uint8Array, roll: KeyRoll): RollEvent {
    const next = nextRollEvent(roll, this.#options.timing)
    const serial =
      next.event === 'active' ? roll.publishedSerial : next.event === 'removed' ? roll.activeSerial : undefined
    const isDue = next.atMs !== undefined && next.atMs <= this.#options.nowMs()
    const waitsFor = isDue && serial !== undefined ? this.lacking(apex, serial) : undefined
    return waitsFor === undefined ? next : { ...next, waitsFor }
  }

  async #record(apex: Uint8Array): Promise<KeyRecord> {
    const name = formatName(apex)
    const known = this.#records.get(name)
    if (known !== undefined) return known
    const { folder } = this.#options
    await makeFolder(folder)
    const record = (await readKeyRecord(this.#recordPath(apex))) ?? (await this.#firstRecord(apex))
    this.#keep(apex, record)
    return record
  }

  #keep(apex: Uint8Array, record: KeyRecord): void {
    const name = formatName(apex)
    this.#records.set(name, record)
    const wasRolling = this.#rolling.delete(name)
    if (record.next !== undefined) this.#rolling.set(name, apex)
    if (wasRolling || record.next !== undefined) this.onRoll()
  }

  async #firstRecord(apex: Uint8Array): Promise<KeyRecord> {
    const { folder, algorithm } = this.#options
    const zone = zoneFileName(apex)
    this.#zonesRolledBefore ??= zonesWithRolledKeys(folder)
    // Its first key may still be there, and no resolver knows it any more.
    if ((await this.#zonesRolledBefore).has(zone))
      throw new ZoneFileError(
        `${this.#recordPath(apex)} is not there, and tells which key of ${formatName(apex)} counts; bring it back, or remove ${zone}+*.pem if that was never served`,
      )
    const file = `${zone}.pem`
    try {
      return { current: { tag: (await this.#open(file)).tag, file } }
    } catch (error) {
      if (!(error instanceof ZoneFileError) || !isNotFound(error.cause)) throw error
    }
    const { key, pem } = newKey(algorithm)
    await orZoneFileError(writeNewFile(join(folder, file), pem))
    return { current: { tag: key.tag, file } }
  }

  /** Another key of the same algorithm: with two of them each record would need a signature of each (RFC 6840 section 5.11). */
  async #makeNext(apex: Uint8Array, current: ZoneKey): Promise<{ tag: number; file: string }> {
    const algorithm = current.algorithm === DnssecAlgorithm.ED25519 ? 'ed25519' : 'ecdsap256sha256'
    for (;;) {
      const { key, pem } = newKey(algorithm)
      // With equal tags, also with REVOKE set (RFC 5011), some validators try one of the two alone.
      const distance = Math.abs(key.tag - current.tag)
      if (distance === 0 || distance === DnskeyFlag.REVOKE) continue
      const file = `${zoneFileName(apex)}+${String(key.tag).padStart(5, '0')}.pem`
      await orZoneFileError(writeNewFile(join(this.#options.folder, file), pem))
      return { tag: key.tag, file }
    }
  }

  async #write(apex: Uint8Array, record: KeyRecord): Promise<void> {
    if (JSON.stringify(this.#records.get(formatName(apex))) === JSON.stringify(record)) return
    await writeKeyRecord(this.#recordPath(apex), record)
    this.#keep(apex, record)
  }

  async #open(file: string): Promise<ZoneKey> {
    const path = join(this.#options.folder, file)
    const pem = Buffer.from(await orZoneFileError(readSecretFile(path, { maxBytes: MAX_KEY_BYTES }))).toString()
    try {
      return zoneKeyFromPem(pem, DnskeyFlags.entryPoint)
    } catch (error) {
      // What the parser says of the text could show the key.
      const problem = error instanceof RangeError ? error.message : 'it holds no private key in PEM (PKCS #8)'
      throw new ZoneFileError(`${path}: ${problem}`)
    }
  }

  #recordPath(apex: Uint8Array): string {
    return join(this.#options.folder, `${zoneFileName(apex)}.keys`)
  }
}

function newKey(algorithm: ZoneKeyAlgorithm): { key: ZoneKey; pem: string } {
  const privateKey: KeyObject =
    algorithm === 'ed25519'
      ? generateKeyPairSync('ed25519').privateKey
      : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return { key: zoneKeyOf(privateKey, DnskeyFlags.entryPoint), pem }
}

const isNotFound = (error: unknown): boolean => error instanceof KeyFileError && error.code === 'not-found'

async function orZoneFileError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw error instanceof KeyFileError ? new ZoneFileError(error.message, { cause: error }) : error
  }
}
