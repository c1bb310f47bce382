import { CodecError, fromHex, toHex } from '@cresset/core-codec'
import type { AddressRange } from './address-ranges.ts'
import {
  assertGenesis,
  type Balance,
  type EngineName,
  engines,
  type Genesis,
  type GenesisNode,
  type GenesisStake,
  genesisCodec,
  type NodeRole,
  nodeRoles,
} from './genesis.ts'
import { GenesisError } from './genesis-error.ts'
import { type Parameters, parameterProblem, parameterTable } from './parameters.ts'

/** Longest genesis file that is read, in characters. */
export const MAX_GENESIS_CHARACTERS = 256 * 1_048_576

/** JSON text for people: two spaces, fields in the order of the encoding, bytes in hex, money as decimal strings. */
export function genesisToJson(genesis: Genesis): string {
  const plain = {
    version: genesis.stakes === undefined ? 1 : 2,
    name: genesis.name,
    timeMs: genesis.timeMs,
    engine: genesis.engine,
    zones: genesis.zones,
    nodes: genesis.nodes.map((node) => ({
      name: node.name,
      organization: node.organization,
      roles: nodeRoles.filter((role) => node.roles.includes(role)),
      securityLevel: node.securityLevel,
      identityKey: toHex(node.identityKey),
      consensusKey: toHex(node.consensusKey),
      endpoints: { agreement: node.endpoints.agreement, api: node.endpoints.api, dns: node.endpoints.dns },
      tlsFingerprint: toHex(node.tlsFingerprint),
      dnsKeys: node.dnsKeys.map(toHex),
    })),
    balances: genesis.balances.map(({ account, amount }) => ({ account: toHex(account), amount: amount.toString() })),
    rootCertificate: toHex(genesis.rootCertificate),
    addressRanges: genesis.addressRanges.map(({ prefix, prefixBits, organization, holder }) => ({
      prefix: toHex(prefix),
      prefixBits,
      organization,
      holder: toHex(holder),
    })),
    parameters: Object.fromEntries(
      parameterTable.map(({ name }) => {
        const value = genesis.parameters[name]
        return [name, typeof value === 'bigint' ? value.toString() : value]
      }),
    ),
    ...(genesis.stakes === undefined
      ? {}
      : { stakes: genesis.stakes.map(({ node, amount }) => ({ node: toHex(node), amount: amount.toString() })) }),
  }
  return `${JSON.stringify(plain, undefined, 2)}\n`
}

/**
 * Reads what `genesisToJson` writes: every field there, none more. Throws GenesisError with one line that starts with
 * the field's path.
 */
export function genesisFromJson(json: string): Genesis {
  if (json.length > MAX_GENESIS_CHARACTERS) throw new GenesisError('genesis: the file is too long')
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch (error) {
    throw new GenesisError(`genesis: not JSON (${(error as Error).message.split('\n')[0]})`)
  }
  const root = new Place('genesis', parsed)
  const hasStakes = typeof parsed === 'object' && parsed !== null && 'stakes' in parsed
  const fields = root.object([
    'version',
    'name',
    'timeMs',
    'engine',
    'zones',
    'nodes',
    'balances',
    'rootCertificate',
    'addressRanges',
    'parameters',
    ...(hasStakes ? (['stakes'] as const) : []),
  ])
  const version = fields.version.integer()
  if (version !== 1 && version !== 2) {
    throw new GenesisError(`genesis.version: ${version} is not known to this release, only 1 and 2 are`)
  }
  if ((version === 2) !== hasStakes) throw new GenesisError('genesis.version: 2 is for a genesis with stakes')
  const genesis: Genesis = {
    name: fields.name.string(),
    timeMs: fields.timeMs.integer(),
    engine: fields.engine.oneOf<EngineName>(engines),
    zones: fields.zones.items().map((zone) => zone.string()),
    nodes: fields.nodes.items().map(nodeFrom),
    balances: fields.balances.items().map(balanceFrom),
    rootCertificate: fields.rootCertificate.hex(),
    addressRanges: fields.addressRanges.items().map(rangeFrom),
    parameters: parametersAt(fields.parameters),
    ...(hasStakes ? { stakes: fields.stakes.items().map(stakeFrom) } : {}),
  }
  try {
    assertGenesis(genesis)
    genesisCodec.encode(genesis)
  } catch (error) {
    if (error instanceof GenesisError || error instanceof CodecError) throw new GenesisError(`genesis.${error.message}`)
    throw error
  }
  return genesis
}

