/**
 * Which package may import which: the one table behind the layer check and the table in ARCHITECTURE.md.
 * `npm run check -- layers` enforces it, because npm itself lets a workspace import any other.
 */
export type Layer = {
  /** The package's folder, which names it: `core/codec` is `@cresset/core-codec`. */
  folder: string
  holds: string
  /** Folders it may import; `core/*` for all below, `a/b:types` for types only, `a/b/sub` for one export of a package. */
  imports: readonly string[]
  /** Who may use `node:` modules and globals: every file, only files behind `#platform`, or none (pure). */
  nodeModules: 'all' | 'platform' | 'none'
  /** Deterministic: no clock, randomness, locale or floats either, because replicas must agree and seeds must replay. */
  pure?: true
  /** Third-party packages that must stay out, with the reason. */
  forbidden?: Readonly<Record<string, string>>
}

export const layers: readonly Layer[] = [
  {
    folder: 'core/codec',
    holds: 'bytes, integers, canonical encoding, limits',
    imports: [],
    nodeModules: 'none',
    pure: true,
  },
  {
    folder: 'core/crypto',
    holds: 'hash, Merkle tree, signatures, sealed boxes, keys',
    imports: ['core/codec'],
    nodeModules: 'platform',
    pure: true,
  },
  {
    folder: 'core/certificates',
    holds: 'X.509: a strict DER reader, building; pure, the signer is passed in',
    imports: ['core/codec', 'core/crypto'],
    nodeModules: 'none',
    pure: true,
  },
  {
    folder: 'keys',
    holds: 'signers: key files, agent, PKCS#11',
    imports: ['core/*'],
    nodeModules: 'all',
  },
  {
    folder: 'core/chain',
    holds: 'genesis, headers, votes, certificates of agreement, finality proofs and their pure checks',
    imports: ['core/codec', 'core/crypto'],
    nodeModules: 'none',
    pure: true,
  },
  {
    folder: 'core/ledger',
    holds: 'pure state machine: accounts, names, nodes, notary, market, escrow',
    imports: ['core/codec', 'core/crypto', 'core/certificates', 'dns/wire'],
    nodeModules: 'none',
    pure: true,
  },
  {
    folder: 'core/state-tree',
    holds: 'authenticated versioned tree and its proofs',
    imports: ['core/codec', 'core/crypto'],
    nodeModules: 'none',
    pure: true,
  },
  {
    folder: 'network/storage',
    holds: 'LMDB and memory stores, block log, snapshots, one compliance suite',
    imports: ['core/*'],
    nodeModules: 'all',
  },
  {
    folder: 'network/consensus',
    holds: '`interface` (Application, Engine); `quorum` (pbft, majority, stake); `work`',
    imports: ['core/*'],
    nodeModules: 'all',
  },
  {
    folder: 'network/application',
    holds: 'Application over ledger, tree and store: mempool, proposals, execution, snapshots, event feed',
    imports: ['core/*', 'network/storage', 'network/consensus/interface'],
    nodeModules: 'all',
  },
  {
    folder: 'network/comet',
    holds: 'CometBFT: ABCI 2.0 socket server, process supervisor, RPC client',
    imports: ['core/*', 'network/consensus/interface'],
    nodeModules: 'all',
  },
  {
    folder: 'network/transport',
    holds: 'mutual TLS links, framing, limits; a memory transport for tests',
    imports: ['core/*'],
    nodeModules: 'all',
  },
  {
    folder: 'network/membership',
    holds: 'permission service (CA, ACME), network map',
    imports: ['core/*', 'network/transport'],
    nodeModules: 'all',
  },
  {
    folder: 'dns/wire',
    holds: 'messages, names, records; no I/O',
    imports: ['core/codec'],
    nodeModules: 'platform',
    pure: true,
  },
  {
    folder: 'dns/records',
    holds: 'what a ledger record becomes on the wire; browser-safe',
    imports: ['core/*', 'dns/wire'],
    nodeModules: 'platform',
    pure: true,
  },
  {
    folder: 'dns/server',
    holds: '`answer`, `sign`, `listen/{udp,tcp,tls,https}`, transfers',
    imports: ['dns/wire', 'core/crypto'],
    nodeModules: 'all',
  },
  {
    folder: 'runtime',
    holds: '`Driver` interface, compliance and escape suites, drivers one folder each; keeper',
    imports: ['core/*', 'network/storage', 'network/transport'],
    nodeModules: 'all',
  },
  {
    folder: 'transient',
    holds: 'control server, gate, pools, termination policy, transaction types',
    imports: ['core/*', 'runtime', 'network/storage', 'network/transport', 'dns/*', 'access/client'],
    nodeModules: 'all',
  },
  {
    folder: 'market',
    holds: 'hypervisor, key release (OCRA), vault, payload storage, replica coordination',
    imports: ['core/*', 'runtime', 'access/client'],
    nodeModules: 'all',
  },
  {
    folder: 'access/client',
    holds: 'SDK, browser-safe: proofs, secure channel, typed API',
    imports: ['core/*', 'dns/wire', 'dns/records'],
    nodeModules: 'platform',
    forbidden: {
      zod: 'it adds 92 KB gzipped to every browser',
      '@peculiar/asn1-schema': 'certificates are read by core/certificates',
      '@peculiar/asn1-x509': 'certificates are read by core/certificates',
    },
  },
  {
    folder: 'access/resolver',
    holds: 'a local DNS resolver that answers what the light client has proven',
    imports: ['core/*', 'dns/*', 'access/client'],
    nodeModules: 'all',
  },
  {
    folder: 'access/http-api',
    holds: 'OpenAPI contract and routes',
    imports: ['core/*', 'access/client:types'],
    nodeModules: 'all',
  },
  {
    folder: 'access/console',
    holds: 'web console',
    imports: ['access/client'],
    nodeModules: 'none',
  },
  {
    folder: 'access/cli',
    holds: '`commands/<noun>/<verb>.ts`',
    imports: ['core/*', 'dns/wire', 'dns/records', 'access/client', 'access/resolver', 'keys', 'node'],
    nodeModules: 'all',
  },
  {
    folder: 'node',
    holds: 'composition root: the only place that reads configuration and wires packages',
    imports: [
      'core/*',
      'keys',
      'network/*',
      'dns/*',
      'runtime',
      'transient',
      'market',
      'access/client',
      'access/http-api',
    ],
    nodeModules: 'all',
  },
  {
    folder: 'simulation',
    holds: 'seeded clusters, faulty network and disk, checkers; nobody imports it',
    imports: ['*'],
    nodeModules: 'all',
  },
]

export const packageScope = '@cresset/'

/** `core/codec` → `@cresset/core-codec`. */
export function packageNameOfFolder(folder: string): string {
  return packageScope + folder.replaceAll('/', '-')
}
