import { toHex } from '@cresset/core-codec'
import { protocolVersions } from '@cresset/core-ledger'

/** The store belongs to another ledger than the genesis describes. */
export class GenesisDiffersError extends Error {
  readonly code = 'genesis-differs'
  constructor(stored: Uint8Array, given: Uint8Array) {
    super(
      `the stored ledger was made from genesis ${toHex(stored).slice(0, 16)}…, this genesis is ${toHex(given).slice(0, 16)}…; ` +
        'use the genesis file the data was made with, or an empty data folder',
    )
    this.name = 'GenesisDiffersError'
  }
}

/** Parts of the store do not fit together. Nothing was changed. */
export class StateDamagedError extends Error {
  readonly code = 'damaged'
  constructor(problem: string) {
    super(
      `the stored ledger is damaged: ${problem}; move the data folder away and let the node catch up from the others`,
    )
    this.name = 'StateDamagedError'
  }
}

/** Members voted for a version of the rules that this program does not have. */
export class ProtocolUnknownError extends Error {
  readonly code = 'protocol-unknown'
  constructor(version: number, height: number) {
    super(
      `from height ${height} on the ledger follows version ${version} of its rules, this release has up to ` +
        `${Math.max(...protocolVersions)}; install a release that has version ${version} and start the node again, nothing is lost`,
    )
    this.name = 'ProtocolUnknownError'
  }
}

/** A height that is not committed yet, or whose state is no longer kept. */
export class UnknownHeightError extends Error {
  readonly code = 'unknown-height'
  constructor(height: number, oldest: number, newest: number) {
    super(`the state after block ${height} is not kept here; this node has ${oldest} to ${newest}`)
    this.name = 'UnknownHeightError'
  }
}
