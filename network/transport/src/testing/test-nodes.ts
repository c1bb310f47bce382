import { createHash, randomBytes } from 'node:crypto'
import {
  buildNodeCertificate,
  buildRootCertificate,
  type Certificate,
  encodePem,
  privateKeyInfoOf,
  readCertificate,
} from '@cresset/core-certificates'
import { generateKeyPair, keyPairSigner } from '@cresset/core-crypto'
import type { LinkEvent } from '../link-event.ts'
import { certificateFingerprintOf } from '../peer-identity.ts'
import type { PeerAddress } from '../tls-peer.ts'
import { TlsTransport, type TlsTransportOptions } from '../tls-transport.ts'

export interface TestNode {
  readonly id: string
  readonly tls: TlsTransportOptions['tls']
  readonly certificateFingerprint: string
}

const dayMs = 86_400_000

/** A small consortium: one root, node certificates that are valid for a day from `nowMs`. Ids rise with the index. */
export async function makeTestNodes(count: number, nowMs = Date.now()): Promise<TestNode[]> {
  const rootKey = generateKeyPair('p256', randomBytes(32))
  const rootDer = await buildRootCertificate(
    { subject: { commonName: 'Test root' }, zones: ['test'], nowMs, random: randomBytes(16) },
    keyPairSigner(rootKey),
  )
  const root: Certificate = readCertificate(rootDer)
  const rootPem = encodePem('CERTIFICATE', rootDer)
  const nodes: TestNode[] = []
  for (let index = 0; index < count; index++) {
    const key = generateKeyPair('p256', randomBytes(32))
    const der = await buildNodeCertificate(
      {
        hosts: [`n${index}.ns.test`],
        publicKey: key.publicKey,
        issuer: root,
        nowMs,
        lifetimeMs: dayMs,
        random: randomBytes(16),
      },
      keyPairSigner(rootKey),
    )
    nodes.push({
      id: index.toString(16).padStart(2, '0') + createHash('sha256').update(key.publicKey).digest('hex').slice(2),
      tls: {
        keyPem: encodePem('PRIVATE KEY', privateKeyInfoOf(key)),
        certificatePem: encodePem('CERTIFICATE', der),
        rootPem,
      },
      certificateFingerprint: certificateFingerprintOf(der),
    })
  }
  return nodes
}

/** Started transports that know each other, and what they reported. */
export class TestCluster {
  readonly nodes: readonly TestNode[]
  readonly options: Partial<TlsTransportOptions>
  readonly open: TlsTransport[] = []
  readonly events = new Map<string, LinkEvent[]>()

  constructor(nodes: readonly TestNode[], options: Partial<TlsTransportOptions> = {}) {
    this.nodes = nodes
    this.options = options
  }

  /** Not started, peers unknown. */
  make(node: TestNode, port = 0, options: Partial<TlsTransportOptions> = {}): TlsTransport {
    const events: LinkEvent[] = this.events.get(node.id) ?? []
    this.events.set(node.id, events)
    const transport = new TlsTransport({
      self: node.id,
      listen: { host: '127.0.0.1', port },
      tls: node.tls,
      peers: [],
      onEvent: (event) => events.push(event),
      ...this.options,
      ...options,
    })
    this.open.push(transport)
    return transport
  }

  async start(): Promise<TlsTransport[]> {
    const transports = this.nodes.map((node) => this.make(node))
    await Promise.all(transports.map((transport) => transport.start()))
    this.introduce()
    return transports
  }

  /** Tells all nodes where all are. */
  introduce(): void {
    const addresses = this.nodes.map((node) => this.addressOf(node))
    for (const transport of this.open) transport.setPeers(addresses)
  }

  addressOf(node: TestNode): PeerAddress {
    const port = this.open.findLast((transport) => transport.self === node.id)?.port ?? 1
    return { id: node.id, host: '127.0.0.1', port, certificateFingerprint: node.certificateFingerprint }
  }

  endsOf(node: TestNode): string[] {
    const events = this.events.get(node.id) ?? []
    return events.filter((event) => event.kind === 'ended').map((event) => event.reason)
  }

  async close(): Promise<void> {
    await Promise.all(this.open.map((transport) => transport.stop()))
    this.open.length = 0
  }
}
