import { access, readFile, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { checkChain, encodePem, readCertificate, tryReadCertificate } from '@cresset/core-certificates'
import { chainIdOf, type Genesis, GenesisError, genesisDigest, genesisFromJson } from '@cresset/core-chain'
import { equalBytes, toHex } from '@cresset/core-codec'
import { writeNewFile } from '@cresset/keys'
import {
  announcementFromJson,
  type JoiningFile,
  joiningFileFromJson,
  joiningFileToJson,
  MembershipError,
  type NodeAnnouncement,
  nodeHosts,
} from '@cresset/network-membership'
import { asStartError, StartError } from '../start-error.ts'
import { fetchGenesis } from './ask-node.ts'
import { type NodePaths, nodePaths } from './paths.ts'
import { makeFolders, writeFirstVote } from './write-consortium.ts'

const PUBLIC_MODE = 0o644

export interface JoinedNetwork {
  readonly paths: NodePaths
  readonly genesis: Genesis
  readonly joining: JoiningFile
  readonly announcement: NodeAnnouncement
  /** False: the folder had joined before, and has now learnt where the nodes are. */
  readonly isFirst: boolean
}

/**
 * Brings genesis into a folder that `initNode` made, and the certificate if the file has one. A second time it renews what the node
 * knows of the others, for one that was away while they moved. @throws StartError
 */
export async function joinNetwork(dir: string, joiningJson: string, source: string): Promise<JoinedNetwork> {
  try {
    const paths = nodePaths(resolve(dir))
    const joining = joiningFileFromJson(joiningJson, source)
    const announcement = await readAnnouncement(paths)
    if (joining.certificate !== undefined) checkCertificate(joining, announcement, source)
    const stored = await readOptional(paths.genesis)
    const genesisJson = stored ?? (await fetchFromAny(joining))
    const genesis = checkGenesis(genesisJson, joining, stored === undefined ? source : paths.genesis)
    checkRoot(joining, genesis, source)
    if (joining.certificate !== undefined) checkHosts(joining.certificate, announcement, genesis, source)
    await makeFolders(join(paths.tlsCertificate, '..'), paths.data)
    const isFirst = stored === undefined
    // A record that is lost later must not be replaced by a new one: the node would vote twice.
    if (isFirst && !(await exists(paths.votes))) await writeFirstVote(paths, genesis)
    await replaceFile(paths.rootCertificate, encodePem('CERTIFICATE', joining.rootCertificate))
    if (joining.certificate !== undefined) {
      await replaceFile(paths.tlsCertificate, encodePem('CERTIFICATE', joining.certificate))
    }
    await replaceFile(paths.joining, joiningFileToJson(joining))
    // Last: it says that everything else is there.
    if (isFirst) await writeNewFile(paths.genesis, genesisJson, PUBLIC_MODE)
    return { paths, genesis, joining, announcement, isFirst }
  } catch (error) {
    throw asStartError(error)
  }
}

/** What `initNode` wrote for the consortium. @throws StartError, MembershipError */
export async function readAnnouncement({ announcement, folder }: NodePaths): Promise<NodeAnnouncement> {
  const json = await readOptional(announcement)
  if (json !== undefined) return announcementFromJson(json, announcement)
  throw new StartError('configuration', `${folder} holds no node that can join; make one with "cresset node init"`)
}

/** Undefined when there is no such file. */
export async function readOptional(path: string): Promise<string | undefined> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new StartError('configuration', `${path}: it cannot be read (${error.code})`, { cause: error })
  })
  return bytes?.toString('utf8')
}

async function fetchFromAny(joining: JoiningFile): Promise<string> {
  const rootPem = encodePem('CERTIFICATE', joining.rootCertificate)
  const problems: string[] = []
  for (const node of joining.nodes) {
    try {
      const json = await fetchGenesis(node, rootPem)
      const digest = toHex(genesisDigest(genesisFromJson(json)))
      if (digest === joining.genesisDigest) return json
      problems.push(`${node.name} at ${node.api}: it is on another ledger, with genesis ${digest.slice(0, 16)}…`)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      problems.push(error instanceof GenesisError ? `${node.name} at ${node.api}: ${error.message}` : error.message)
    }
  }
  throw new StartError('network-unreachable', `no node gives the genesis file: ${problems.slice(0, 3).join('; ')}`)
}

function checkGenesis(json: string, joining: JoiningFile, source: string): Genesis {
  const genesis = genesisFromJson(json)
  const digest = toHex(genesisDigest(genesis))
  if (digest !== joining.genesisDigest) {
    throw new StartError(
      'genesis-differs',
      `${source} has genesis ${digest.slice(0, 16)}…, the joining file names ${joining.genesisDigest.slice(0, 16)}…; they are of two ledgers`,
    )
  }
  if (chainIdOf(genesis) !== joining.chainId) refuse('joining-malformed', source, 'chainId is not that of its genesis')
  return genesis
}

function checkRoot({ rootCertificate }: JoiningFile, genesis: Genesis, source: string): void {
  if (equalBytes(rootCertificate, genesis.rootCertificate)) return
  refuse('joining-malformed', source, 'rootCertificate is not the one in genesis')
}

function checkCertificate(
  { certificate, rootCertificate }: JoiningFile,
  { tlsKey, name }: NodeAnnouncement,
  source: string,
) {
  const read = tryReadCertificate(certificate as Uint8Array)
  const root = tryReadCertificate(rootCertificate)
  if (typeof read === 'string') return refuse('certificate-unfit', source, `certificate: ${read}`)
  if (typeof root === 'string') return refuse('certificate-unfit', source, `rootCertificate: ${root}`)
  if (read.publicKey === undefined || !equalBytes(read.publicKey, tlsKey)) {
    return refuse(
      'certificate-unfit',
      source,
      `the certificate is for another key than that of ${name}; is it another node's file?`,
    )
  }
  const problem = checkChain([read, root])
  if (problem !== undefined)
    refuse('certificate-unfit', source, `the certificate is not of the consortium's root (${problem.code})`)
}

function checkHosts(certificate: Uint8Array, { name }: NodeAnnouncement, { zones }: Genesis, source: string): void {
  const covered = readCertificate(certificate).extensions.subjectAltName?.dnsNames ?? []
  const missing = nodeHosts(name, zones).find((host) => !covered.includes(host))
  if (missing !== undefined) refuse('certificate-unfit', source, `the certificate is not for ${missing}`)
}

function refuse(code: 'joining-malformed' | 'certificate-unfit', source: string, problem: string): never {
  throw new MembershipError(code, `${source}: ${problem}`)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** The old file or the new one, never half of it. */
async function replaceFile(path: string, content: string): Promise<void> {
  const written = `${path}.new`
  await rm(written, { force: true })
  await writeNewFile(written, content, PUBLIC_MODE)
  await rename(written, path)
}
