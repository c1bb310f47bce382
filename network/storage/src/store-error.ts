/**
 * Why the store does not serve:
 * - `full`: no space left on the device, or the limit of the map is reached; nothing of the batch was written
 * - `locked`: another process has the store open
 * - `damaged`: the files are not a store, are cut short, or reading or writing them failed
 * - `unknown-format`: written by another release
 * - `refused`: not permitted, or the folder cannot be made
 * - `closed`: used after `close`, or after a failure that makes the state of the disk uncertain
 */
export type StoreErrorCode = 'full' | 'locked' | 'damaged' | 'unknown-format' | 'refused' | 'closed'

/** The message is one line that names the path and says what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
