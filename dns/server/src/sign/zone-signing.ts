import type { Delegation } from './delegation-records.ts'
import type { Denial } from './denial.ts'
import type { ZoneKey } from './zone-key.ts'

/** The keys of a zone at one time, all of one algorithm and each with a tag of its own. */
export interface SigningKeys {
  /** Each signs all that the zone has. */
  readonly keys: readonly ZoneKey[]
  /** Listed beside them, on their way in or out: they sign only what the zone above looks at, DNSKEY, CDS and CDNSKEY. */
  readonly passing?: readonly ZoneKey[]
  /** What CDS and CDNSKEY records ask of the zone above; without it there are none but those of the file. */
  readonly delegation?: Delegation | undefined
}

/** What resolvers may remember of a version of a zone that was served, and for how long, in seconds. */
export interface ServedTtls {
  readonly dnskeySeconds: number
  /** Of all that is signed. */
  readonly greatestSeconds: number
}

/** How zones are signed that come unsigned. All throw `ZoneFileError` when it cannot be done. */
export interface ZoneSigning {
  /** CDS and CDNSKEY records also stand below the names of the zone's servers (RFC 9615), where those zones are signed here too. */
  readonly hasSignals?: boolean
  /** The keys of a zone, by its lower-case wire name, as they are now. */
  keysOf(apex: Uint8Array): Promise<SigningKeys>
  /** The serial to serve: the file's, or a greater one. It rises with each call, since new signatures are a new zone to secondaries. */
  serialFor(apex: Uint8Array, fileSerial: number): Promise<number>
  /** Default: by a chain. */
  denialOf?(apex: Uint8Array): Denial
  /** Told that a version is served which these keys signed, and of its serial. */
  served?(apex: Uint8Array, keys: SigningKeys, ttls: ServedTtls, serial: number): Promise<void>
}
