import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { createApi, type NodeStatus } from '@cresset/access-http-api'
import { makeFolder } from '@cresset/keys'
import { type CostMeter, LedgerApplication, restoringKey, threadCostMeter } from '@cresset/network-application'
import type { VoteRecord } from '@cresset/network-consensus/interface'
import { QuorumEngine } from '@cresset/network-consensus/quorum'
import { isLoopback, PeerBook } from '@cresset/network-membership'
import { openLmdbStore, openMemoryStore, openVoteFile, type Store } from '@cresset/network-storage'
import { certificateFingerprintOf, TlsTransport } from '@cresset/network-transport'
import type { Logger } from 'pino'
import { startAccountIndex } from './account-index.ts'
import { apiBackend } from './api-backend.ts'
import { CountedVoteRecord } from './counted-vote-record.ts'
import { differingState } from './differing-state.ts'
import { DnsPlane } from './dns-plane.ts'
import { FinalityClock } from './finality-clock.ts'
import { type Listen, listenToText } from './folder/listen.ts'
import { listening } from './listening.ts'
import { Membership } from './membership.ts'
import { MemoryVoteRecord } from './memory-vote-record.ts'
import { meteredNetwork } from './metered-network.ts'
import { Metrics } from './metrics.ts'
import type { NodeConfiguration } from './node-configuration.ts'
import { nodeLogger } from './node-logger.ts'
import { StatusReporter } from './node-status.ts'
import { ProtocolWatch } from './protocol-watch.ts'
import { Resources } from './resources.ts'
import { type Self, selfOf } from './self.ts'
import { type LedgerNameServer, serveLedgerZones } from './serve-ledger-zones.ts'
import { asStartError, type StartError } from './start-error.ts'
import { systemClock } from './system-clock.ts'
import { versions } from './versions.ts'
import { startWebhooks } from './webhooks/start-webhooks.ts'
import { zoneKeyOfSigner } from './zone-signers.ts'

/** Where the node serves, with the ports that the system chose where 0 was asked for. */
export interface Endpoints {
  readonly agreement: string
  readonly api: string | undefined
  readonly dns: string | undefined
  /** Where proxies pass on the DNS queries of others. */
  readonly dnsProxies: readonly string[]
  /** Path of the socket for `cresset dns zone`, `key` and `stats`. */
  readonly dnsControl: string | undefined
}

export interface RunningNode {
  readonly name: string
  readonly endpoints: Endpoints
  readonly application: LedgerApplication
  status(): NodeStatus
  /** Prometheus text. */
  metrics(): Promise<string>
  /** Resolves with the reason when the node cannot go on. Call `stop` then. */
  readonly failure: Promise<StartError>
  /** Begins the query log anew, after its file was moved away. Gives what is to be told then, which is logged too. */
  reopenLogs(): Promise<string>
  /** Ends everything in order; what is being written is waited for. */
  stop(): Promise<void>
}

/** Whoever sends SIGHUP may expect what other servers do. What a node is made of was checked together, when it started. */
const REOPENED =
  'the query log begins anew; node.json, webhooks.json, keys and certificates are read by a start alone: stop the node and start it again'

/** How often the age of the zones' data is looked at. */
const FRESHNESS_MS = 1_000

/**
 * Starts a node: the one place that puts the packages together. Everything serves when it resolves; nothing is left open
 * when it rejects.
 * @throws StartError one line, with an exit status.
 */
export async function startNode(configuration: NodeConfiguration): Promise<RunningNode> {
  const resources = new Resources()
  try {
    return await assemble(configuration, resources)
  } catch (error) {
    await resources.close()
    throw asStartError(error)
  }
}

