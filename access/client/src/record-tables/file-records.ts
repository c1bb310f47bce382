import { recordTableLimits } from '@cresset/core-ledger'
import {
  canonicalRdata,
  formatName,
  formatRecordType,
  isAtOrBelow,
  isSigningType,
  lowerCaseName,
  type MasterFileProblem,
  type MasterRecord,
  parseAbsoluteName,
  RecordType,
} from '@cresset/dns-wire'
import { relativeOwner } from './owner-name.ts'

/** What is said of a line of a master file. */
export interface LineRemark {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** Plain text without line ends. */
  readonly message: string
}

/** Why records of a file are not in the table: see `leftOutReasons`. */
export type LeftOutReason = keyof typeof leftOutReasons

export const leftOutReasons = {
  apex: 'the zone of the ledger has its own',
  signing: 'name servers sign by themselves',
  asked: 'as asked',
  hidden: 'hidden below a delegation',
  host: 'made from published hosts',
} as const

export interface LeftOut {
  readonly reason: LeftOutReason
  readonly type: number
  readonly records: number
}

/** One record as a file has it, with its names in lower case. */
export interface FileRecord {
  readonly file: string
  readonly line: number
  readonly ttlSeconds: number
  readonly rdata: Uint8Array
}

/** All that a file has for one owner, by type. */
export interface FileOwner {
  /** Relative to the name: `www`, or empty for the name itself. */
  readonly host: string
  /** As people read it, with its final dot. */
  readonly text: string
  readonly sets: Map<number, FileRecord[]>
}

/** Of the zone itself: the ledger's zone above has them for all of its names. */
const APEX_TYPES: ReadonlySet<number> = new Set([RecordType.SOA, RecordType.NS, RecordType.DS])
/** All pages of a table; a record takes more room than its data. */
const MAX_DATA_BYTES = recordTableLimits.pages * recordTableLimits.pageBytes
const LEAST_RECORD_BYTES = 2
/** Remarks that are kept; the others are only counted. */
const MAX_REMARKS = 100

/** What is wrong with a file, or doubtful: the first hundred, and how many there are. */
export class LineRemarks {
  readonly first: LineRemark[] = []
  count = 0

  add({ file, line }: Pick<LineRemark, 'file' | 'line'>, message: string): void {
    this.count += 1
    if (this.first.length < MAX_REMARKS) this.first.push({ file, line, message })
  }
}

/** Sorts the records of a master file by owner and type, and sets aside what no table holds. */
export class FileRecords {
  readonly owners = new Map<string, FileOwner>()
  readonly problems = new LineRemarks()
  readonly #apex: Uint8Array
  readonly #leaveOut: ReadonlySet<number>
  readonly #leftOut = new Map<string, { reason: LeftOutReason; type: number; records: number }>()
  #bytes = 0
  #lastOwner: { wire: Uint8Array; host: string | undefined } | undefined

  /** `name` is a ledger name such as `shop.acme`; records of the types in `leaveOut` are set aside. */
  constructor(name: string, leaveOut: ReadonlySet<number>) {
    this.#apex = lowerCaseName(parseAbsoluteName(name))
    this.#leaveOut = leaveOut
  }

  get leftOut(): LeftOut[] {
    return [...this.#leftOut.values()].sort((a, b) => a.type - b.type)
  }

  /** False when nothing that follows can matter any more: there is too much. */
  add(item: MasterRecord | MasterFileProblem): boolean {
    if (item.kind === 'problem') {
      this.problems.add(item, item.message)
      return true
    }
    const { owner, type, ttl, rdata, file, line } = item
    if (this.#leaveOut.has(type)) {
      this.leaveOut('asked', type)
      return true
    }
    const host = this.#hostOf(owner)
    if (host === undefined) {
      const apex = formatName(this.#apex)
      this.problems.add(
        item,
        `${formatName(owner)} is not in ${apex}: make it relative, or change the $ORIGIN before it to ${apex}`,
      )
      return true
    }
    if (isSigningType(type)) {
      this.leaveOut('signing', type)
      return true
    }
    if (host === '' && APEX_TYPES.has(type)) {
      this.leaveOut('apex', type)
      return true
    }
    this.#bytes += rdata.length + LEAST_RECORD_BYTES
    if (this.#bytes > MAX_DATA_BYTES) {
      this.problems.add(item, 'up to here there is more than a record table holds: divide the zone among several names')
      return false
    }
    this.#put(host, owner, type, { file, line, ttlSeconds: ttl, rdata: canonicalRdata(type, rdata) })
    return true
  }

  leaveOut(reason: LeftOutReason, type: number, records = 1): void {
    const key = `${reason}/${type}`
    const entry = this.#leftOut.get(key) ?? { reason, type, records: 0 }
    this.#leftOut.set(key, entry)
    entry.records += records
  }

  // The same array for records that follow one another.
  #hostOf(wire: Uint8Array): string | undefined {
    if (this.#lastOwner?.wire !== wire) {
      const host = isAtOrBelow(wire, this.#apex) ? relativeOwner(wire, this.#apex) : undefined
      this.#lastOwner = { wire, host }
    }
    return this.#lastOwner.host
  }

  #put(host: string, wire: Uint8Array, type: number, record: FileRecord): void {
    const owner = this.owners.get(host) ?? { host, text: formatName(wire), sets: new Map() }
    this.owners.set(host, owner)
    const set = owner.sets.get(type)
    if (set === undefined) owner.sets.set(type, [record])
    else set.push(record)
  }
}

/** How a message names a set: `www.shop.acme. A`. */
export const setText = ({ text }: FileOwner, type: number): string => `${text} ${formatRecordType(type)}`
