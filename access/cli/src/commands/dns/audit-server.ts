import { equalBytes } from '@cresset/core-codec'
import {
  EdnsOptionCode,
  formatName,
  formatRdata,
  formatRecordType,
  type Message,
  RecordType,
  type Rrset,
  readRrsig,
  readUint32,
} from '@cresset/dns-wire'
import { QueryError, queryServer } from '@cresset/node'

export interface NameServer {
  readonly address: string
  readonly port: number
  /** How long an answer is waited for, if not as usual. */
  readonly timeoutMs?: number
}

/** What a server must answer, proven by the ledger. */
export interface ProvenRecords {
  readonly rrsets: readonly Rrset[]
  /** Block that wrote them; undefined when the ledger does not tell. */
  readonly height: number | undefined
  /** Block after which they are proven to stand so. */
  readonly provenAt: number
  /** What stood there after an earlier block, also proven; undefined when that is not kept any more. */
  earlier(height: number): Promise<readonly Rrset[] | undefined>
}

/** An answer that is not what the ledger has. */
export interface FalseAnswer {
  readonly question: string
  readonly proven: readonly string[]
  readonly provenHeight: number
  readonly answered: readonly string[]
  /** Height of the zone that it says it answered from (RFC 9660). */
  readonly zoneHeight: number
  /** Of the keys that signed it. */
  readonly keyTags: readonly number[]
}

/** `behind`: it answers from before the last change, and says so. */
export type ServerVerdict =
  | { readonly kind: 'true' | 'behind' | 'silent' }
  | { readonly kind: 'false'; readonly answers: readonly FalseAnswer[] }

/** Serial of the zone: labels and type stand before it. */
const VERSION_SERIAL_OFFSET = 2
const VERSION_BYTES = 6

/** Asks a server for all of these records. */
export async function auditServer(server: NameServer, proven: ProvenRecords): Promise<ServerVerdict> {
  const answers: FalseAnswer[] = []
  const provenHeight = proven.height ?? proven.provenAt
  try {
    for (const rrset of proven.rrsets) {
      const message = await ask(server, rrset)
      const zoneHeight = zoneHeightOf(message)
      if (zoneHeight === undefined) return { kind: 'silent' }
      const given = message.answers.filter(({ name, type }) => type === rrset.type && equalBytes(name, rrset.owner))
      const answered = textsOf(
        rrset.type,
        given.map(({ rdata }) => rdata),
      )
      const expected = textsOf(rrset.type, rrset.rdatas)
      if (isSame(answered, expected)) continue
      if (await stoodThen(proven, rrset, answered, zoneHeight)) return { kind: 'behind' }
      const question = `${formatName(rrset.owner)} ${formatRecordType(rrset.type)}`
      answers.push({ question, proven: expected, provenHeight, answered, zoneHeight, keyTags: keyTagsOf(message) })
    }
  } catch (error) {
    if (error instanceof QueryError) return { kind: 'silent' }
    throw error
  }
  return answers.length === 0 ? { kind: 'true' } : { kind: 'false', answers }
}

/** Whether an answer is what the ledger had at the height that the server says; where nobody knows any more, its word. */
async function stoodThen(
  { height = Number.POSITIVE_INFINITY, provenAt, earlier }: ProvenRecords,
  { owner, type }: Rrset,
  answered: readonly string[],
  zoneHeight: number,
): Promise<boolean> {
  if (zoneHeight >= provenAt) return false
  const stood = await earlier(zoneHeight)
  if (stood === undefined) return zoneHeight < height
  const same = stood.find((rrset) => rrset.type === type && equalBytes(rrset.owner, owner))
  return isSame(answered, textsOf(type, same?.rdatas ?? []))
}

const textsOf = (type: number, rdatas: readonly Uint8Array[]): string[] =>
  rdatas.map((rdata) => formatRdata(type, rdata)).sort()
const isSame = (a: readonly string[], b: readonly string[]): boolean => a.join('\n') === b.join('\n')

function ask({ timeoutMs, ...server }: NameServer, { owner, type }: Rrset): Promise<Message> {
  const ednsOptions = [{ code: EdnsOptionCode.ZONEVERSION, data: new Uint8Array() }]
  const question = { name: owner, type, dnssecOk: true, udpPayloadBytes: 1232, ednsOptions }
  return queryServer(server, { ...question, ...(timeoutMs !== undefined && { timeoutMs }) })
}

function zoneHeightOf({ edns }: Message): number | undefined {
  const data = edns?.options.find(({ code }) => code === EdnsOptionCode.ZONEVERSION)?.data
  return data?.length === VERSION_BYTES ? readUint32(data, VERSION_SERIAL_OFFSET) : undefined
}

function keyTagsOf({ answers, authorities }: Message): number[] {
  const signatures = [...answers, ...authorities].filter(({ type }) => type === RecordType.RRSIG)
  return [...new Set(signatures.flatMap(({ rdata }) => readRrsig(rdata)?.keyTag ?? []))]
}
