import { X509Certificate } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { SECRET_FILE_MODE } from '@cresset/keys'
import { isLoopback } from '@cresset/network-membership'
import { StartError } from '../start-error.ts'
import { askNode } from './ask-node.ts'
import { readOptional } from './join-network.ts'
import { type Listen, listenToText } from './listen.ts'
import { type NodeFile, nodeFileFromJson } from './node-file.ts'
import { type NodePaths, nodePaths } from './paths.ts'

const STATUS_TIMEOUT_MS = 3_000
const MAX_STATUS_BYTES = 1_048_576
const dayMs = 86_400_000
/** A certificate that ends sooner is told of. */
const RENEW_MS = 30 * dayMs

/** As much of `/v1/status` as is shown. */
export interface ToldStatus {
  readonly node: string
  readonly chainId: string
  readonly kind: string
  readonly progress: string
  readonly height: number
  /** Of the blocks that it keeps; null before there is any. */
  readonly oldestHeight: number | null
  readonly membership: string
  readonly peers: readonly { readonly name: string; readonly connected: boolean }[]
  readonly mempool: { readonly count: number }
  readonly problems: readonly string[]
}

export interface Examination {
  readonly name: string
  readonly kind: string
  /** Undefined: it is not running. */
  readonly status: ToldStatus | undefined
  /** One plain line each. */
  readonly problems: readonly string[]
  /** What to do next, if the folder shows it. */
  readonly next: string | undefined
}

/** Looks at a node's folder and asks the node itself. @throws StartError when there is no node in the folder */
export async function examineNode(folder: string, nowMs: number): Promise<Examination> {
  const paths = nodePaths(folder)
  const json = await readOptional(paths.configuration)
  if (json === undefined)
    throw new StartError('configuration', `${folder} holds no node; make one with "cresset node init --dir ${folder}"`)
  const file = nodeFileFromJson(json, paths.configuration)
  const certificate = await readOptional(paths.tlsCertificate)
  const rootPem = (await readOptional(paths.rootCertificate)) ?? ''
  const problems = [...(await keyProblems(paths, file)), ...certificateProblems(certificate, nowMs)]
  const status = await statusOf(file, rootPem, certificate).catch((error: Error) => {
    if (file.listen.api === undefined) problems.push('it serves no API, so it cannot be asked; see its log')
    else if (!/ECONNREFUSED/.test(error.message)) problems.push(`its API does not answer: ${error.message}`)
    return undefined
  })
  problems.push(...(status?.problems ?? []))
  return {
    name: file.name,
    kind: status?.kind ?? file.kind ?? 'validator',
    status,
    problems,
    next: await nextStep(paths, folder, status),
  }
}

async function nextStep(paths: NodePaths, folder: string, status: ToldStatus | undefined): Promise<string | undefined> {
  const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined
  const joins = await isThere(paths.announcement)
  if (joins && !(await isThere(paths.genesis)))
    return `send ${paths.announcement} to the consortium, and take up its answer with "cresset node join FILE --dir ${folder}"`
  if (joins && !(await isThere(paths.tlsCertificate)))
    return `the joining file had no certificate: ask for one made with "cresset network invite announcement.json", and join again`
  if (status === undefined) return `cresset node up --dir ${folder}`
  if (status.membership === 'waiting')
    return `a member proposes it with "cresset network propose add-node", the members vote; the request is ${paths.request}`
  return undefined
}

async function statusOf(file: NodeFile, rootPem: string, certificate: string | undefined): Promise<ToldStatus> {
  const { api } = file.listen
  if (api === undefined) throw new Error('no API')
  const own = new URL(urlOf(api, certificate))
  const { status, body } = await askNode({
    url: own,
    address: reachable(api.host),
    rootPem,
    maxBytes: MAX_STATUS_BYTES,
    timeoutMs: STATUS_TIMEOUT_MS,
  })
  const told = status === 200 ? (JSON.parse(body) as ToldStatus) : undefined
  if (told === undefined) throw new Error(`it answers with status ${status}`)
  if (told.node !== file.name) throw new Error(`${own.host} is node ${told.node}, not ${file.name}`)
  return told
}

/** A node that listens on all addresses is reached on this one. */
const reachable = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host)

function urlOf(api: Listen, certificate: string | undefined): string {
  const name = certificate === undefined ? undefined : namesIn(certificate)[0]
  if (isLoopback(api.host) || name === undefined) return `http://${listenToText(api)}/v1/status`
  return `https://${name}:${api.port}/v1/status`
}

const namesIn = (pem: string): string[] =>
  (new X509Certificate(pem).subjectAltName ?? '').split(', ').flatMap((text) => /^DNS:(.+)$/.exec(text)?.[1] ?? [])

async function keyProblems(paths: NodePaths, { consensusKey }: NodeFile): Promise<string[]> {
  const files = [
    paths.identityKey,
    paths.tlsKey,
    paths.dnsKey,
    ...(consensusKey === undefined ? [paths.consensusKey] : []),
  ]
  const problems: string[] = []
  for (const path of files) {
    const found = await stat(path).catch(() => undefined)
    // The identity key may be kept elsewhere: the node does not need it to run.
    if (found === undefined && path !== paths.identityKey)
      problems.push(`${path} is missing; bring it back, or the node cannot start`)
    if (found !== undefined && (found.mode & 0o777) !== SECRET_FILE_MODE)
      problems.push(`${path} can be read or written by others; run: chmod 600 ${path}`)
  }
  return problems
}

function certificateProblems(pem: string | undefined, nowMs: number): string[] {
  if (pem === undefined) return []
  try {
    const endsMs = Date.parse(new X509Certificate(pem).validTo)
    if (endsMs < nowMs)
      return [
        'its certificate has ended: links go on, clients of its HTTPS API refuse it; ask for a new one with "cresset network invite"',
      ]
    const days = Math.floor((endsMs - nowMs) / dayMs)
    return endsMs - nowMs < RENEW_MS
      ? [`its certificate ends in ${days} days; ask for a new one with "cresset network invite"`]
      : []
  } catch {
    return ['tls/certificate.pem is no certificate']
  }
}
