import { GenesisError } from '@cresset/core-chain'
import { KeyError, KeyFileError, KeyNameError } from '@cresset/keys'
import { GenesisDiffersError, ProtocolUnknownError, StateDamagedError } from '@cresset/network-application'
import { KeyUsedElsewhereError } from '@cresset/network-consensus/quorum'
import { MembershipError } from '@cresset/network-membership'
import { StoreError, type StoreErrorCode } from '@cresset/network-storage'

/**
 * Why a node does not start, or stops by itself. Each kind has its own exit status, so that a supervisor can tell what an
 * operator must mend (2 … 7) from a crash (1).
 */
export const exitStatuses = {
  /** An invariant is broken: a fault of the program. The state on the disk is that of the last acknowledged block. */
  crashed: 1,
  /** The arguments, node.json, genesis.json or a key file is missing or wrong. */
  configuration: 2,
  /** A port is taken by another process, or may not be used. */
  'port-in-use': 3,
  /** Another process holds the data folder. */
  'data-in-use': 4,
  /** The data folder belongs to another ledger than genesis.json describes. */
  'genesis-differs': 5,
  /** No room left on the disk; everything that was acknowledged is on it. */
  'disk-full': 6,
  /** Stored data does not fit together; the node does not guess. */
  'data-damaged': 7,
  /** Another process votes with this node's consensus key. */
  'key-in-use': 8,
  /** The agent or token that holds the key of its votes does not sign: not there, locked, or ended. */
  'key-unavailable': 9,
  /** No node of the network that is to be joined answers. */
  'network-unreachable': 10,
  /** Members voted for a version of the ledger's rules that this release does not have. */
  'release-too-old': 11,
  /** It computed another state than a quorum certified, or stands on another block: it takes no further part. */
  'state-differs': 12,
} as const

export type StopReason = keyof typeof exitStatuses

/** One line that says what happened and what to do. */
export class StartError extends Error {
  readonly reason: StopReason
  constructor(reason: StopReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StartError'
    this.reason = reason
  }

  get exitStatus(): number {
    return exitStatuses[this.reason]
  }
}

const reasonOfStore: Readonly<Record<StoreErrorCode, StopReason>> = {
  full: 'disk-full',
  locked: 'data-in-use',
  damaged: 'data-damaged',
  'unknown-format': 'data-damaged',
  refused: 'configuration',
  closed: 'crashed',
}

/** Any error on the way up, or in a running node, as the line for the operator. */
export function asStartError(error: unknown): StartError {
  if (error instanceof StartError) return error
  const message = error instanceof Error ? error.message : String(error)
  const options = { cause: error }
  if (error instanceof StoreError) {
    const remedy = error.code === 'full' ? '; make room and start the node again, nothing is lost' : ''
    return new StartError(reasonOfStore[error.code], message + remedy, options)
  }
  if (error instanceof MembershipError || error instanceof KeyFileError || error instanceof KeyNameError) {
    return new StartError('configuration', message, options)
  }
  if (error instanceof KeyError) return new StartError('key-unavailable', message, options)
  if (error instanceof GenesisDiffersError) return new StartError('genesis-differs', message, options)
  if (error instanceof StateDamagedError) return new StartError('data-damaged', message, options)
  if (error instanceof ProtocolUnknownError) return new StartError('release-too-old', message, options)
  if (error instanceof KeyUsedElsewhereError) return new StartError('key-in-use', message, options)
  if (error instanceof GenesisError) return new StartError('configuration', message, options)
  return new StartError('crashed', message.split('\n')[0] ?? message, options)
}
