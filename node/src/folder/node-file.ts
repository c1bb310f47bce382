import { MIN_KEEP_BLOCKS } from '@cresset/network-application'
import { isLoopback } from '@cresset/network-membership'
import { readDnsSettings } from '../dns-settings.ts'
import { StartError } from '../start-error.ts'
import { type Listen, listenFromText, listenToText } from './listen.ts'

/** `node.json`: what belongs to this machine; what the network must know stands in genesis. */
export interface NodeFile {
  readonly name: string
  /** The genesis file, relative to the node's folder. */
  readonly genesis: string
  readonly listen: {
    readonly agreement: Listen
    /** Undefined: the node serves none. */
    readonly api: Listen | undefined
    readonly dns: Listen | undefined
  }
  readonly logLevel: LogLevel
  /** Names the key of its votes: a path from the node's folder, `agent:NAME` or `pkcs11:URI`. Default: keys/consensus.key. */
  readonly consensusKey?: string | undefined
  /** Of a node that joined later: the hash of its first identity key, in hex. A node of genesis is known by its name there. */
  readonly id?: string | undefined
  readonly kind?: NodeKind | undefined
  /** Whether the API lists accounts' transactions. Default: where the node serves the API. */
  readonly accountIndex?: boolean | undefined
  /** Newest blocks that the node keeps at least; older ones it forgets. Default: it keeps all. */
  readonly keepBlocks?: number | undefined
  /** Of the name server, for `readDnsSettings`. */
  readonly dns?: Readonly<Record<string, unknown>> | undefined
}

/**
 * - `validator`: votes, once the members have made it one
 * - `follower`: has the whole state and serves it by DNS and API, without a vote
 * - `local`: the same for the programs of its own machine alone
 */
export const nodeKinds = ['validator', 'follower', 'local'] as const
export type NodeKind = (typeof nodeKinds)[number]

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Longest node.json that is read, in characters. */
export const MAX_NODE_FILE_CHARACTERS = 65_536

export function nodeFileToJson(file: NodeFile): string {
  const { name, genesis, listen, logLevel, consensusKey, id, kind, accountIndex, keepBlocks, dns } = file
  const text = (at: Listen | undefined): string | null => (at === undefined ? null : listenToText(at))
  const plain = {
    version: 1,
    name,
    genesis,
    listen: { agreement: text(listen.agreement), api: text(listen.api), dns: text(listen.dns) },
    logLevel,
    ...(consensusKey !== undefined && { consensusKey }),
    ...(id !== undefined && { id }),
    ...(kind !== undefined && { kind }),
    ...(accountIndex !== undefined && { accountIndex }),
    ...(keepBlocks !== undefined && { keepBlocks }),
    ...(dns !== undefined && { dns }),
  }
  return `${JSON.stringify(plain, undefined, 2)}\n`
}

