import type { Genesis } from '@cresset/core-chain'
import type { SyncSigner } from '@cresset/core-crypto'
import type { JoiningFile, NodeAnnouncement } from '@cresset/network-membership'
import type { DnsSettings } from './dns-settings.ts'
import type { Listen } from './folder/listen.ts'
import type { LogLevel, NodeKind } from './folder/node-file.ts'
import type { WebhookSettings } from './webhooks/webhook-file.ts'

/** All that a node is made of. Nothing else of it comes from files, arguments or environment. */
export interface NodeConfiguration {
  /** Of a node of genesis, or of one that joins. */
  readonly name: string
  /** Of a node that joined later: the hash of its first identity key, hex. */
  readonly id?: string | undefined
  readonly kind?: NodeKind | undefined
  /** What a node that joined later told the consortium. */
  readonly announcement?: NodeAnnouncement | undefined
  /** Where the others are, until the ledger here tells. */
  readonly introduction?: Pick<JoiningFile, 'height' | 'nodes'> | undefined
  /** A node without blocks that is further behind fetches the state instead of replaying. Default 500. */
  readonly replayBlocks?: number | undefined
  readonly genesis: Genesis
  /** Where the store and the vote record lie. Undefined: everything in memory, for tests. */
  readonly dataFolder: string | undefined
  /** The key of its votes: read from a file, or reached in an agent or a token. */
  readonly consensusKey: SyncSigner
  /** The key by which it signs zones, if it serves DNS. */
  readonly dnsKey?: SyncSigner | undefined
  readonly tls: { readonly keyPem: string; readonly certificatePem: string; readonly rootPem: string }
  readonly listen: { readonly agreement: Listen; readonly api: Listen | undefined; readonly dns: Listen | undefined }
  /** How the name server is guarded, watched and spoken to. */
  readonly dns?: DnsSettings | undefined
  /** Who is told of what happens on the ledger. */
  readonly webhooks?: readonly WebhookSettings[]
  /** Lists of each account's transactions for the API. Default: where the node serves the API. */
  readonly accountIndex?: boolean
  /** Newest blocks that are kept at least. Default: all. */
  readonly keepBlocks?: number | undefined
  /** See `QuorumEngineOptions`: the operator vouches for votes that nobody remembers. */
  readonly votesWithoutRecord?: boolean
  readonly logLevel: LogLevel
  /** Default: stderr. */
  readonly logDestination?: { write(line: string): void }
}