function nodeFrom(place: Place): GenesisNode {
  const fields = place.object([
    'name',
    'organization',
    'roles',
    'securityLevel',
    'identityKey',
    'consensusKey',
    'endpoints',
    'tlsFingerprint',
    'dnsKeys',
  ])
  const endpoints = fields.endpoints.object(['agreement', 'api', 'dns'])
  const roles = fields.roles.items().map((role) => role.oneOf<NodeRole>(nodeRoles))
  if (new Set(roles).size !== roles.length) fields.roles.fail('a role is listed twice')
  return {
    name: fields.name.string(),
    organization: fields.organization.string(),
    roles: nodeRoles.filter((role) => roles.includes(role)),
    securityLevel: fields.securityLevel.integer(),
    identityKey: fields.identityKey.hex(),
    consensusKey: fields.consensusKey.hex(),
    endpoints: {
      agreement: endpoints.agreement.string(),
      api: endpoints.api.string(),
      dns: endpoints.dns.string(),
    },
    tlsFingerprint: fields.tlsFingerprint.hex(32),
    dnsKeys: fields.dnsKeys.items().map((key) => key.hex()),
  }
}

function balanceFrom(place: Place): Balance {
  const fields = place.object(['account', 'amount'])
  return { account: fields.account.hex(32), amount: fields.amount.amount() }
}

function stakeFrom(place: Place): GenesisStake {
  const fields = place.object(['node', 'amount'])
  return { node: fields.node.hex(32), amount: fields.amount.amount() }
}

function rangeFrom(place: Place): AddressRange {
  const fields = place.object(['prefix', 'prefixBits', 'organization', 'holder'])
  return {
    prefix: fields.prefix.hex(),
    prefixBits: fields.prefixBits.integer(),
    organization: fields.organization.string(),
    holder: fields.holder.hex(32),
  }
}

function parametersAt(place: Place): Parameters {
  const fields = place.object(parameterTable.map((row) => row.name))
  const values: Record<string, string | number | bigint> = {}
  for (const row of parameterTable) {
    const at = fields[row.name]
    const value = row.type === 'text' ? at.string() : row.type === 'amount' ? at.amount() : at.integer()
    const problem = parameterProblem(row, value)
    if (problem !== undefined) throw new GenesisError(`${place.path}.${problem}`)
    values[row.name] = value
  }
  return values as unknown as Parameters
}

/** A JSON value and where it stands, read strictly. */
class Place {
  readonly path: string
  readonly #value: unknown

  constructor(path: string, value: unknown) {
    this.path = path
    this.#value = value
  }

  fail(problem: string): never {
    throw new GenesisError(`${this.path}: ${problem}`)
  }

  object<const Name extends string>(names: readonly Name[]): Record<Name, Place> {
    const value = this.#value
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail('expected an object')
    for (const name of Object.keys(value)) {
      if (!(names as readonly string[]).includes(name)) this.fail(`unknown field ${JSON.stringify(name.slice(0, 64))}`)
    }
    const fields = {} as Record<Name, Place>
    for (const name of names) {
      if (!Object.hasOwn(value, name)) this.fail(`field ${name} is missing`)
      fields[name] = new Place(`${this.path}.${name}`, (value as Record<string, unknown>)[name])
    }
    return fields
  }

  items(): Place[] {
    if (!Array.isArray(this.#value)) this.fail('expected a list')
    return this.#value.map((value, index) => new Place(`${this.path}[${index}]`, value))
  }

  string(): string {
    if (typeof this.#value !== 'string') this.fail('expected a string')
    return this.#value
  }

  integer(): number {
    const value = this.#value
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) this.fail('expected a whole number')
    return value
  }

  amount(): bigint {
    const value = this.#value
    if (typeof value !== 'string' || !/^(0|[1-9]\d{0,19})$/.test(value)) {
      this.fail('expected a whole number in quotes, such as "1000000"')
    }
    return BigInt(value)
  }

  hex(byteCount?: number): Uint8Array {
    try {
      return fromHex(this.string(), byteCount === undefined ? {} : { bytes: byteCount })
    } catch (error) {
      if (error instanceof CodecError) this.fail(error.detail)
      throw error
    }
  }

  oneOf<T extends string>(choices: readonly T[]): T {
    const value = this.string()
    const choice = choices.find((candidate) => candidate === value)
    return choice ?? this.fail(`${JSON.stringify(value.slice(0, 64))} is not one of ${choices.join(', ')}`)
  }
}
