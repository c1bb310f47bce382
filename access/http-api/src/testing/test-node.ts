import { randomBytes } from 'node:crypto'
import { type AddressRange, genesisToJson } from '@cresset/core-chain'
import { AccountIndexer, type ApplicationOptions, LedgerApplication } from '@cresset/network-application'
import { genesisTimeMs, TestLedger } from '@cresset/network-application/testing'
import { openMemoryStore } from '@cresset/network-storage'
import type { NodeBackend, NodeStatus } from '../backend.ts'
import { buildApi } from '../server.ts'

/**
 * One node in this process whose validators' keys are at hand: what is submitted is in a certified block at once. Tests of clients and of
 * the API talk to its real routes without a socket.
 */
export class TestNode {
  readonly ledger: TestLedger
  readonly application: LedgerApplication
  readonly backend: NodeBackend
  readonly accountIndex: AccountIndexer
  /** Block time and the clock of clients, in milliseconds. */
  nowMs = genesisTimeMs
  /** Submitted transactions wait until `commit` while this is off. */
  commitsAtOnce = true
  #app: Awaited<ReturnType<typeof buildApi>> | undefined
  #committing: Promise<unknown> = Promise.resolve()

  private constructor(ledger: TestLedger, application: LedgerApplication) {
    this.ledger = ledger
    this.application = application
    this.accountIndex = new AccountIndexer({
      application,
      store: openMemoryStore(),
      pauseMs: 0,
      onProblem: (error) => {
        throw error
      },
    })
    this.backend = this.#makeBackend()
  }

  static async start(
    settings: Readonly<Record<string, string>> = {},
    addressRanges: AddressRange[] = [],
    kept: Pick<ApplicationOptions, 'keepBlocks' | 'keepVersions'> = {},
  ): Promise<TestNode> {
    const ledger = new TestLedger(8, settings, addressRanges)
    const node = new TestNode(
      ledger,
      await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis, ...kept }),
    )
    node.#app = await buildApi(node.backend)
    await node.commit()
    return node
  }

  get app() {
    if (!this.#app) throw new Error('the node has not started')
    return this.#app
  }

  /** A block of all that waits. */
  commit(): Promise<unknown> {
    this.#committing = this.#committing.then(async () => {
      const height = this.application.head.height + 1
      this.nowMs += 1_000
      const transactions = this.application.prepareProposal({
        height,
        timeMs: this.nowMs,
        proposer: this.ledger.proposer,
        maxBytes: this.ledger.genesis.parameters.maxBlockBytes,
      })
      return this.ledger.commit(this.application, transactions, this.nowMs)
    })
    return this.#committing
  }

  /** Resolves when the lists of accounts' transactions hold every committed block. */
  async accountsIndexed(): Promise<void> {
    const { height } = this.application.head
    while ((this.accountIndex.page(new Uint8Array(32), { limit: 1 })?.height ?? 0) < height)
      await new Promise((resolve) => setImmediate(resolve))
  }

  #makeBackend(): NodeBackend {
    const { application, ledger } = this
    const { queries, feed } = application
    return {
      chainId: application.chainId,
      genesisDigest: application.genesisDigest,
      genesisJson: () => genesisToJson(ledger.genesis),
      submit: (bytes) => {
        const verdict = application.checkTx(bytes)
        if (verdict.code === 'ok' && this.commitsAtOnce) void this.commit()
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
      accountTransactions: (account, filter) => this.accountIndex.page(account, filter),
      status: () => this.#status(),
      events: (fromHeight, signal) => feed.follow(fromHeight, signal),
    }
  }

  #status(): NodeStatus {
    const { head } = this.application
    return {
      node: 'ada',
      chainId: this.application.chainId,
      engine: 'pbft',
      height: head.height,
      oldestHeight: this.application.queries.oldestHeight,
      timeMs: head.timeMs,
      blockHash: this.application.info().blockHash,
      stateRoot: this.application.info().stateRoot,
      view: 0,
      phase: 'idle',
      kind: 'validator',
      membership: 'member',
      progress: 'takes part in agreement',
      peers: [],
      mempool: this.application.pendingTransactions(),
      problems: [],
      agreement: { height: head.height + 1, mustReturn: 0, validators: [] },
      ready: true,
      versions: {},
    }
  }

  /** `fetch` for clients. */
  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname, search } = new URL(url)
    const answer = await this.app.inject({
      method: (init.method ?? 'GET') as 'GET' | 'POST',
      url: pathname + search,
      ...(init.headers ? { headers: init.headers as Record<string, string> } : {}),
      ...(init.body === undefined || init.body === null ? {} : { payload: Buffer.from(init.body as Uint8Array) }),
    })
    return new Response(answer.rawPayload as Uint8Array<ArrayBuffer>, {
      status: answer.statusCode,
      headers: { 'content-type': String(answer.headers['content-type']) },
    })
  }

  async close(): Promise<void> {
    await this.#committing
    await this.accountIndex.close()
    await this.#app?.close()
  }
}

export const randomForTests = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
