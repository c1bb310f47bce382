import { randomBytes } from 'node:crypto'
import {
  type AddressRange,
  assertGenesis,
  type EngineName,
  faultyPower,
  type Genesis,
  type GenesisNode,
  type GenesisStake,
  type NodeEndpoints,
  nodeIdOf,
  type Parameters,
  parametersFrom,
  type ValidatorSet,
  validatorsOf,
} from '@cresset/core-chain'
import { compareBytes, equalBytes } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { type Consortium, createConsortium, isLoopback, type NodeAnnouncement } from '@cresset/network-membership'
import { StartError } from '../start-error.ts'
import { listenToText } from './listen.ts'
import { checkKeepBlocks } from './node-file.ts'
import { type ConsortiumPaths, consortiumPaths } from './paths.ts'
import { fillEmptyFolder, makeKey, makeNodeKeys, writeConsortium } from './write-consortium.ts'

export interface Funding {
  readonly account: Uint8Array
  /** Smallest units. */
  readonly amount: bigint
}

/** What makes a ledger, whoever made the keys. */
export interface ConsortiumSettings {
  /** A new folder, or an empty one. */
  readonly dir: string
  /** Human part of the chain id: a label. */
  readonly name: string
  readonly zones: readonly string[]
  /** `--set NAME=VALUE`. */
  readonly sets?: Readonly<Record<string, string>>
  /** First balances beside the founder's. */
  readonly fund?: readonly Funding[]
  /** Addresses that organizations hold, and where the name servers answer PTR. */
  readonly addressRanges?: readonly AddressRange[]
  /** How the validators agree. Default `pbft`. */
  readonly engine?: EngineName
  /** With the engine `stake`: first stakes by the names of nodes, in smallest units. Default: 1,000 units of stake each. */
  readonly stakes?: ReadonlyMap<string, bigint>
  readonly nowMs: number
  /** The founder key is put under this passphrase. */
  readonly founderPassphrase?: Uint8Array
  readonly rootPassphrase?: Uint8Array
  /** Newest blocks that each node keeps at least. Default: all. */
  readonly keepBlocks?: number | undefined
}

export interface NewConsortiumSettings extends ConsortiumSettings {
  readonly validators: number
  /** Where the nodes are reached: default 127.0.0.1, ports 7400 …, 8400 … and 5300 …, one each for every node. */
  readonly host?: string
  /** One for each node, where each has an address of its own. */
  readonly hosts?: readonly string[]
  readonly firstPorts?: FirstPorts
  readonly organizations?: readonly string[]
}

export interface InitializedConsortium {
  readonly paths: ConsortiumPaths
  readonly genesis: Genesis
  /** Names of the nodes in the order of genesis. */
  readonly nodes: readonly string[]
  readonly founder: Uint8Array
  /** Things an operator should know, one line each. */
  readonly warnings: readonly string[]
}

export const defaultFirstPorts = { agreement: 7400, api: 8400, dns: 5300 } as const

export interface FirstPorts {
  readonly agreement?: number
  readonly api?: number
  readonly dns?: number
}

/**
 * Where the node of this number is reached when nothing else is said: one port of each kind for every node. Beyond this machine its API
 * has a name: a node's certificate is for names in the zones, and cannot be for an address.
 */
export function endpointsOf(
  settings: Pick<NewConsortiumSettings, 'zones' | 'host' | 'hosts' | 'firstPorts'>,
  index: number,
  name: string,
): NodeEndpoints {
  const { firstPorts, zones } = settings
  const host = settings.hosts?.[index] ?? settings.host ?? '127.0.0.1'
  const ports = { ...defaultFirstPorts, ...firstPorts }
  const apiPort = ports.api + index
  return {
    agreement: listenToText({ host, port: ports.agreement + index }),
    api: isLoopback(host)
      ? `http://${listenToText({ host, port: apiPort })}`
      : `https://${name}.ns.${zones[0]}:${apiPort}`,
    dns: listenToText({ host, port: ports.dns + index }),
  }
}

/** Makes a consortium whose nodes all run on one machine: keys, root, certificates, genesis, a folder for each node. */
export async function initConsortium(settings: NewConsortiumSettings): Promise<InitializedConsortium> {
  const { validators } = settings
  if (!Number.isInteger(validators) || validators < 1 || validators > 64) {
    throw new StartError(
      'configuration',
      `--validators ${validators}: choose 1 to 64 (4 withstand one that fails or lies)`,
    )
  }
  checkSettings(settings)
  return fillEmptyFolder(settings.dir, (place) => makeConsortium(settings, consortiumPaths(place)))
}

async function makeConsortium(settings: NewConsortiumSettings, paths: ConsortiumPaths): Promise<InitializedConsortium> {
  const { validators } = settings
  const announcements: NodeAnnouncement[] = []
  for (let index = 0; index < validators; index++) {
    const name = `node${index + 1}`
    const keys = await makeNodeKeys(paths.node(name), name)
    announcements.push({
      name,
      organization: settings.organizations?.[index] ?? `Organization ${index + 1}`,
      roles: rolesOf(index),
      securityLevel: settings.sets?.['votingLevel'] === undefined ? 1 : Number(settings.sets['votingLevel']),
      identityKey: keys.identity.publicKey,
      consensusKey: keys.consensus.publicKey,
      tlsKey: keys.tls.publicKey,
      endpoints: endpointsOf(settings, index, name),
      dnsKeys: [keys.dns.publicKey],
    })
  }
  return finishConsortium(settings, paths, announcements)
}

