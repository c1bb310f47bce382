import { join } from 'node:path'

/** Where things are in a node's folder. Private keys are files of mode 0600; everything else may be read by others. */
export interface NodePaths {
  readonly folder: string
  readonly configuration: string
  /** Need not be there. */
  readonly webhooks: string
  /** Public keys and addresses for the consortium; only of a node that joins later. */
  readonly announcement: string
  /** What the network told it; the same. */
  readonly joining: string
  /** Of a node that joins later; `network init` keeps one for all nodes. */
  readonly genesis: string
  /** What the members vote on. */
  readonly request: string
  readonly identityKey: string
  readonly consensusKey: string
  readonly tlsKey: string
  readonly dnsKey: string
  readonly tlsCertificate: string
  readonly rootCertificate: string
  readonly data: string
  /** In the data folder. */
  readonly votes: string
}

export function nodePaths(folder: string): NodePaths {
  return {
    folder,
    configuration: join(folder, 'node.json'),
    webhooks: join(folder, 'webhooks.json'),
    announcement: join(folder, 'announcement.json'),
    joining: join(folder, 'joining.json'),
    genesis: join(folder, 'genesis.json'),
    request: join(folder, 'request.json'),
    identityKey: join(folder, 'keys', 'identity.key'),
    consensusKey: join(folder, 'keys', 'consensus.key'),
    tlsKey: join(folder, 'keys', 'tls.key'),
    dnsKey: join(folder, 'keys', 'dns.key'),
    tlsCertificate: join(folder, 'tls', 'certificate.pem'),
    rootCertificate: join(folder, 'tls', 'root.pem'),
    data: join(folder, 'data'),
    votes: join(folder, 'data', 'votes'),
  }
}

/** Where things are in the folder that `network init` makes. */
export interface ConsortiumPaths {
  readonly folder: string
  readonly genesis: string
  readonly rootKey: string
  readonly rootCertificate: string
  readonly founderKey: string
  node(name: string): NodePaths
}

export function consortiumPaths(folder: string): ConsortiumPaths {
  return {
    folder,
    genesis: join(folder, 'genesis.json'),
    rootKey: join(folder, 'root', 'root.key'),
    rootCertificate: join(folder, 'root', 'root.pem'),
    founderKey: join(folder, 'keys', 'founder.key'),
    node: (name) => nodePaths(join(folder, 'nodes', name)),
  }
}