async function assemble(configuration: NodeConfiguration, resources: Resources): Promise<RunningNode> {
  const { genesis, listen } = configuration
  const self = selfOf(configuration)
  const logger = nodeLogger(configuration)
  const meter = threadCostMeter()
  const { store, ...data } = await openData(configuration.dataFolder, resources)
  const voteRecord = new CountedVoteRecord(data.voteRecord)
  // What is left of a state that was being fetched is thrown away when it is opened.
  const wasFetching = store.get(restoringKey) !== undefined
  const application = await LedgerApplication.open({
    store,
    genesis,
    keepBlocks: configuration.keepBlocks,
    meter,
    onCommitTime: (seconds) => metrics.observeCommit(seconds),
  })
  const protocol = new ProtocolWatch({ view: () => application.queries.view(), logger })
  const tooOld = protocol.problemAfter(application.head.height)
  if (tooOld !== undefined) throw tooOld
  const agreement = assembleAgreement({ configuration, self, application, voteRecord, meter, logger })
  const { transport, engine, membership, reporter } = agreement

  const finality = new FinalityClock()
  const metrics: Metrics = new Metrics({
    application,
    store,
    voteRecord,
    meter,
    engine: () => engine.status(),
    peers: () => reporter.status().peers,
    linkBytes: () =>
      transport.peers().reduce(
        ({ sent, received }, { sentBytes, receivedBytes }) => ({
          sent: sent + sentBytes,
          received: received + receivedBytes,
        }),
        { sent: 0, received: 0 },
      ),
    status: () => reporter.status(),
    nowMs: Date.now,
    dns: () => nameServer?.statistics,
  })
  const zoneKeys = configuration.dnsKey === undefined ? [] : [zoneKeyOfSigner(configuration.dnsKey)]
  let isIncomplete = application.head.height === 0 && (configuration.id !== undefined || wasFetching)
  const plane = new DnsPlane({
    genesis,
    isIncomplete: () => isIncomplete,
    queries: application.queries,
    height: application.head.height,
    timeMs: application.head.timeMs,
    nowMs: Date.now(),
    zoneKeys,
    onProblem: (name, error) => logger.error({ name, error: error.message }, 'a name cannot be shown in DNS'),
  })
  application.feed.onCommit((event) => {
    const nowMs = Date.now()
    plane.commit(event, nowMs)
    protocol.commit(event)
    agreement.failIf(protocol.problemAfter(event.height))
    reporter.commit(event, nowMs)
    for (const { id } of event.transactions) {
      const seconds = finality.committed(id)
      if (seconds !== undefined) metrics.observeFinality(seconds)
    }
  })
  application.feed.onJump((height) => {
    // The state was thrown away for one that did not come: no name is absent because of that.
    isIncomplete ||= height === 0
    plane.rebuild(height, application.head.timeMs, Date.now())
    protocol.read()
    agreement.failIf(protocol.problemAfter(height))
  })
  const freshness = setInterval(() => {
    if (isIncomplete) isIncomplete = !reporter.status().ready
    plane.checkFreshness(Date.now())
    membership.tick()
  }, FRESHNESS_MS)
  resources.add({ close: () => clearInterval(freshness) })

  const { queries } = application
  const nameServer: LedgerNameServer | undefined =
    listen.dns &&
    (await serveLedgerZones(
      { configuration, listen: listen.dns, plane, queries, feed: application.feed, zoneKeys, logger },
      resources,
    ))
  await listening('agreement', '--agreement-port', listen.agreement, () => transport.start())
  resources.add({ close: () => transport.stop() })
  await engine.start()
  resources.add({ close: () => engine.stop() })
  const accountIndex =
    (configuration.accountIndex ?? listen.api !== undefined)
      ? await startAccountIndex(application, configuration.dataFolder, logger, resources)
      : undefined
  const backend = apiBackend({
    application,
    genesis,
    finality,
    accountIndex,
    status: () => reporter.status(),
    metrics: () => metrics.text(),
  })
  resources.add(await startWebhooks(configuration.webhooks ?? [], configuration.dataFolder, backend, logger))
  const api =
    listen.api &&
    (await listening('the API', '--api-port', listen.api, () =>
      createApi(backend, apiOptions(configuration, listen.api!)),
    ))
  if (api !== undefined) resources.add(api)

  const endpoints: Endpoints = {
    agreement: listenToText({ host: listen.agreement.host, port: transport.port }),
    api: api?.url,
    dns: nameServer?.endpoint,
    dnsProxies: nameServer?.proxyEndpoints ?? [],
    dnsControl: nameServer?.control,
  }
  const { height } = application.head
  logger.info({ ...endpoints, height, chain: application.chainId }, 'node serves')
  return {
    name: configuration.name,
    endpoints,
    application,
    status: () => reporter.status(),
    metrics: () => metrics.text(),
    failure: agreement.failure,
    async reopenLogs() {
      await nameServer?.reopenLog()
      logger.info(REOPENED)
      return REOPENED
    },
    async stop() {
      await resources.close()
      logger.info('node stopped')
    },
  }
}

