import {
  buildQuery,
  formatName,
  formatRcode,
  formatRdata,
  formatRecordType,
  type Message,
  parseAbsoluteName,
  parseMessage,
  parseRecordType,
  type QueryOptions,
  type ResourceRecord,
} from '@cresset/dns-wire'
import { answer } from '../answer/answer.ts'
import type { AnswerLimits } from '../answer/limits.ts'
import type { ZoneSource } from '../zone-source.ts'

/** A response as tests compare it: each record is one line `owner TTL TYPE RDATA`. */
export interface Reply {
  readonly rcode: string
  /** Of `aa`, `tc`, `rd`, `ra`, `ad`, `cd`, those that are set, in this order. */
  readonly flags: string
  readonly answer: string[]
  readonly authority: string[]
  readonly additional: string[]
  readonly message: Message
  readonly bytes: Uint8Array
}

export type AskOptions = Partial<Omit<QueryOptions, 'name' | 'type'>> & Partial<AnswerLimits>

/** Asks `answer` a question such as `www.example. A`; by TCP unless told, so that size does not matter. */
export function ask(source: ZoneSource, question: string, options: AskOptions = {}): Reply {
  const [name, type] = question.split(' ') as [string, string]
  const { transport = 'tcp', maxUdpBytes, ...rest } = options
  const query = buildQuery({ id: 4711, name: parseAbsoluteName(name), type: parseRecordType(type) as number, ...rest })
  const bytes = answer(query, source, { transport, ...(maxUdpBytes === undefined ? {} : { maxUdpBytes }) })
  if (bytes === undefined) throw new Error(`no response to ${question}`)
  return readReply(bytes)
}

export function readReply(bytes: Uint8Array): Reply {
  const message = parseMessage(bytes)
  const { flags } = message
  const set = {
    aa: flags.authoritative,
    tc: flags.truncated,
    rd: flags.recursionDesired,
    ra: flags.recursionAvailable,
    ad: flags.authenticData,
    cd: flags.checkingDisabled,
  }
  return {
    rcode: formatRcode(message.rcode),
    flags: Object.entries(set)
      .filter(([, isSet]) => isSet)
      .map(([name]) => name)
      .join(' '),
    answer: message.answers.map(line),
    authority: message.authorities.map(line),
    additional: message.additionals.map(line),
    message,
    bytes,
  }
}

function line({ name, ttl, type, rdata }: ResourceRecord): string {
  return `${formatName(name)} ${ttl} ${formatRecordType(type)} ${formatRdata(type, rdata)}`
}
