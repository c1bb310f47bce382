/**
 * Why the tree cannot answer:
 * - `unknown-version`: no version at or below the one asked for is kept (never written, pruned or undone)
 * - `damaged`: the store lacks an entry that another one points to, or holds one of the wrong form
 */
export type StateTreeErrorCode = 'unknown-version' | 'damaged'

export class StateTreeError extends Error {
  override readonly name = 'StateTreeError'
  readonly code: StateTreeErrorCode

  constructor(code: StateTreeErrorCode, detail: string) {
    super(detail)
    this.code = code
  }
}

/** Stops on a broken promise of the caller: never a matter of input from outside. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`state tree: ${message}`)
}
