import type { ServedTtls } from '@cresset/dns-server'

/** How long others take; all in seconds. */
export interface KeyTiming {
  /** Until every secondary serves a change. */
  readonly propagationSeconds: number
  /** How long resolvers remember the DS records that the zone above has for these. */
  readonly dsTtlSeconds: number
}

export const DEFAULT_KEY_TIMING: KeyTiming = { propagationSeconds: 3_600, dsTtlSeconds: 86_400 }

/** Of a key that takes the place of another one: what has happened, since 1970, and what resolvers may remember. */
export interface KeyRoll {
  readonly startedMs: number
  /** The first version that lists it is served. */
  readonly publishedMs?: number | undefined
  readonly publishedSerial?: number | undefined
  /** The first version whose records it signs is served. */
  readonly activeMs?: number | undefined
  readonly activeSerial?: number | undefined
  /** The operator said that the zone above has its DS, or that resolvers have it as their anchor. */
  readonly confirmedMs?: number | undefined
  /** The greatest of all versions since before it was listed. */
  readonly ttls: ServedTtls
}

/**
 * Where a roll stands (RFC 6781 section 4.1.3, one key for all). `published`: the new key is listed and signs what the zone above looks
 * at; the old one signs all. `active`: the other way round. `removed`: the old one is gone.
 */
export type RollPhase = 'published' | 'active' | 'removed'

/** What is to come, and when, since 1970; `atMs` is undefined for `confirmed`, which is a person's word. */
export interface RollEvent {
  readonly event: 'published' | 'active' | 'confirmed' | 'removed'
  readonly atMs: number | undefined
  /** What it waits for though it is time: a secondary without the version that this rests on. */
  readonly waitsFor?: string | undefined
}

/** Whether a secondary that is known lacks the version with this serial. */
export type IsLacking = (serial: number) => boolean

/** A new key is listed at once; when that did not work it is tried again after this time. */
const LISTED_WITHIN_MS = 60_000

/** How the zone is to be signed now. */
export function rollPhase(roll: KeyRoll, timing: KeyTiming, nowMs: number, isLacking: IsLacking): RollPhase {
  // What was served once stays, also when the clock is set back.
  if (roll.activeMs === undefined && !isTime(activeFromMs(roll, timing), roll.publishedSerial)) return 'published'
  return isTime(removedFromMs(roll, timing), roll.activeSerial) ? 'removed' : 'active'

  function isTime(atMs: number | undefined, serial: number | undefined): boolean {
    return atMs !== undefined && nowMs >= atMs && !(serial !== undefined && isLacking(serial))
  }
}

/** What the roll waits for. */
export function nextRollEvent(roll: KeyRoll, timing: KeyTiming): RollEvent {
  if (roll.publishedMs === undefined) return { event: 'published', atMs: roll.startedMs + LISTED_WITHIN_MS }
  if (roll.activeMs === undefined) return { event: 'active', atMs: activeFromMs(roll, timing) }
  if (roll.confirmedMs === undefined) return { event: 'confirmed', atMs: undefined }
  return { event: 'removed', atMs: removedFromMs(roll, timing) }
}

/** No resolver remembers DNSKEY records without the new key any more. */
function activeFromMs({ publishedMs, ttls }: KeyRoll, { propagationSeconds }: KeyTiming): number | undefined {
  return publishedMs === undefined ? undefined : publishedMs + (ttls.dnskeySeconds + propagationSeconds) * 1_000
}

/** None remembers a signature by the old key, nor a DS that names it alone. */
function removedFromMs({ activeMs, confirmedMs, ttls }: KeyRoll, timing: KeyTiming): number | undefined {
  if (activeMs === undefined || confirmedMs === undefined) return undefined
  const { propagationSeconds, dsTtlSeconds } = timing
  return Math.max(
    activeMs + (ttls.greatestSeconds + propagationSeconds) * 1_000,
    confirmedMs + (dsTtlSeconds + propagationSeconds) * 1_000,
  )
}

export function greaterTtls(a: ServedTtls, b: ServedTtls): ServedTtls {
  return {
    dnskeySeconds: Math.max(a.dnskeySeconds, b.dnskeySeconds),
    greatestSeconds: Math.max(a.greatestSeconds, b.greatestSeconds),
  }
}