/** Plain HTTP on loopback; elsewhere under the node's certificate, which clients check against the consortium's root. */
function apiOptions({ tls }: NodeConfiguration, { host, port }: Listen): Parameters<typeof createApi>[1] {
  if (isLoopback(host)) return { host, port }
  return { host, port, tls: { key: tls.keyPem, certificate: tls.certificatePem } }
}

async function openData(
  dataFolder: string | undefined,
  resources: Resources,
): Promise<{ store: Store; voteRecord: VoteRecord }> {
  if (dataFolder === undefined) return { store: openMemoryStore(), voteRecord: new MemoryVoteRecord() }
  await makeFolder(dataFolder)
  const store = resources.add(await openLmdbStore({ path: join(dataFolder, 'ledger') }))
  const voteRecord = resources.add(await openVoteFile(join(dataFolder, 'votes')))
  return { store, voteRecord }
}

interface AgreementParts {
  readonly configuration: NodeConfiguration
  readonly self: Self
  readonly application: LedgerApplication
  readonly voteRecord: VoteRecord
  readonly meter: CostMeter
  readonly logger: Logger
}

/** Links and engine, not yet started, and who reports on them. */
function assembleAgreement({ configuration, self, application, voteRecord, meter, logger }: AgreementParts): {
  transport: TlsTransport
  engine: QuorumEngine
  membership: Membership
  reporter: StatusReporter
  failure: Promise<StartError>
  failIf: (error: Error | undefined) => void
} {
  const { name, genesis, consensusKey, listen, tls, introduction, replayBlocks, votesWithoutRecord } = configuration
  const book = new PeerBook({ self: self.id, ownAgreement: self.agreement, introduction })
  const transport: TlsTransport = new TlsTransport({
    self: self.id,
    listen: listen.agreement,
    tls,
    peers: [],
    context: application.genesisDigest,
    onEvent(event) {
      reporter.link(event)
      logger.debug(event, 'link')
    },
  })
  let fail: (error: StartError) => void = () => {}
  const failure = new Promise<StartError>((resolve) => {
    fail = resolve
  })
  const engine = new QuorumEngine({
    genesis,
    application,
    network: meteredNetwork(transport, meter),
    clock: systemClock,
    voteRecord,
    consensusKey,
    meter,
    log: {
      info: (event, details = {}) => logger.debug(details, event),
      warn: (event, details = {}) => logger.warn(details, event),
    },
    onFailure: (error) => fail(asStartError(error)),
    onDivergence: (divergence) => fail(differingState(divergence, configuration.dataFolder)),
    ...(replayBlocks !== undefined && { replayBlocks }),
    votesWithoutRecord,
  })
  const membership = new Membership({
    self: self.id,
    book,
    application,
    setPeers: (peers) => transport.setPeers(peers),
    highestSeen: () => engine.status().highestSeen,
  })
  const reporter = new StatusReporter({
    name,
    genesis,
    application,
    consensusKey: consensusKey.publicKey,
    versions: versions(),
    engine: () => engine.status(),
    peers: () => transport.peers(),
    nameOf: (id) => book.nameOf(id),
    membership,
    kind: configuration.kind,
    tlsFingerprint: certificateFingerprintOf(new X509Certificate(tls.certificatePem).raw),
  })
  const failIf = (error: Error | undefined): void => {
    if (error !== undefined) fail(asStartError(error))
  }
  return { transport, engine, membership, reporter, failure, failIf }
}
