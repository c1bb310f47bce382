import { zoneSignatureProblem } from '@cresset/access-client'
import type { NodeStatus } from '@cresset/access-http-api'
import type { Genesis } from '@cresset/core-chain'
import { equalBytes, toHex } from '@cresset/core-codec'
import { readZoneKeys, readZones } from '@cresset/core-ledger'
import type { CommitEvent, LedgerApplication } from '@cresset/network-application'
import type { EngineStatus } from '@cresset/network-consensus/interface'
import type { LinkEvent, PeerStatus } from '@cresset/network-transport'
import type { NodeKind } from './folder/node-file.ts'
import type { Membership } from './membership.ts'
import { progressOf } from './node-progress.ts'
import { standingLines } from './standing-lines.ts'

/** A committed block's time may differ this much from our clock before an operator is told. */
const CLOCK_TOLERANCE_MS = 5_000
/** So many blocks in a row must say so: one that was decided late, or made by a node whose own clock is off, is no proof. */
const CLOCK_SAMPLES = 3

export interface StatusSources {
  readonly name: string
  readonly genesis: Genesis
  readonly application: LedgerApplication
  readonly consensusKey: Uint8Array
  /** SHA-256 of the certificate that this node shows, hex. */
  readonly tlsFingerprint: string
  readonly kind: NodeKind | undefined
  readonly membership: Pick<Membership, 'self' | 'state' | 'votes'>
  readonly versions: Readonly<Record<string, string>>
  engine(): EngineStatus
  peers(): readonly PeerStatus[]
  /** Of a node that is or was known. */
  nameOf(id: string): string | undefined
}

/** What an operator sees of a node, and in plain lines why it or the network stands still. */
export class StatusReporter {
  readonly #sources: StatusSources
  /** Last reason for which no link to a peer came about. */
  readonly #refusals = new Map<string, string>()
  #strangerLine: string | undefined
  /** Of the newest blocks: our clock less the block's time. */
  #clockOffsetsMs: readonly number[] = []

  constructor(sources: StatusSources) {
    this.#sources = sources
  }

