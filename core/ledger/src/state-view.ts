/** Committed state under one root. Keys are those of `state-keys.ts`. */
export interface StateView {
  get(key: Uint8Array): Uint8Array | undefined
}

/** One entry that a block changes; `undefined` removes it. */
export interface Change {
  readonly key: Uint8Array
  readonly value: Uint8Array | undefined
}
