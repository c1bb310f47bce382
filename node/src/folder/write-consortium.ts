import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { encodePem } from '@cresset/core-certificates'
import { type Genesis, genesisToJson } from '@cresset/core-chain'
import { createKeyFile, type FileKey, makeFolder, type NewKeyFile, writeNewFile } from '@cresset/keys'
import { firstVoteRecord } from '@cresset/network-consensus/quorum'
import type { Consortium, NodeAnnouncement } from '@cresset/network-membership'
import { openVoteFile } from '@cresset/network-storage'
import { asStartError, StartError } from '../start-error.ts'
import { listenPlaces } from './listen-places.ts'
import { type NodeFile, nodeFileToJson } from './node-file.ts'
import type { ConsortiumPaths, NodePaths } from './paths.ts'

const PUBLIC_MODE = 0o644
const FOLDER_MODE = 0o700

/** Where a process makes a consortium until it is whole, inside its folder: no key in it has been used. */
const UNFINISHED = /^\.unfinished-(\d{1,10})$/
const GENESIS = 'genesis.json'

/**
 * Refuses a folder that holds anything: a second `init` must not mix two consortia, nor overwrite keys. What `fill` makes
 * appears at once, `last` after all else; when it fails or the process is killed, the same command works once its cause is mended.
 */
export async function fillEmptyFolder<T>(
  folder: string,
  fill: (place: string) => Promise<T>,
  last = GENESIS,
): Promise<T> {
  const made = await makeFolder(folder).catch((error: NodeJS.ErrnoException) => {
    const { code = error.message } = error
    const reason =
      code === 'EEXIST' || code === 'ENOTDIR'
        ? 'there is a file in its place; name another one with --dir'
        : code === 'ENOENT'
          ? 'its file system takes no folder there; name another one with --dir'
          : code
    throw new StartError('configuration', `cannot make the folder ${folder}: ${reason}`)
  })
  const found = await readdir(folder)
  const unfinished = found.filter((name) => UNFINISHED.test(name))
  if (unfinished.length > 0 && !found.includes(last)) {
    const maker = unfinished.map((name) => Number(UNFINISHED.exec(name)?.[1])).find(isRunning)
    if (maker !== undefined) {
      throw new StartError(
        'configuration',
        `process ${maker} makes ${folder} just now; wait for it, or name another folder`,
      )
    }
    for (const name of [...unfinished, 'keys', 'nodes', 'root', 'tls', 'announcement.json']) {
      await rm(join(folder, name), { recursive: true, force: true })
    }
    return fillEmptyFolder(folder, fill, last)
  }
  if (found.length > 0) {
    throw new StartError('configuration', `${folder} is not empty (it holds ${found[0]}); name a new folder with --dir`)
  }
  const place = join(folder, `.unfinished-${process.pid}`)
  try {
    await mkdir(place, { mode: FOLDER_MODE })
    const result = await fill(place)
    const names = (await readdir(place)).filter((name) => name !== last)
    for (const name of [...names, last]) {
      await rename(join(place, name), join(folder, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
        throw new StartError('configuration', `another process made ${folder} at the same time; its keys are there now`)
      })
    }
    await rmdir(place)
    return result
  } catch (error) {
    await rm(place, { recursive: true, force: true })
    if (made !== undefined) await rmdir(folder).catch(() => undefined)
    throw asStartError(error)
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

export async function makeFolders(...folders: readonly string[]): Promise<void> {
  for (const folder of folders) await makeFolder(folder)
}

/** A fresh key in a file of mode 0600, its folder made. */
export async function makeKey(path: string, options: NewKeyFile): Promise<FileKey> {
  await makeFolders(join(path, '..'))
  return createKeyFile(path, options)
}

export interface NodeKeys {
  readonly identity: FileKey
  readonly consensus: FileKey
  readonly tls: FileKey
  readonly dns: FileKey
}

/** The four keys of a node, each replaceable by itself. Without passphrase a node starts by itself. */
export async function makeNodeKeys(paths: NodePaths, name: string, passphrase?: Uint8Array): Promise<NodeKeys> {
  const make = (path: string, options: NewKeyFile): Promise<FileKey> =>
    makeKey(path, passphrase === undefined ? options : { ...options, passphrase })
  return {
    identity: await make(paths.identityKey, { comment: `identity of node ${name}` }),
    consensus: await make(paths.consensusKey, { comment: `votes of node ${name}` }),
    tls: await make(paths.tlsKey, { type: 'p256', comment: `TLS of node ${name}` }),
    dns: await make(paths.dnsKey, { comment: `zone signing key of node ${name}` }),
  }
}

/** Writes what is public: genesis, root, and for each node its certificates and node.json. */
export async function writeConsortium(
  paths: ConsortiumPaths,
  genesis: Genesis,
  consortium: Consortium,
  announcements: readonly NodeAnnouncement[],
  keepBlocks: number | undefined,
): Promise<void> {
  const rootPem = encodePem('CERTIFICATE', consortium.rootCertificate)
  await makeFolders(join(paths.rootCertificate, '..'))
  await writeNewFile(paths.genesis, genesisToJson(genesis), PUBLIC_MODE)
  await writeNewFile(paths.rootCertificate, rootPem, PUBLIC_MODE)
  for (const [index, node] of consortium.nodes.entries()) {
    const nodePaths = paths.node(node.name)
    const { endpoints } = announcements[index]!
    const file: NodeFile = {
      name: node.name,
      genesis: '../../genesis.json',
      listen: listenPlaces(endpoints),
      logLevel: 'info',
      keepBlocks,
    }
    await makeFolders(join(nodePaths.tlsCertificate, '..'), nodePaths.data)
    await writeFirstVote(nodePaths, genesis)
    await writeNewFile(nodePaths.configuration, nodeFileToJson(file), PUBLIC_MODE)
    await writeNewFile(nodePaths.tlsCertificate, encodePem('CERTIFICATE', node.certificate), PUBLIC_MODE)
    await writeNewFile(nodePaths.rootCertificate, rootPem, PUBLIC_MODE)
  }
}

/** The key is new: a node that finds no record later knows that it was lost, and does not vote at once. */
export async function writeFirstVote(paths: NodePaths, genesis: Genesis): Promise<void> {
  const record = await openVoteFile(paths.votes)
  await record.append(firstVoteRecord(genesis))
  await record.close()
}
