import { join } from 'node:path'
import type { GenesisNode, NodeEndpoints, NodeRole } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { writeNewFile } from '@cresset/keys'
import { announcementToJson, isLoopback, type NodeAnnouncement, nodeHosts } from '@cresset/network-membership'
import { asStartError, StartError } from '../start-error.ts'
import type { Listen } from './listen.ts'
import { listenPlaces } from './listen-places.ts'
import { checkKeepBlocks, type NodeKind, nodeFileToJson } from './node-file.ts'
import { type NodePaths, nodePaths } from './paths.ts'
import { fillEmptyFolder, makeFolders, makeNodeKeys } from './write-consortium.ts'

const PUBLIC_MODE = 0o644

export interface NewNodeSettings {
  /** A new folder, or an empty one. */
  readonly dir: string
  /** One label. */
  readonly name: string
  readonly organization: string
  readonly kind: NodeKind
  /** Where others reach it; of a local node, where its own machine does. */
  readonly endpoints: NodeEndpoints
  /** Where it listens, if that is not where others reach it. */
  readonly listen?: { readonly agreement?: Listen; readonly api?: Listen; readonly dns?: Listen }
  /** Default: 1 for a validator, else 0. */
  readonly securityLevel?: number
  /** All keys are put under it; the node then gets it as systemd credential `cresset-passphrase`. */
  readonly passphrase?: Uint8Array
  /** Newest blocks that it keeps at least. Default: all. */
  readonly keepBlocks?: number | undefined
}

export interface NewNode {
  readonly paths: NodePaths
  readonly announcement: NodeAnnouncement
  /** Hash of its identity key, hex. */
  readonly id: string
}

const rolesOf: Readonly<Record<NodeKind, readonly NodeRole[]>> = {
  validator: ['transaction', 'domain', 'notary'],
  follower: ['domain'],
  local: ['client'],
}

/** Makes the keys of a node on its own machine, and what it tells the consortium. @throws StartError */
export async function initNode(settings: NewNodeSettings): Promise<NewNode> {
  const { name, organization, kind, endpoints, dir, keepBlocks } = settings
  checkKeepBlocks(keepBlocks)
  const listen = checkPlaces(settings)
  return fillEmptyFolder(
    dir,
    async (place) => {
      const paths = nodePaths(place)
      const { identity, consensus, tls, dns } = await makeNodeKeys(paths, name, settings.passphrase)
      const announcement: NodeAnnouncement = {
        name,
        organization,
        roles: [...rolesOf[kind]],
        securityLevel: settings.securityLevel ?? (kind === 'validator' ? 1 : 0),
        identityKey: identity.publicKey,
        consensusKey: consensus.publicKey,
        tlsKey: tls.publicKey,
        endpoints,
        dnsKeys: [dns.publicKey],
      }
      const id = toHex(accountOf(identity.publicKey))
      await makeFolders(join(paths.tlsCertificate, '..'))
      await writeNewFile(
        paths.configuration,
        nodeFileToJson({ name, genesis: 'genesis.json', listen, logLevel: 'info', id, kind, keepBlocks }),
        PUBLIC_MODE,
      )
      await writeNewFile(paths.announcement, announcementToJson(announcement), PUBLIC_MODE)
      return { paths: nodePaths(dir), announcement, id }
    },
    'node.json',
  )
}

/** Forms that the ledger asks of a node, told before keys are made. */
function checkPlaces({ name, kind, endpoints, listen }: NewNodeSettings): Record<'agreement' | 'api' | 'dns', Listen> {
  const fail = (problem: string): never => {
    throw new StartError('configuration', problem)
  }
  try {
    nodeHosts(name, ['zone'])
    const told = listenPlaces(endpoints)
    if (endpoints.api.startsWith('http://') && !isLoopback(told.api.host)) {
      fail(`${endpoints.api}: an API that others reach is served over HTTPS; write https://`)
    }
    const places = { ...told, ...definedOf(listen ?? {}) }
    if (kind === 'local') {
      for (const { host } of Object.values(places)) {
        if (!isLoopback(host)) fail(`a local node serves this machine alone: 127.0.0.1 or ::1, not ${host}`)
      }
    }
    return places
  } catch (error) {
    throw asStartError(error)
  }
}

function definedOf<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}

/** What stands in an entry of genesis or ledger beside the certificate's fingerprint. */
export function entryOf({ tlsKey: _, ...announced }: NodeAnnouncement, tlsFingerprint: Uint8Array): GenesisNode {
  return { ...announced, tlsFingerprint }
}
