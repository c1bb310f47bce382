import {
  amount,
  asciiText,
  bytes,
  type Codec,
  equalBytes,
  fixedBytes,
  hash32,
  list,
  mapped,
  struct,
  text,
  toHex,
  uint,
  uint53,
  versioned,
} from '@cresset/core-codec'
import { accountOf, keyTypes, type PublicKey, publicKeyCodec, publicKeyProblem, taggedHash } from '@cresset/core-crypto'
import { type AddressRange, addressRangeCodec, addressRangesProblem, MAX_ADDRESS_RANGES } from './address-ranges.ts'
import { GenesisError } from './genesis-error.ts'
import { MAX_MONEY, type Parameters, parametersCodec, relationProblem } from './parameters.ts'
import { MAX_POWER, MAX_VALIDATORS, type ValidatorSet, validatorSet } from './validators.ts'

/** In the order of their bits in the encoding. `transaction` nodes are the validators. */
export const nodeRoles = ['transaction', 'domain', 'server', 'client', 'permission', 'map', 'notary'] as const
export type NodeRole = (typeof nodeRoles)[number]

/**
 * - `pbft`: ⌊2n/3⌋ + 1 of n validators decide; ⌊(n − 1)/3⌋ of them may do anything
 * - `majority`: ⌊n/2⌋ + 1 of those at or above `votingLevel` decide; they may stop, but must not lie
 * - `stake`: validators vote with what they staked; more than two thirds of it decide, and a third less one unit may do anything
 */
export const engines = ['pbft', 'majority', 'stake'] as const
export type EngineName = (typeof engines)[number]

export interface NodeEndpoints {
  /** `host:port` of the agreement links. */
  agreement: string
  /** `http://host:port` or `https://host:port`. */
  api: string
  /** `host:port` of UDP and TCP. */
  dns: string
}

export interface GenesisNode {
  /** One label; the node's name server is `<name>.ns.<zone>`. */
  name: string
  organization: string
  roles: NodeRole[]
  securityLevel: number
  identityKey: PublicKey
  /** Ed25519. */
  consensusKey: PublicKey
  endpoints: NodeEndpoints
  /** SHA-256 of the TLS certificate's DER. */
  tlsFingerprint: Uint8Array
  dnsKeys: PublicKey[]
}

export interface Balance {
  account: Uint8Array
  amount: bigint
}

/** What a validator has staked from the beginning, beside the balances. */
export interface GenesisStake {
  /** Id of a node that may vote. */
  node: Uint8Array
  amount: bigint
}

export interface Genesis {
  /** Human part of the chain id: a label. */
  name: string
  timeMs: number
  engine: EngineName
  zones: string[]
  nodes: GenesisNode[]
  balances: Balance[]
  /** DER of the consortium's root certificate; empty when it has none. */
  rootCertificate: Uint8Array
  addressRanges: AddressRange[]
  parameters: Parameters
  /** With the engine `stake`, and only with it; one entry a node. */
  stakes?: GenesisStake[]
}

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const REVERSE = /^arpa$|(^|\.)(in-addr|ip6)\.arpa$/
const HOST_PORT = /^(\[[0-9a-f:]{2,45}\]|[a-z0-9.-]{1,253}):([1-9]\d{0,4})$/
const MAX_NODES = 1_024
const MAX_BALANCES = 1_000_000
/** Wire length of a zone, so that a registration with a 64-byte name always fits its seal. */
const MAX_ZONE_BYTES = 63

const rolesCodec: Codec<NodeRole[]> = mapped(
  uint(2 ** nodeRoles.length - 1),
  (bits) => nodeRoles.filter((_, index) => (bits >> index) % 2 === 1),
  (roles) => roles.reduce((bits, role) => bits | (1 << nodeRoles.indexOf(role)), 0),
)
const engineCodec: Codec<EngineName> = mapped(
  uint(engines.length - 1),
  (index) => engines[index] as EngineName,
  (engine) => engines.indexOf(engine),
)
const endpointCodec = asciiText({ minBytes: 1, maxBytes: 300 })
const labelCodec = asciiText({ minBytes: 1, maxBytes: 63 })

const nodeCodec: Codec<GenesisNode> = struct({
  name: labelCodec,
  organization: text({ maxBytes: 128 }),
  roles: rolesCodec,
  securityLevel: uint(15),
  identityKey: publicKeyCodec,
  consensusKey: publicKeyCodec,
  endpoints: struct({ agreement: endpointCodec, api: endpointCodec, dns: endpointCodec }),
  tlsFingerprint: fixedBytes(32),
  dnsKeys: list(publicKeyCodec, { maxItems: 8 }),
})

