import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { relayQuery } from '@cresset/dns-server'
import { EDNS_DO, type Message, RecordType, type ResourceRecord, writeEdnsOptions } from '@cresset/dns-wire'

/** What is sent in the place of an answer. */
export type Alteration = (answer: Message) => Message | Promise<Message>

export interface AlteringProxy {
  readonly port: number
  /** Answers that it made others of. */
  readonly altered: number
  stop(): Promise<void>
}

const MAX_PORT_ATTEMPTS = 16

/** Stands between a resolver and the server on `port`, by UDP and TCP, and alters the answers. */
export async function startAlteringProxy(port: number, alter: Alteration): Promise<AlteringProxy> {
  let altered = 0
  const answer = async (query: Uint8Array, transport: 'udp' | 'tcp'): Promise<Uint8Array> => {
    const { message, bytes } = await relayQuery({ address: '127.0.0.1', port }, query, transport)
    const other = await alter(message)
    if (other === message) return bytes
    altered += 1
    return Buffer.concat([bytes.subarray(0, 2), encoded(other).subarray(2)])
  }
  for (let attempt = 1; ; attempt++) {
    const udp = createSocket('udp4')
    const tcp = createServer((socket) => {
      let received = Buffer.alloc(0)
      socket.on('error', () => socket.destroy())
      socket.on('data', (data: Buffer) => {
        received = Buffer.concat([received, data])
        while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
          const query = received.subarray(2, 2 + received.readUInt16BE(0))
          received = received.subarray(2 + query.length)
          const send = (bytes: Uint8Array): boolean => socket.write(Buffer.concat([uint16(bytes.length), bytes]))
          answer(query, 'tcp').then(send, () => socket.destroy())
        }
      })
    })
    udp.on('message', (query, client) => {
      answer(query, 'udp').then(
        (bytes) => udp.send(bytes, client.port, client.address),
        // Who asks asks again.
        () => undefined,
      )
    })
    await once(udp.bind(0, '127.0.0.1'), 'listening')
    const own = udp.address().port
    try {
      await once(tcp.listen(own, '127.0.0.1'), 'listening')
    } catch (error) {
      udp.close()
      if (attempt === MAX_PORT_ATTEMPTS) throw error
      continue
    }
    return {
      port: own,
      get altered() {
        return altered
      },
      async stop() {
        udp.close()
        tcp.close()
        await once(tcp, 'close')
      },
    }
  }
}

const uint16 = (value: number): Uint8Array => Uint8Array.of(value >>> 8, value)
const uint32 = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)

/** The message without compression. */
function encoded({
  id,
  flags,
  opcode,
  rcode,
  questions,
  answers,
  authorities,
  additionals,
  edns,
}: Message): Uint8Array {
  const high =
    (flags.isResponse ? 0x8000 : 0) | (opcode << 11) | (flags.authoritative ? 0x400 : 0) | (flags.truncated ? 0x200 : 0)
  const low = (flags.recursionDesired ? 0x100 : 0) | (rcode & 15)
  const opt: ResourceRecord[] = []
  if (edns !== undefined) {
    const ttl = (rcode >>> 4) * 0x1000000 + (edns.dnssecOk ? EDNS_DO : 0)
    const rdata = writeEdnsOptions(edns.options)
    opt.push({ name: Uint8Array.of(0), type: RecordType.OPT, class: edns.udpPayloadBytes, ttl, rdata })
  }
  const sections = [answers, authorities, [...additionals, ...opt]]
  return Buffer.concat([
    ...[id, high | low, questions.length, ...sections.map(({ length }) => length)].map(uint16),
    ...questions.flatMap(({ name, type, class: itsClass }) => [name, uint16(type), uint16(itsClass)]),
    ...sections
      .flat()
      .flatMap(({ name, type, class: itsClass, ttl, rdata }) => [
        ...[name, uint16(type), uint16(itsClass), uint32(ttl), uint16(rdata.length), rdata],
      ]),
  ])
}

/** Each section with other records. */
export function withRecords(
  message: Message,
  change: (records: readonly ResourceRecord[]) => ResourceRecord[],
): Message {
  const { answers, authorities, additionals } = message
  const changed = { answers: change(answers), authorities: change(authorities), additionals: change(additionals) }
  const isSame = [answers, authorities, additionals].every((records, index) => {
    const now = Object.values(changed)[index] as ResourceRecord[]
    return records.length === now.length && records.every((record, at) => record === now[at])
  })
  return isSame ? message : { ...message, ...changed }
}
