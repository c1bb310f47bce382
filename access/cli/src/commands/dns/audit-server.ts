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
}

/** What a host publishes, proven by the ledger. */
export interface ProvenHost {
  readonly rrsets: readonly Rrset[]
  /** Block that wrote it. */
  readonly height: number
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

/** `behind`: it answers from before the host's last change, and says so. */
export type ServerVerdict =
  | { readonly kind: 'true' | 'behind' | 'silent' }
  | { readonly kind: 'false'; readonly answers: readonly FalseAnswer[] }

/** Serial of the zone: labels and type stand before it. */
const VERSION_SERIAL_OFFSET = 2
const VERSION_BYTES = 6

/** Asks a server for all that a host publishes. */
export async function auditServer(server: NameServer, host: ProvenHost): Promise<ServerVerdict> {
  const answers: FalseAnswer[] = []
  try {
    for (const rrset of host.rrsets) {
      const message = await ask(server, rrset)
      const zoneHeight = zoneHeightOf(message)
      if (zoneHeight === undefined) return { kind: 'silent' }
      const given = message.answers.filter(({ name, type }) => type === rrset.type && equalBytes(name, rrset.owner))
      const answered = given.map(({ rdata }) => formatRdata(rrset.type, rdata)).sort()
      const proven = rrset.rdatas.map((rdata) => formatRdata(rrset.type, rdata)).sort()
      if (answered.join('\n') === proven.join('\n')) continue
      if (zoneHeight < host.height) return { kind: 'behind' }
      const question = `${formatName(rrset.owner)} ${formatRecordType(rrset.type)}`
      answers.push({ question, proven, provenHeight: host.height, answered, zoneHeight, keyTags: keyTagsOf(message) })
    }
  } catch (error) {
    if (error instanceof QueryError) return { kind: 'silent' }
    throw error
  }
  return answers.length === 0 ? { kind: 'true' } : { kind: 'false', answers }
}

function ask(server: NameServer, { owner, type }: Rrset): Promise<Message> {
  const ednsOptions = [{ code: EdnsOptionCode.ZONEVERSION, data: new Uint8Array() }]
  return queryServer(server, { name: owner, type, dnssecOk: true, udpPayloadBytes: 1232, ednsOptions })
}

function zoneHeightOf({ edns }: Message): number | undefined {
  const data = edns?.options.find(({ code }) => code === EdnsOptionCode.ZONEVERSION)?.data
  return data?.length === VERSION_BYTES ? readUint32(data, VERSION_SERIAL_OFFSET) : undefined
}

function keyTagsOf({ answers, authorities }: Message): number[] {
  const signatures = [...answers, ...authorities].filter(({ type }) => type === RecordType.RRSIG)
  return [...new Set(signatures.flatMap(({ rdata }) => readRrsig(rdata)?.keyTag ?? []))]
}
