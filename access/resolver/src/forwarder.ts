import { QueryError, relayQuery, type Server } from '@cresset/dns-server'
import { HeaderFlag, isAtOrBelow, type Message, readUint16, writeUint16 } from '@cresset/dns-wire'
import { ResolveError } from './resolve-error.ts'
import type { ServedZone } from './served-zones.ts'

const MAX_FORWARDED = 256
const TIMEOUT_MS = 4_500

/** Passes questions outside the ledger's zones to another resolver. Nothing is kept: that is the other's work. */
export class Forwarder {
  readonly #server: Server
  readonly #zones: readonly ServedZone[]
  #waiting = 0

  constructor(server: Server, zones: readonly ServedZone[]) {
    this.#server = server
    this.#zones = zones
  }

  /** @throws ResolveError */
  async relay(query: Uint8Array, transport: 'udp' | 'tcp'): Promise<Uint8Array> {
    if (this.#waiting >= MAX_FORWARDED)
      throw new ResolveError('busy', `${MAX_FORWARDED} questions wait for the other resolver`)
    this.#waiting += 1
    try {
      const { message, bytes } = await relayQuery(this.#server, query, transport, TIMEOUT_MS)
      if (this.#speaksOfZones(message))
        throw new ResolveError('forward', "the other resolver's answer has records of the ledger's zones")
      // Authentic is what the ledger proves; what the other resolver checked is its own word.
      writeUint16(bytes, 2, readUint16(bytes, 2) & ~HeaderFlag.AD)
      return bytes
    } catch (error) {
      if (error instanceof QueryError) throw new ResolveError('forward', error.message)
      throw error
    } finally {
      this.#waiting -= 1
    }
  }

  #speaksOfZones({ answers, authorities, additionals }: Message): boolean {
    const isOurs = ({ name }: { name: Uint8Array }) => this.#zones.some(({ apex }) => isAtOrBelow(name, apex))
    return [...answers, ...authorities, ...additionals].some(isOurs)
  }
}
