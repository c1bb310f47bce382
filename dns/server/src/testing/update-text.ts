import {
  buildQuery,
  Opcode,
  parseAbsoluteName,
  parseRdata,
  parseRecordType,
  RecordClass,
  RecordType,
  readUint16,
  writeUint16,
  writeUint32,
} from '@cresset/dns-wire'

/** An update as tests write it: each record is one line `OWNER TTL CLASS TYPE [RDATA]`. */
export interface UpdateText {
  readonly zone: string
  readonly zoneType?: number
  readonly zoneClass?: number
  readonly prerequisites?: readonly string[]
  readonly updates?: readonly string[]
  readonly udpPayloadBytes?: number
  readonly id?: number
}

export function updateMessage(update: UpdateText): Uint8Array {
  const { zone, zoneType = RecordType.SOA, prerequisites = [], updates = [], udpPayloadBytes = 0, id = 4711 } = update
  const name = parseAbsoluteName(zone)
  const plain = buildQuery({ id, name, type: zoneType, udpPayloadBytes: 0 })
  const edns = buildQuery({ id, name, type: zoneType, udpPayloadBytes })
  const sections = [prerequisites, updates].map((lines) => lines.map(recordOf))
  const bytes = Uint8Array.from(Buffer.concat([plain, ...sections.flat(), edns.subarray(plain.length)]))
  writeUint16(bytes, 2, Opcode.UPDATE << 11)
  writeUint16(bytes, plain.length - 2, update.zoneClass ?? RecordClass.IN)
  writeUint16(bytes, 6, prerequisites.length)
  writeUint16(bytes, 8, updates.length)
  writeUint16(bytes, 10, readUint16(edns, 10))
  return bytes
}

function recordOf(line: string): Uint8Array {
  const [owner = '', ttl, className = '', type = '', ...rest] = line.split(' ')
  const number = type === 'ANY' ? RecordType.ANY : (parseRecordType(type) as number)
  const rdata = rest.length === 0 ? new Uint8Array() : parseRdata(number, rest.join(' '))
  const fixed = new Uint8Array(10)
  writeUint16(fixed, 0, number)
  const recordClass = RecordClass[className as keyof typeof RecordClass] ?? Number(className)
  writeUint16(fixed, 2, recordClass)
  writeUint32(fixed, 4, Number(ttl))
  writeUint16(fixed, 8, rdata.length)
  return Buffer.concat([parseAbsoluteName(owner), fixed, rdata])
}