  link(event: LinkEvent): void {
    if (event.kind === 'established') this.#refusals.delete(event.peer)
    if (event.kind !== 'ended') return
    const who = event.peer === undefined ? event.address : (this.#sources.nameOf(event.peer) ?? event.peer)
    let line: string | undefined
    if (event.reason === 'context-mismatch') {
      line = `${who} is on another ledger: its genesis differs from ours (digest ${this.#digest()}); compare genesis.json of both nodes`
    } else if (event.reason === 'peer-mismatch') {
      line = `${who} shows another TLS certificate than the ledger lists; compare tls/certificate.pem there, and genesis.json of both nodes`
    } else if (event.reason === 'peer-unknown') {
      line = `a node at ${event.address} shows a TLS certificate that the ledger does not list; it is not admitted, or not any more`
    }
    if (event.peer === undefined) this.#strangerLine = line ?? this.#strangerLine
    else if (line !== undefined) this.#refusals.set(event.peer, line)
  }

  /** Compares our clock with the time of a block that was just decided. */
  commit(event: CommitEvent, nowMs: number): void {
    const isCatchingUp = this.#sources.engine().highestSeen > event.height + 1
    if (!isCatchingUp) this.#clockOffsetsMs = [...this.#clockOffsetsMs, nowMs - event.timeMs].slice(-CLOCK_SAMPLES)
  }

  status(): NodeStatus {
    const { name, genesis, application, versions, membership, nameOf } = this.#sources
    const engine = this.#sources.engine()
    const head = application.head
    const problems = this.#problems(engine)
    const kind = this.#kind()
    const peers = this.#sources.peers().map(({ id, connected }) => ({ id, name: nameOf(id) ?? id, connected }))
    return {
      node: name,
      chainId: application.chainId,
      engine: genesis.engine,
      height: head.height,
      oldestHeight: application.queries.oldestHeight,
      timeMs: head.timeMs,
      blockHash: head.blockHash,
      stateRoot: head.stateRoot,
      view: engine.view,
      phase: engine.phase,
      kind,
      membership: membership.state,
      progress: progressOf({ kind, membership: membership.state, engine, peers, height: head.height }),
      peers,
      mempool: application.pendingTransactions(),
      problems,
      ready: head.height > 0 && engine.highestSeen <= head.height + 1 && engine.standing.mustReturn === 0,
      versions,
      agreement: {
        height: engine.standing.height,
        mustReturn: engine.standing.mustReturn,
        validators: engine.standing.validators.map((one) => ({ ...one, name: this.#nameOf(one.id) })),
      },
    }
  }

  #nameOf(id: string): string {
    return this.#sources.nameOf(id) ?? id.slice(0, 16)
  }

  /** What it is now, whatever it was meant to be. */
  #kind(): NodeStatus['kind'] {
    if (this.#sources.membership.votes) return 'validator'
    return this.#sources.kind === 'local' ? 'local' : 'follower'
  }

  /** The ledger lists other keys for this node than it has. */
  #keyProblems(): string[] {
    const { membership, consensusKey, tlsFingerprint, name } = this.#sources
    const entry = membership.self
    if (entry === undefined) return []
    const problems: string[] = []
    if (!equalBytes(entry.consensusKey, consensusKey)) {
      problems.push(
        `the ledger lists another consensus key for ${name}; bring the right keys/consensus.key, or its votes do not count`,
      )
    }
    if (toHex(entry.tlsFingerprint) !== tlsFingerprint) {
      problems.push(
        `the ledger lists another TLS certificate for ${name}; bring the right one to tls/, or nobody links with it`,
      )
    }
    return problems
  }

  #problems(engine: EngineStatus): string[] {
    const { state } = this.#sources.membership
    const problems: string[] = this.#keyProblems()
    if (state === 'removed') {
      problems.push(
        `the ledger does not list ${this.#sources.name} any more: the members removed it, and the others cut their links; stop it, its keys are never admitted again`,
      )
    }
    const clock = this.#clockProblem()
    // Who is no member has no part in what the validators lack.
    const takesPart = state !== 'waiting' && state !== 'removed'
    if (engine.trouble !== undefined && takesPart) {
      // The engine's line is about one proposal: it tells of our clock only when the final blocks differ from it as well.
      if (!/this node's clock$/.test(engine.trouble)) problems.push(engine.trouble)
      else if (clock === undefined)
        problems.push(`a proposal was not voted for: ${engine.trouble}; its proposer's clock or this one is off`)
    }
    if (takesPart) problems.push(...standingLines(engine.standing, engine.view, (id) => this.#nameOf(id)))
    const peers = this.#sources.peers()
    for (const peer of peers) {
      const refusal = peer.connected ? undefined : this.#refusals.get(peer.id)
      if (refusal !== undefined) problems.push(refusal)
    }
    const isAlone = peers.some((peer) => !peer.connected)
    if (isAlone && this.#strangerLine !== undefined) problems.push(this.#strangerLine)
    if (clock !== undefined) problems.push(clock)
    return [...problems, ...this.#zoneProblems()]
  }

  /** Zones whose anchors have signed too little ahead. */
  #zoneProblems(): string[] {
    const view = this.#sources.application.queries.view()
    const nowSeconds = Math.floor(Date.now() / 1_000)
    return [...readZones(view)].flatMap(
      (zone) => zoneSignatureProblem(zone, readZoneKeys(view, zone)?.set?.signatures ?? [], nowSeconds) ?? [],
    )
  }

  #clockProblem(): string | undefined {
    if (this.#clockOffsetsMs.length < CLOCK_SAMPLES) return undefined
    // Whatever delays a block only adds to its offset.
    const offsetMs = Math.min(...this.#clockOffsetsMs)
    if (Math.abs(offsetMs) <= CLOCK_TOLERANCE_MS) return undefined
    const seconds = Math.round(Math.abs(offsetMs) / 1_000)
    return offsetMs > 0
      ? `this machine's clock is ${seconds} s ahead of the time of the blocks; set it with NTP: until then the others refuse the blocks that this node proposes`
      : `this machine's clock is ${seconds} s behind the time of the blocks; set it with NTP: until then this node votes for no fresh block`
  }

  #digest(): string {
    return toHex(this.#sources.application.genesisDigest).slice(0, 16)
  }
}
