import type { ZoneKeyStatus, ZoneLoad, ZoneStatus } from '@cresset/dns-server'
import type { ZoneKeyLife } from './keys/zone-key-folder.ts'

/** A key of a zone, and in a zone of the ledger whose it is. */
export interface ServedKey extends ZoneKeyStatus {
  /** The node that signs with it, `anchor`, or `revoked`; undefined for the key of a file. */
  readonly holder?: string | undefined
  /** Since 1970: it signs nothing before. Undefined for a key that signs. */
  readonly waitsUntilMs?: number | undefined
}

/** One zone as it is served now, from a file or from the ledger. */
export interface ServedZone extends Omit<ZoneStatus, 'path' | 'records' | 'loadedAtMs' | 'keys' | 'isUpdated'> {
  /** True when there are changes by updates that its file does not have; undefined for a zone of the ledger. */
  readonly isUpdated?: boolean
  /** Undefined for a zone of the ledger, and so are its `records`, which nobody counts. */
  readonly path: string | undefined
  readonly records: number | undefined
  /** Sets of records of one name and type; signatures over one are a set. Undefined for a file. */
  readonly rrsets?: number | undefined
  /** Since 1970: when it was last read or signed, or of the block that changed it last; undefined when that block was forgotten. */
  readonly loadedAtMs: number | undefined
  /** Seconds since 1970: until then the signatures that the anchors made ahead follow on one another. Undefined for a file. */
  readonly anchorExpiration?: number | undefined
  readonly keys: readonly ServedKey[]
  /** Of a zone from a file that is signed here. */
  readonly keyLife?: ZoneKeyLife | undefined
}

/** The zones of one name server. */
export interface ServedZones {
  /** When all are signed again, since 1970; undefined when each signature is made anew at a time of its own, or elsewhere. */
  readonly nextSigningMs: number | undefined
  status(): readonly ServedZone[]
}

/** What can be done with zones from files while they are served. */
export interface ZoneFileWork {
  reload(): Promise<readonly ZoneLoad[]>
  reloadOne(apex: Uint8Array): Promise<readonly ZoneLoad[]>
  thaw(apex: Uint8Array): Promise<readonly ZoneLoad[]>
  freeze(apex: Uint8Array): Promise<boolean>
  rollKey(apex: Uint8Array): Promise<readonly ZoneLoad[]>
  confirmKey(apex: Uint8Array): Promise<void>
}
