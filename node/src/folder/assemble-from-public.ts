import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NodeEndpoints } from '@cresset/core-chain'
import { readPublicKey } from '@cresset/keys'
import { announcementFromJson, type NodeAnnouncement } from '@cresset/network-membership'
import { StartError } from '../start-error.ts'
import {
  type ConsortiumSettings,
  checkSettings,
  endpointsOf,
  type FirstPorts,
  finishConsortium,
  type InitializedConsortium,
} from './init-consortium.ts'
import { consortiumPaths } from './paths.ts'
import { fillEmptyFolder } from './write-consortium.ts'

/** Longest announcement that is read, in bytes; the reader has its own limit in characters. */
const MAX_ANNOUNCEMENT_BYTES = 131_072

export interface PublicConsortiumSettings extends ConsortiumSettings {
  /**
   * One entry a node: `<name>.json` with its public keys and addresses, or a folder `<name>` with the public key files
   * `identity.pub`, `consensus.pub`, `tls.pub` (P-256) and `dns.pub` that `key new` made on the node's own machine.
   */
  readonly fromPublic: string
  /** Where nodes known by key files alone are reached; announcements say it themselves. Default as for a new consortium. */
  readonly host?: string
  readonly firstPorts?: FirstPorts
}

/**
 * Makes genesis and certificates for nodes whose private keys were made elsewhere and stay there. Each node gets its folder
 * `nodes/<name>` without `keys/`: its operator adds the private keys.
 */
export async function assembleFromPublic(settings: PublicConsortiumSettings): Promise<InitializedConsortium> {
  checkSettings(settings)
  const announcements = await readAnnouncements(settings)
  return fillEmptyFolder(settings.dir, (place) => finishConsortium(settings, consortiumPaths(place), announcements))
}

async function readAnnouncements(settings: PublicConsortiumSettings): Promise<NodeAnnouncement[]> {
  const { fromPublic: folder } = settings
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new StartError(
      'configuration',
      `--from-public ${folder}: ${error.code === 'ENOENT' ? 'no such folder' : error.message}`,
    )
  })
  const announcements: NodeAnnouncement[] = []
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isFile() && entry.name.endsWith('.json')) {
      const bytes = await readFile(path)
      if (bytes.length > MAX_ANNOUNCEMENT_BYTES) throw new StartError('configuration', `${path}: the file is too long`)
      announcements.push(announcementFromJson(bytes.toString('utf8'), path))
    } else if (entry.isDirectory()) {
      announcements.push(
        await announcementOfKeys(path, entry.name, endpointsOf(settings, announcements.length, entry.name)),
      )
    }
  }
  if (announcements.length > 0) return announcements
  throw new StartError(
    'configuration',
    `--from-public ${folder}: it holds no node; put <name>.json or a folder <name> with identity.pub, consensus.pub, tls.pub, dns.pub there`,
  )
}

async function announcementOfKeys(folder: string, name: string, endpoints: NodeEndpoints): Promise<NodeAnnouncement> {
  const key = (kind: string): Promise<Uint8Array> => readPublicKey(join(folder, `${kind}.pub`))
  return {
    name,
    organization: name,
    roles: ['transaction', 'domain', 'notary'],
    securityLevel: 1,
    identityKey: await key('identity'),
    consensusKey: await key('consensus'),
    tlsKey: await key('tls'),
    endpoints,
    dnsKeys: [await key('dns')],
  }
}
