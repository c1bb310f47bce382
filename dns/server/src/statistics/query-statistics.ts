import { formatRecordType, HEADER_BYTES, nameEnd, Opcode, RecordType, readUint16 } from '@cresset/dns-wire'
import type { ResponseBytes, TransportName } from '../listen/listener.ts'
import { codeNames, responseCode } from './response-code.ts'

/** Types that are counted by themselves; strangers choose the type, so all others are one. */
const TYPES = [
  RecordType.A,
  RecordType.NS,
  RecordType.CNAME,
  RecordType.SOA,
  RecordType.PTR,
  RecordType.HINFO,
  RecordType.MX,
  RecordType.TXT,
  RecordType.AAAA,
  RecordType.LOC,
  RecordType.SRV,
  RecordType.NAPTR,
  RecordType.CERT,
  RecordType.DNAME,
  RecordType.DS,
  RecordType.SSHFP,
  RecordType.RRSIG,
  RecordType.NSEC,
  RecordType.DNSKEY,
  RecordType.NSEC3,
  RecordType.NSEC3PARAM,
  RecordType.TLSA,
  RecordType.CDS,
  RecordType.CDNSKEY,
  RecordType.ZONEMD,
  RecordType.SVCB,
  RecordType.HTTPS,
  RecordType.URI,
  RecordType.CAA,
  RecordType.IXFR,
  RecordType.AXFR,
  RecordType.ANY,
] as const
const OTHER = 'other'
const TYPE_NAMES = [...TYPES.map(formatRecordType), OTHER]
const TYPE_INDEX: ReadonlyMap<number, number> = new Map(TYPES.map((type, index) => [type, index]))
const CODES = [...codeNames.keys()]
const CODE_NAMES = [...codeNames.values(), OTHER]
const CODE_INDEX: ReadonlyMap<number, number> = new Map(CODES.map((code, index) => [code, index]))
const TRANSPORTS = ['udp', 'tcp', 'tls'] as const satisfies readonly TransportName[]

/** Upper bounds in seconds; answers from memory take microseconds, transfers seconds. */
export const LATENCY_BOUNDS_SECONDS = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5,
] as const

export interface CountBy {
  readonly transport: TransportName
  /** Type or response code. */
  readonly label: string
  readonly count: number
}

export interface LatencyHistogram {
  readonly transport: TransportName
  /** Answers that took no longer than each of `LATENCY_BOUNDS_SECONDS`, those of the bounds before among them. */
  readonly cumulative: readonly number[]
  readonly count: number
  readonly sumSeconds: number
}

/** What one process was asked and answered since it started: sets of counters of fixed size, and nothing is made for a query. */
export class QueryStatistics {
  // Doubles count exactly to 2^53.
  readonly #queries = TRANSPORTS.map(() => new Float64Array(TYPE_NAMES.length))
  readonly #responses = TRANSPORTS.map(() => new Float64Array(CODE_NAMES.length))
  readonly #latencies = TRANSPORTS.map(() => new Float64Array(LATENCY_BOUNDS_SECONDS.length + 1))
  readonly #seconds = new Float64Array(TRANSPORTS.length)
  /** TLS is told of when it is used: most servers have none. */
  #transports: readonly TransportName[] = ['udp', 'tcp']

  count(query: Uint8Array, response: ResponseBytes, transport: TransportName, durationMs: number): void {
    const row = transport === 'udp' ? 0 : transport === 'tcp' ? 1 : 2
    if (row === this.#transports.length) this.#transports = TRANSPORTS
    increase(this.#queries[row] as Float64Array, typeIndex(query))
    if (response === undefined) return
    increase(this.#responses[row] as Float64Array, CODE_INDEX.get(responseCode(response)) ?? CODES.length)
    const seconds = durationMs / 1_000
    let bucket = 0
    while (bucket < LATENCY_BOUNDS_SECONDS.length && seconds > (LATENCY_BOUNDS_SECONDS[bucket] as number)) bucket++
    increase(this.#latencies[row] as Float64Array, bucket)
    this.#seconds[row] = (this.#seconds[row] as number) + seconds
  }

  /** Queries by transport and type, zeros among them. */
  queries(): CountBy[] {
    return this.#countsBy(this.#queries, TYPE_NAMES)
  }

  /** Responses by transport and response code. */
  responses(): CountBy[] {
    return this.#countsBy(this.#responses, CODE_NAMES)
  }

  /** Time from query to answer, of queries that were answered. */
  latencies(): LatencyHistogram[] {
    return this.#transports.map((transport, row) => {
      const counts = this.#latencies[row] as Float64Array
      const cumulative: number[] = []
      let count = 0
      for (const own of counts) {
        count += own
        cumulative.push(count)
      }
      return { transport, cumulative: cumulative.slice(0, -1), count, sumSeconds: this.#seconds[row] as number }
    })
  }

  #countsBy(rows: readonly Float64Array[], labels: readonly string[]): CountBy[] {
    return this.#transports.flatMap((transport, row) =>
      labels.map((label, index) => ({ transport, label, count: rows[row]?.[index] as number })),
    )
  }
}

function typeIndex(query: Uint8Array): number {
  // Other operations than queries, and what is none, have no type that is asked for.
  const opcode = ((query[2] ?? 0xff) >>> 3) & 15
  const end = opcode === Opcode.QUERY ? nameEnd(query, HEADER_BYTES) : -1
  if (end < 0 || end + 4 > query.length) return TYPES.length
  return TYPE_INDEX.get(readUint16(query, end)) ?? TYPES.length
}

function increase(counts: Float64Array, index: number): void {
  counts[index] = (counts[index] as number) + 1
}
