import type { NodeBackend, NodeStatus } from '@cresset/access-http-api'
import { type Genesis, genesisToJson } from '@cresset/core-chain'
import type { AccountIndexer, LedgerApplication } from '@cresset/network-application'
import type { FinalityClock } from './finality-clock.ts'

export interface BackendParts {
  readonly application: LedgerApplication
  readonly genesis: Genesis
  readonly finality: FinalityClock
  /** Undefined: the node keeps none. */
  readonly accountIndex: AccountIndexer | undefined
  status(): NodeStatus
  metrics(): Promise<string>
}

/** What the HTTP API may ask of this node: committed state, and one way to change it, the mempool. */
export function apiBackend({
  application,
  genesis,
  finality,
  accountIndex,
  status,
  metrics,
}: BackendParts): NodeBackend {
  const { queries, feed } = application
  let json: string | undefined
  return {
    chainId: application.chainId,
    genesisDigest: application.genesisDigest,
    genesisJson() {
      json ??= genesisToJson(genesis)
      return json
    },
    submit(bytes) {
      const verdict = application.checkTx(bytes, 'local')
      if (verdict.code === 'ok') finality.sent(verdict.id)
      return verdict
    },
    awaitReceipt: (id, timeoutMs, signal) => application.awaitReceipt(id, timeoutMs, signal),
    transaction: (id) => queries.transaction(id),
    isPending: (id) => application.isPending(id),
    transactionProof: (id) => queries.transactionProof(id),
    committed: () => ({ view: queries.view(), height: application.head.height, timeMs: application.head.timeMs }),
    prove: (keys, height) => queries.prove(keys, height),
    block: (reference) => queries.block(reference),
    oldestHeight: () => queries.oldestHeight,
    transactionsOf: (height) => queries.executed(height)?.transactions.map(({ bytes }) => bytes),
    lightBlock: (height) => queries.lightBlock(height),
    validatorChanges: (after, before, limit) => queries.validatorChanges(after, before, limit),
    records: (hash, limit) => queries.records(hash, limit),
    names: ({ owner, zone, after, limit }) => queries.names({ owner, zone }, { after, limit }),
    offers: ({ after, limit, ...filter }) => queries.offers(filter, { after, limit }),
    accountTransactions: (account, filter) => accountIndex?.page(account, filter),
    status,
    events: (fromHeight, signal) => feed.follow(fromHeight, signal),
    metrics,
  }
}
