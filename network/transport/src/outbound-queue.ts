import type { LinkLimits } from './link-limits.ts'
import { type Priority, priorities } from './transport.ts'

/** First in, first out; taken frames are let go at once, their slots when half the list is empty. */
class FrameList {
  #frames: (Uint8Array | undefined)[] = []
  #head = 0
  bytes = 0

  get length(): number {
    return this.#frames.length - this.#head
  }

  push(frame: Uint8Array): void {
    this.#frames.push(frame)
    this.bytes += frame.length
  }

  shift(): Uint8Array | undefined {
    const frame = this.#frames[this.#head]
    if (frame === undefined) return undefined
    this.#frames[this.#head++] = undefined
    this.bytes -= frame.length
    if (this.#head * 2 >= this.#frames.length) {
      this.#frames = this.#frames.slice(this.#head)
      this.#head = 0
    }
    return frame
  }
}

/** What waits for one peer, bounded in bytes and frames for each priority apart. */
export class OutboundQueue {
  readonly #limits: Pick<LinkLimits, 'queueBytes' | 'queueFrames'>
  readonly #lists: Record<Priority, FrameList> = {
    agreement: new FrameList(),
    gossip: new FrameList(),
    bulk: new FrameList(),
  }
  #isBulkNext = false

  constructor(limits: Pick<LinkLimits, 'queueBytes' | 'queueFrames'>) {
    this.#limits = limits
  }

  /** False when the frame would pass a bound. */
  push(frame: Uint8Array, priority: Priority): boolean {
    const list = this.#lists[priority]
    const isFull = list.length >= this.#limits.queueFrames || list.bytes + frame.length > this.#limits.queueBytes
    if (!isFull) list.push(frame)
    return !isFull
  }

  /** At least one frame if any waits; no further one once `bytes` are reached. */
  take(bytes: number): Uint8Array[] {
    const taken: Uint8Array[] = []
    let takenBytes = 0
    while (takenBytes < bytes) {
      const frame = this.shift()
      if (frame === undefined) break
      taken.push(frame)
      takenBytes += frame.length
    }
    return taken
  }

  clear(): void {
    for (const priority of priorities) this.#lists[priority] = new FrameList()
  }

  get bytes(): number {
    return priorities.reduce((sum, priority) => sum + this.#lists[priority].bytes, 0)
  }

  get frames(): number {
    return priorities.reduce((sum, priority) => sum + this.#lists[priority].length, 0)
  }

  shift(): Uint8Array | undefined {
    const vote = this.#lists.agreement.shift()
    if (vote !== undefined) return vote
    const [first, second]: [Priority, Priority] = this.#isBulkNext ? ['bulk', 'gossip'] : ['gossip', 'bulk']
    this.#isBulkNext = !this.#isBulkNext
    return this.#lists[first].shift() ?? this.#lists[second].shift()
  }
}
