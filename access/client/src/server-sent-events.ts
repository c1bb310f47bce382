/** One event of a `text/event-stream` (HTML Living Standard, section 9.2.6). */
export interface ServerSentEvent {
  readonly event: string
  readonly data: string
}

export class EventTooLong extends Error {}

/**
 * Reads a stream of events in any pieces. `lastEventId` is what a reader that comes back begins after; an id without data moves it
 * and is no event.
 */
export class EventReader {
  lastEventId = ''
  readonly #maxCharacters: number
  readonly #decoder = new TextDecoder()
  #pending = ''
  #event = ''
  #data: string[] = []
  #dataCharacters = 0
  #id = ''

  /** `maxCharacters` bounds one event and one line. */
  constructor(maxCharacters: number) {
    this.#maxCharacters = maxCharacters
  }

  /** The events that these bytes complete. @throws EventTooLong */
  read(bytes: Uint8Array): ServerSentEvent[] {
    const lines = (this.#pending + this.#decoder.decode(bytes, { stream: true })).split('\n')
    this.#pending = lines.pop() ?? ''
    if (this.#pending.length > this.#maxCharacters) throw new EventTooLong('a line of the event stream is too long')
    const found: ServerSentEvent[] = []
    for (const line of lines) {
      const event = this.#readLine(line.endsWith('\r') ? line.slice(0, -1) : line)
      if (event !== undefined) found.push(event)
    }
    return found
  }

  #readLine(line: string): ServerSentEvent | undefined {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1))
    if (field === 'id' && !value.includes('\0')) this.#id = value
    if (field === 'event') this.#event = value
    if (field === 'data') {
      this.#dataCharacters += value.length
      if (this.#dataCharacters > this.#maxCharacters) throw new EventTooLong('an event of the stream is too long')
      this.#data.push(value)
    }
    return undefined
  }

  #dispatch(): ServerSentEvent | undefined {
    this.lastEventId = this.#id
    const event = this.#data.length === 0 ? undefined : { event: this.#event || 'message', data: this.#data.join('\n') }
    this.#event = ''
    this.#data = []
    this.#dataCharacters = 0
    return event
  }
}
