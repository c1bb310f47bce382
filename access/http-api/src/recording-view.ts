import { ByteMap } from '@cresset/core-codec'
import type { StateView } from '@cresset/core-ledger'

/** Remembers which keys a query read, so that exactly those can be proven in the same answer. */
export class RecordingView implements StateView {
  readonly #view: StateView
  readonly #keys = new ByteMap<true>()

  constructor(view: StateView) {
    this.#view = view
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#keys.set(key, true)
    return this.#view.get(key)
  }

  get keys(): Uint8Array[] {
    return [...this.#keys.keys()]
  }
}
