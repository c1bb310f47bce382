import type { LinkLimits } from './link-limits.ts'

type Limits = Pick<LinkLimits, 'inboundBytes' | 'inboundFrames' | 'inboundBytesPerSecond' | 'inboundFramesPerSecond'>

/** Tells when to stop reading from a peer: too much unhandled, or faster than its rate. Times are monotonic milliseconds. */
export class InboundBudget {
  readonly #limits: Limits
  #unhandledBytes = 0
  #unhandledFrames = 0
  #byteTokens: number
  #frameTokens: number
  #filledAtMs: number

  constructor(limits: Limits, nowMs: number) {
    this.#limits = limits
    this.#byteTokens = limits.inboundBytesPerSecond
    this.#frameTokens = limits.inboundFramesPerSecond
    this.#filledAtMs = nowMs
  }

  /** A frame arrived. Tokens may go below zero: the debt is what `waitMs` tells. */
  spend(frameBytes: number): void {
    this.#byteTokens -= frameBytes
    this.#frameTokens -= 1
  }

  hold(frameBytes: number): void {
    this.#unhandledBytes += frameBytes
    this.#unhandledFrames += 1
  }

  release(frameBytes: number): void {
    this.#unhandledBytes -= frameBytes
    this.#unhandledFrames -= 1
  }

  isFull(): boolean {
    return this.#unhandledBytes > this.#limits.inboundBytes || this.#unhandledFrames > this.#limits.inboundFrames
  }

  /** Room for reading on: half the bound, so that reading does not stop and start with every frame. */
  hasRoom(): boolean {
    return (
      this.#unhandledBytes * 2 <= this.#limits.inboundBytes && this.#unhandledFrames * 2 <= this.#limits.inboundFrames
    )
  }

  /** Milliseconds until the rate is met again; 0 while it is. */
  waitMs(nowMs: number): number {
    if (this.#byteTokens >= 0 && this.#frameTokens >= 0) return 0
    const { inboundBytesPerSecond, inboundFramesPerSecond } = this.#limits
    const elapsedSeconds = Math.max(0, nowMs - this.#filledAtMs) / 1000
    this.#filledAtMs = nowMs
    this.#byteTokens = Math.min(inboundBytesPerSecond, this.#byteTokens + elapsedSeconds * inboundBytesPerSecond)
    this.#frameTokens = Math.min(inboundFramesPerSecond, this.#frameTokens + elapsedSeconds * inboundFramesPerSecond)
    const debtSeconds = Math.max(-this.#byteTokens / inboundBytesPerSecond, -this.#frameTokens / inboundFramesPerSecond)
    return debtSeconds <= 0 ? 0 : Math.ceil(debtSeconds * 1000)
  }
}
