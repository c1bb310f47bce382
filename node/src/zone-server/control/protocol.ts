/**
 * How a running name server is spoken to: over a Unix socket of its user, one JSON object a line, a `ControlRequest` there and a
 * `ControlReply` back, in order. Times are ISO 8601, zones as `example.org` with `.` for the root.
 */

export const controlCommands = [
  'zone-list',
  'zone-reload',
  'zone-freeze',
  'zone-thaw',
  'zone-notify',
  'key-list',
  'key-roll',
  'key-confirm',
  'stats',
] as const

export type ControlCommand = (typeof controlCommands)[number]

export interface ControlRequest {
  readonly command: ControlCommand
  /** All zones when left out; `zone-freeze`, `zone-thaw`, `key-roll` and `key-confirm` need it. */
  readonly zone?: string
}

export type ControlErrorCode =
  /** Not of this protocol, or without the zone that the command needs. */
  | 'bad-request'
  /** The server has no such zone. */
  | 'no-such-zone'
  /** It is done by transactions: the zone is one of the ledger. */
  | 'ledger-zone'
  /** It could not be done. */
  | 'failed'

export type ControlReply<K extends ControlCommand = ControlCommand> =
  | { readonly ok: ControlAnswers[K] }
  | { readonly error: { readonly code: ControlErrorCode; readonly message: string } }

export interface ControlAnswers {
  readonly 'zone-list': { readonly zones: readonly ZoneReport[] }
  readonly 'zone-reload': { readonly zones: readonly ReloadReport[] }
  /** Whether changes by updates were written to the file. */
  readonly 'zone-freeze': { readonly zones: readonly ZoneReport[]; readonly written: boolean }
  readonly 'zone-thaw': { readonly zones: readonly ReloadReport[] }
  /** Told zones, and secondaries of each. */
  readonly 'zone-notify': { readonly zones: readonly string[]; readonly secondaries: number }
  readonly 'key-list': { readonly keys: readonly KeyReport[] }
  readonly 'key-roll': { readonly keys: readonly KeyReport[] }
  readonly 'key-confirm': { readonly keys: readonly KeyReport[] }
  readonly stats: StatisticsReport
}

export interface ZoneReport {
  readonly zone: string
  /** Null for a zone of the ledger. */
  readonly file: string | null
  /** Null for a zone of the ledger, and `rrsets` for a file: sets of records of one name and type. */
  readonly records: number | null
  readonly rrsets: number | null
  readonly serial: number
  /** When it was last read or signed, or of the block that changed it last; null when that block was forgotten. */
  readonly loadedAt: string | null
  readonly frozen: boolean
  /** Whether there are changes by updates that the file does not have; `zone-freeze` writes them there. */
  readonly updated: boolean
  /** Why the file as it is now, or new signatures, are not served. */
  readonly problem: string | null
  /** When the first of its signatures ends; null for a zone without any. */
  readonly signaturesEndAt: string | null
  /** By what it proves what it does not have; null when it does not. */
  readonly denial: 'nsec' | 'nsec3' | 'compact' | null
  /** Until then the anchors of a zone of the ledger have signed its keys ahead. */
  readonly anchorSignaturesEndAt: string | null
  /** When they are made again; null when that is done elsewhere, never, or for each at a time of its own. */
  readonly signedAgainAt: string | null
  readonly secondaries: readonly SecondaryReport[]
}

/** What a secondary that is told of changes has of the zone. */
export interface SecondaryReport {
  /** `ADDRESS:PORT` */
  readonly secondary: string
  /** Null for one that has not answered yet. */
  readonly serial: number | null
  /** How long there has been a version that it is not known to have; 0: it has the newest. */
  readonly lagSeconds: number
}

export interface ReloadReport {
  readonly zone: string
  readonly outcome: 'loaded' | 'unchanged' | 'kept' | 'frozen' | 'gone'
  readonly records: number | null
  readonly serial: number | null
  /** For `kept`. */
  readonly reason: string | null
  readonly staleSerial: boolean
}

export interface KeyReport {
  readonly zone: string
  readonly tag: number
  /** Number (RFC 8624). */
  readonly algorithm: number
  readonly flags: number
  /** Whether this server signs with it. */
  readonly signsHere: boolean
  /**
   * Of a key of this server: `published`, listed and not yet signing what is looked up; `active`; `retired`, signing that no more. Null for
   * the key of a file that came signed.
   */
  readonly state: 'published' | 'active' | 'retired' | null
  /** Since when it is that; null when that was never written down. */
  readonly stateSince: string | null
  /** While a key of the zone is replaced: what comes next, and when. */
  readonly next: NextKeyEvent | null
  /** In a zone of the ledger the node whose key it is, `anchor`, or `revoked`; null for the key of a file. */
  readonly holder: string | null
  /** It signs nothing before this time; null for a key that signs. */
  readonly waitsUntil: string | null
  readonly frozen: boolean
  /** When the first signature of the zone ends; of an anchor, the last one that it made ahead. */
  readonly signaturesEndAt: string | null
  readonly signedAgainAt: string | null
  /** DS record for the zone above, as text. */
  readonly ds: string
}

export interface NextKeyEvent {
  readonly event: 'published' | 'active' | 'confirmed' | 'removed'
  /** Null for `confirmed`, which is a person's word. */
  readonly at: string | null
  /** The secondary that it waits for though it is time. */
  readonly waitsFor: string | null
}

export interface StatisticsReport {
  readonly startedAt: string
  readonly zones: number
  /** By transport, then by type. */
  readonly queries: Counts
  /** By transport, then by response code. */
  readonly responses: Counts
  /** By transport: answers, seconds that they took together, and how many took no longer than each bound. */
  readonly latency: Readonly<
    Record<string, { readonly count: number; readonly sumSeconds: number; readonly buckets: readonly LatencyBucket[] }>
  >
  readonly dropped: number
  readonly failures: number
  readonly rateLimited: { readonly truncated: number; readonly dropped: number } | null
  readonly queryLog: { readonly written: number; readonly dropped: number } | null
  readonly transfers: Readonly<Record<string, number>>
  /** Messages to secondaries: those that were answered, and those given up. */
  readonly notifies: { readonly told: number; readonly givenUp: number } | null
  /** By what became of them; null for a server that takes none. */
  readonly updates: Readonly<Record<'changed' | 'unchanged' | 'refused' | 'failed', number>> | null
}

export interface LatencyBucket {
  readonly seconds: number
  readonly count: number
}

type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>

export const MAX_REQUEST_BYTES = 4_096
/** A hundred thousand zones fit. */
export const MAX_REPLY_BYTES = 64 * 2 ** 20

/** A request from a line; undefined for what is none. */
export function readRequest(line: string): ControlRequest | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { command, zone } = value as { command?: unknown; zone?: unknown }
  const known = controlCommands.find((one) => one === command)
  if (known === undefined || (zone !== undefined && typeof zone !== 'string')) return undefined
  return zone === undefined ? { command: known } : { command: known, zone }
}