const genesisFields = {
  name: labelCodec,
  timeMs: uint53,
  engine: engineCodec,
  zones: list(asciiText({ minBytes: 1, maxBytes: MAX_ZONE_BYTES }), { minItems: 1, maxItems: 64 }),
  nodes: list(nodeCodec, { minItems: 1, maxItems: MAX_NODES }),
  balances: list(struct({ account: hash32, amount }), { maxItems: MAX_BALANCES }),
  rootCertificate: bytes({ maxBytes: 8_192 }),
  addressRanges: list(addressRangeCodec, { maxItems: MAX_ADDRESS_RANGES }),
  parameters: parametersCodec,
}
const stakesCodec = list(struct({ node: hash32, amount }), { minItems: 1, maxItems: MAX_VALIDATORS })
const withoutStakes: Codec<Genesis> = versioned(1, genesisFields)
const withStakes: Codec<Genesis> = versioned(2, { ...genesisFields, stakes: stakesCodec })

/** Version 1, or version 2 with what was staked: ledgers without stakes are written as they always were. */
export const genesisCodec: Pick<Codec<Genesis>, 'encode' | 'decode' | 'maxBytes'> = {
  maxBytes: withStakes.maxBytes,
  encode: (genesis) => (genesis.stakes === undefined ? withoutStakes : withStakes).encode(genesis),
  // The head of an array of so many items.
  decode: (encoded) =>
    (encoded[0] === 0x80 + Object.keys(genesisFields).length + 2 ? withStakes : withoutStakes).decode(encoded),
}

/** The first thing wrong, as one line that starts with the field; undefined when the genesis can be used. */
export function genesisProblem(genesis: Genesis): string | undefined {
  if (!LABEL.test(genesis.name)) return `name: ${JSON.stringify(genesis.name)} is not a label of a-z, 0-9 and -`
  for (const [index, zone] of genesis.zones.entries()) {
    if (!zone.split('.').every((label) => LABEL.test(label))) return `zones[${index}]: ${zone} is not a domain name`
    if (genesis.zones.indexOf(zone) !== index) return `zones[${index}]: ${zone} is listed twice`
    const outer = genesis.zones.find((other) => zone.endsWith(`.${other}`))
    if (outer !== undefined) return `zones[${index}]: ${zone} lies within ${outer}`
    if (REVERSE.test(zone)) return `zones[${index}]: ${zone} is for addresses; list their ranges as addressRanges`
  }
  const seen = new Map<string, string>()
  const taken = (kind: string, value: string, place: string): string | undefined => {
    const before = seen.get(`${kind} ${value}`)
    seen.set(`${kind} ${value}`, place)
    return before === undefined ? undefined : `${place}: the same ${kind} as ${before}`
  }
  for (const [index, node] of genesis.nodes.entries()) {
    const place = `nodes[${index}]`
    const problem =
      nodeProblem(node, genesis.parameters) ??
      taken('name', node.name, 'name') ??
      taken('key', toHex(node.identityKey), 'identityKey') ??
      taken('key', toHex(node.consensusKey), 'consensusKey')
    if (problem !== undefined) return `${place}.${problem}`
  }
  const stakes = stakesProblem(genesis)
  if (stakes !== undefined) return stakes
  const validators = genesis.nodes.filter((node) => isValidator(node, genesis)).length
  if (validators === 0) {
    return genesis.nodes.some(({ roles }) => roles.includes('transaction'))
      ? `nodes: none with the role transaction has the security level ${genesis.parameters.votingLevel}, so nobody would vote`
      : 'nodes: none has the role transaction, so nobody would vote'
  }
  if (validators > MAX_VALIDATORS)
    return `nodes: ${validators} have the role transaction, ${MAX_VALIDATORS} is the limit`
  let total = 0n
  for (const [index, balance] of genesis.balances.entries()) {
    const problem = taken('account', toHex(balance.account), `balances[${index}].account`)
    if (problem !== undefined) return problem
    total += balance.amount
  }
  for (const stake of genesis.stakes ?? []) total += stake.amount
  if (total > MAX_MONEY) return `balances: their sum ${total} is over ${MAX_MONEY}`
  const ranges = addressRangesProblem(genesis.addressRanges)
  if (ranges !== undefined) return ranges
  const relation = relationProblem(genesis.parameters)
  return relation === undefined ? undefined : `parameters: ${relation}`
}