/** Reads what `nodeFileToJson` writes: every field there but the optional ones, none more. @throws StartError with the field's path. */
export function nodeFileFromJson(json: string, path: string): NodeFile {
  const fail = (problem: string): never => {
    throw new StartError('configuration', `${path}: ${problem}`)
  }
  if (json.length > MAX_NODE_FILE_CHARACTERS) fail('the file is too long')
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch (error) {
    return fail(`not JSON (${(error as Error).message.split('\n')[0]})`)
  }
  const optional = Object(parsed) as Record<string, unknown>
  const { consensusKey, id, kind: kindText, accountIndex, keepBlocks, dns, ...required } = optional
  const fields = fieldsOf(
    Array.isArray(parsed) ? parsed : required,
    ['version', 'name', 'genesis', 'listen', 'logLevel'],
    'the file',
    fail,
  )
  if (consensusKey !== undefined && (typeof consensusKey !== 'string' || consensusKey === ''))
    fail('consensusKey: expected a path, agent:NAME or pkcs11:URI')
  if (id !== undefined && (typeof id !== 'string' || !/^[0-9a-f]{64}$/.test(id))) fail('id: expected 64 hex digits')
  const kind = nodeKinds.find((known) => known === kindText)
  if (kindText !== undefined && kind === undefined) fail(`kind: expected one of ${nodeKinds.join(', ')}`)
  if (accountIndex !== undefined && typeof accountIndex !== 'boolean') fail('accountIndex: expected true or false')
  if (keepBlocks !== undefined && !isKeepBlocks(keepBlocks)) fail(`keepBlocks: ${keepBlocksRule}`)
  if (fields.version !== 1) fail(`version ${JSON.stringify(fields.version)} is not known to this release, only 1 is`)
  const listen = fieldsOf(fields.listen, ['agreement', 'api', 'dns'], 'listen', fail)
  const address = (field: 'agreement' | 'api' | 'dns'): Listen | undefined => {
    const value = listen[field]
    if (value === null) return undefined
    const found = typeof value === 'string' ? listenFromText(value) : undefined
    return found ?? fail(`listen.${field}: ${JSON.stringify(value)} is not host:port, such as "127.0.0.1:8400"`)
  }
  const text = (field: 'name' | 'genesis'): string => {
    const value = fields[field]
    return typeof value === 'string' && value.length > 0 ? value : fail(`${field}: expected text`)
  }
  const served = { agreement: address('agreement'), api: address('api'), dns: address('dns') }
  if (kind === 'local') {
    for (const at of Object.values(served)) {
      if (at !== undefined && !isLoopback(at.host)) fail(`listen: a local node serves 127.0.0.1 or ::1, not ${at.host}`)
    }
  }
  if (dns !== undefined) {
    const { proxyListen = [] } = readDnsSettings(dns, (field, problem) =>
      fail(`${field === '' ? 'dns' : `dns.${field}`}: ${problem}`),
    )
    if (served.dns === undefined) fail('dns: listen.dns says that the node answers none; give an address there')
    for (const at of kind === 'local' ? proxyListen : [])
      if (!isLoopback(at.host)) fail(`dns.proxyListen: a local node serves 127.0.0.1 or ::1, not ${at.host}`)
  }
  const logLevel = logLevels.find((level) => level === fields.logLevel)
  return {
    name: text('name'),
    genesis: text('genesis'),
    listen: {
      ...served,
      agreement: served.agreement ?? fail('listen.agreement: a node needs an address for its links'),
    },
    logLevel: logLevel ?? fail(`logLevel: expected one of ${logLevels.join(', ')}`),
    ...(consensusKey !== undefined && { consensusKey: consensusKey as string }),
    ...(id !== undefined && { id: id as string }),
    ...(kind !== undefined && { kind }),
    ...(accountIndex !== undefined && { accountIndex: accountIndex as boolean }),
    ...(keepBlocks !== undefined && { keepBlocks: keepBlocks as number }),
    ...(dns !== undefined && { dns: dns as Readonly<Record<string, unknown>> }),
  }
}

const keepBlocksRule = `give a whole number from ${MIN_KEEP_BLOCKS} on, or leave it out: then the node keeps all blocks`

function isKeepBlocks(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= MIN_KEEP_BLOCKS
}

/** Refuses what node.json must not say, before a folder is made. @throws StartError */
export function checkKeepBlocks(value: number | undefined): void {
  if (value !== undefined && !isKeepBlocks(value))
    throw new StartError('configuration', `--keep-blocks ${value}: ${keepBlocksRule}`)
}

function fieldsOf(
  value: unknown,
  names: readonly string[],
  place: string,
  fail: (problem: string) => never,
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(`${place}: expected an object`)
  for (const name of Object.keys(value))
    if (!names.includes(name)) fail(`unknown field ${JSON.stringify(name.slice(0, 64))}`)
  for (const name of names) if (!Object.hasOwn(value, name)) fail(`field ${name} is missing`)
  return value as Record<string, unknown>
}
