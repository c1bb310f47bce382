import { bytesKey } from './bytes-key.ts'

/** Callers that wait for receipts at once; each is an open request. */
const MAX_WAITERS = 20_000

/** Callers waiting until a transaction is in a committed block. */
export class ReceiptWaiters {
  readonly #waiting = new Map<string, Set<() => void>>()
  #count = 0

  /** Resolves true once the transaction was committed, false after the time, the abort, or when too many wait. */
  wait(id: Uint8Array, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (this.#count >= MAX_WAITERS || signal?.aborted) return Promise.resolve(false)
    const key = bytesKey(id)
    return new Promise((resolve) => {
      const finish = (committed: boolean): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', giveUp)
        const others = this.#waiting.get(key)
        if (others?.delete(wake)) this.#count--
        if (others?.size === 0) this.#waiting.delete(key)
        resolve(committed)
      }
      const wake = (): void => finish(true)
      const giveUp = (): void => finish(false)
      const timer = setTimeout(giveUp, timeoutMs)
      signal?.addEventListener('abort', giveUp, { once: true })
      const others = this.#waiting.get(key)
      if (others === undefined) this.#waiting.set(key, new Set([wake]))
      else others.add(wake)
      this.#count++
    })
  }

  get count(): number {
    return this.#count
  }

  committed(id: Uint8Array): void {
    if (this.#count === 0) return
    for (const wake of [...(this.#waiting.get(bytesKey(id)) ?? [])]) wake()
  }
}