function stakesProblem(genesis: Genesis): string | undefined {
  const { engine, stakes, nodes, parameters } = genesis
  if (stakes === undefined)
    return engine === 'stake' ? 'stakes: with the engine stake somebody must have some' : undefined
  if (engine !== 'stake') return `stakes: the engine ${engine} counts none`
  const seen = new Set<string>()
  for (const [index, { node, amount: staked }] of stakes.entries()) {
    const known = nodes.find((one) => equalBytes(nodeIdOf(one), node))
    if (known === undefined || !isValidator(known, genesis)) return `stakes[${index}].node: not a node that may vote`
    if (seen.has(toHex(node))) return `stakes[${index}].node: listed twice`
    seen.add(toHex(node))
    if (staked < parameters.stakeUnit) return `stakes[${index}].amount: ${staked} is less than one stakeUnit`
  }
  return undefined
}

function nodeProblem(node: GenesisNode, parameters: Parameters): string | undefined {
  if (!LABEL.test(node.name)) return `name: ${JSON.stringify(node.name)} is not a label of a-z, 0-9 and -`
  if (node.roles.length === 0) return 'roles: a node needs at least one role'
  if (node.securityLevel >= parameters.securityLevels) return `securityLevel: ${node.securityLevel} does not exist`
  for (const [field, key] of [
    ['identityKey', node.identityKey],
    ['consensusKey', node.consensusKey],
    ...node.dnsKeys.map((key, index) => [`dnsKeys[${index}]`, key] as const),
  ] as const) {
    const problem = publicKeyProblem(key)
    if (problem !== undefined) return `${field}: ${problem}`
  }
  if (node.consensusKey[0] !== keyTypes.ed25519) return 'consensusKey: votes are signed with Ed25519 keys only'
  for (const field of ['agreement', 'api', 'dns'] as const) {
    const endpoint = node.endpoints[field]
    const address = field === 'api' ? endpoint.replace(/^https?:\/\//, '') : endpoint
    const match = HOST_PORT.exec(address)
    const form = field === 'api' ? 'http(s)://host:port' : 'host:port'
    if (match === null || Number(match[2]) > 65_535 || (field === 'api') === (address === endpoint)) {
      return `endpoints.${field}: ${JSON.stringify(endpoint)} is not ${form}`
    }
  }
  return undefined
}

/** Throws GenesisError with one line when the genesis cannot be used. */
export function assertGenesis(genesis: Genesis): void {
  const problem = genesisProblem(genesis)
  if (problem !== undefined) throw new GenesisError(problem)
}

/** Where all who vote must be trusted not to lie, only nodes of a high security level do. */
function isValidator({ roles, securityLevel }: GenesisNode, { engine, parameters }: Genesis): boolean {
  return roles.includes('transaction') && (engine !== 'majority' || securityLevel >= parameters.votingLevel)
}

/** Names the ledger: it covers the canonical CBOR, so the spelling of the JSON does not matter. */
export function genesisDigest(genesis: Genesis): Uint8Array {
  return taggedHash('cresset/genesis/v1', genesisCodec.encode(genesis))
}

/** `<name>-<first 8 bytes of the digest in hex>`; it stays for the life of the ledger. */
export function chainIdOf(genesis: Genesis): string {
  return `${genesis.name}-${toHex(genesisDigest(genesis).subarray(0, 8))}`
}

/** A node's id: the hash of its first identity key, which is also its account. */
export function nodeIdOf(node: Pick<GenesisNode, 'identityKey'>): Uint8Array {
  return accountOf(node.identityKey)
}

/** Those who vote from height 1 on. */
export function validatorsOf(genesis: Genesis): ValidatorSet {
  const voting = genesis.nodes.filter((node) => isValidator(node, genesis))
  const validators = voting.map((node) => {
    const nodeId = nodeIdOf(node)
    return { key: node.consensusKey, power: powerOf(nodeId, genesis), nodeId, account: nodeId }
  })
  // One that staked nothing is admitted and does not vote.
  return validatorSet(
    validators.filter(({ power }) => power > 0),
    genesis.engine,
  )
}

function powerOf(node: Uint8Array, { engine, stakes, parameters }: Genesis): number {
  if (engine !== 'stake') return 1
  const staked = stakes?.find((stake) => equalBytes(stake.node, node))?.amount ?? 0n
  const power = staked / parameters.stakeUnit
  return power > BigInt(MAX_POWER) ? MAX_POWER : Number(power)
}