/** The first node also answers for membership until the consortium says otherwise. */
function rolesOf(index: number): GenesisNode['roles'] {
  return index === 0 ? ['transaction', 'domain', 'permission', 'map', 'notary'] : ['transaction', 'domain', 'notary']
}

/** Says what is wrong before anything is written. */
export function checkSettings(settings: ConsortiumSettings): void {
  parametersFrom(settings.sets ?? {})
  checkKeepBlocks(settings.keepBlocks)
  if (settings.zones.length === 0) throw new StartError('configuration', 'name at least one zone with --zone')
}

/** Root, certificates, founder key and genesis for these nodes, written to the folder. */
export async function finishConsortium(
  settings: ConsortiumSettings,
  paths: ConsortiumPaths,
  announcements: readonly NodeAnnouncement[],
): Promise<InitializedConsortium> {
  const { name, zones, nowMs, founderPassphrase, rootPassphrase } = settings
  const parameters = parametersFrom(settings.sets ?? {})
  const rootSigner = await makeKey(paths.rootKey, {
    type: 'p256',
    comment: `root of ${name}`,
    ...(rootPassphrase === undefined ? {} : { passphrase: rootPassphrase }),
  })
  const founderKey = await makeKey(paths.founderKey, {
    comment: `founder of ${name}`,
    ...(founderPassphrase === undefined ? {} : { passphrase: founderPassphrase }),
  })
  const random = (bytes: number): Uint8Array => randomBytes(bytes)
  const consortium: Consortium = await createConsortium({
    name,
    zones,
    nodes: announcements,
    nowMs,
    random,
    rootSigner,
  })
  const founder = accountOf(founderKey.publicKey)
  const genesis: Genesis = {
    name,
    timeMs: nowMs,
    engine: settings.engine ?? 'pbft',
    zones: [...zones],
    nodes: consortium.nodes.map((node) => node.entry),
    balances: balancesOf([{ account: founder, amount: parameters.founderBalance }, ...(settings.fund ?? [])]),
    rootCertificate: consortium.rootCertificate,
    addressRanges: [...(settings.addressRanges ?? [])],
    parameters,
    ...(settings.engine === 'stake' ? { stakes: firstStakes(consortium, settings.stakes, parameters) } : {}),
  }
  assertGenesis(genesis)
  await writeConsortium(paths, genesis, consortium, announcements, settings.keepBlocks)
  return {
    paths: consortiumPaths(settings.dir),
    genesis,
    nodes: announcements.map((node) => node.name),
    founder,
    warnings: [...zoneWarnings(zones), ...faultWarnings(validatorsOf(genesis))],
  }
}

const DEFAULT_STAKE_UNITS = 1_000n

/** What the validators have staked when the ledger begins. */
function firstStakes(
  { nodes }: Consortium,
  given: ReadonlyMap<string, bigint> | undefined,
  { stakeUnit }: Parameters,
): GenesisStake[] {
  for (const name of given?.keys() ?? []) {
    if (!nodes.some(({ entry }) => entry.name === name))
      throw new StartError('configuration', `--stake ${name}: no such node`)
  }
  const validators = nodes.filter(({ entry }) => entry.roles.includes('transaction'))
  return validators.map(({ entry }) => ({
    node: nodeIdOf(entry),
    amount: given?.get(entry.name) ?? DEFAULT_STAKE_UNITS * stakeUnit,
  }))
}

/** One entry an account: what is given twice adds up. */
function balancesOf(funding: readonly Funding[]): Genesis['balances'] {
  const sorted = [...funding].sort((a, b) => compareBytes(a.account, b.account))
  const balances: Genesis['balances'] = []
  for (const { account, amount } of sorted) {
    const last = balances.at(-1)
    if (last !== undefined && equalBytes(last.account, account)) last.amount += amount
    else balances.push({ account, amount })
  }
  return balances
}

/** What the validators withstand, where that is less than one may expect. */
function faultWarnings({ rule, totalPower, validators }: ValidatorSet): string[] {
  if (rule === 'majority') {
    const stopping = Math.floor((totalPower - 1) / 2)
    return [
      `majority withstands ${stopping} of ${totalPower} validators stopping, and none that lies: one can fork the ledger`,
    ]
  }
  if (rule === 'stake') {
    const heaviest = Math.max(...validators.map(({ power }) => power))
    if (3 * heaviest < totalPower) return []
    return [
      'one validator holds a third of the stake or more: without it nothing goes on, and if it lies it can fork the ledger',
    ]
  }
  if (faultyPower(rule, totalPower) > 0) return []
  return [`of ${totalPower} validators none may stop or lie; 4 withstand one, 7 withstand two`]
}

/** A made-up zone can one day exist on the public internet, and somebody else will own it. */
function zoneWarnings(zones: readonly string[]): string[] {
  return zones
    .filter((zone) => !/(^|\.)(internal|home\.arpa|test)$/.test(zone) && !zone.includes('.'))
    .map(
      (zone) =>
        `zone ${zone} is made up: resolvers outside will not know it, and it may be given to others; ` +
        'names below .internal, home.arpa or a public name that is delegated to you are safe',
    )
}
