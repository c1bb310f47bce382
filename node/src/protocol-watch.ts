import { protocolVersions, readProtocol, type StateView } from '@cresset/core-ledger'
import { type CommitEvent, ProtocolUnknownError } from '@cresset/network-application'
import type { Logger } from 'pino'

export interface ProtocolWatchOptions {
  readonly view: () => StateView
  readonly logger: Pick<Logger, 'warn'>
  /** Versions of the rules that this program has. */
  readonly versions?: readonly number[]
}

/** Looks out for the height from which on this program does not have the rules any more that members voted for. */
export class ProtocolWatch {
  readonly #options: ProtocolWatchOptions
  #unknown: { readonly version: number; readonly height: number } | undefined

  constructor(options: ProtocolWatchOptions) {
    this.#options = options
    this.read()
  }

  /** Reads what is due, at the start and after a snapshot; says so well before. */
  read(): void {
    const { view, logger, versions = protocolVersions } = this.#options
    const { version, upgrade } = readProtocol(view())
    if (!versions.includes(version)) this.#unknown = { version, height: 0 }
    else this.#unknown = upgrade === undefined || versions.includes(upgrade.version) ? undefined : upgrade
    if (this.#unknown !== undefined)
      logger.warn(this.#unknown, new ProtocolUnknownError(this.#unknown.version, this.#unknown.height).message)
  }

  /** After each commit. */
  commit(event: Pick<CommitEvent, 'transactions'>): void {
    if (event.transactions.some(({ events }) => events.some(({ kind }) => kind === 'upgradeDecided'))) this.read()
  }

  /** Why this program must not make or judge the block after this height, or undefined. */
  problemAfter(height: number): ProtocolUnknownError | undefined {
    if (this.#unknown === undefined || height + 1 < this.#unknown.height) return undefined
    return new ProtocolUnknownError(this.#unknown.version, this.#unknown.height)
  }
}
