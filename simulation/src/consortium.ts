import {
  chainIdOf,
  type EngineName,
  type Genesis,
  type GenesisStake,
  nodeIdOf,
  parametersFrom,
} from '@cresset/core-chain'
import { toHex, utf8 } from '@cresset/core-codec'
import { accountOf, generateKeyPair, type KeyPair, sha256 } from '@cresset/core-crypto'

const keyOf = (label: string): KeyPair => generateKeyPair('ed25519', sha256(utf8(label)))

export interface Member {
  readonly id: string
  readonly consensusKey: KeyPair
  readonly identityKey: KeyPair
}

/** A consortium whose keys everybody knows, the same for every seed. */
export interface Consortium {
  readonly genesis: Genesis
  readonly chainId: string
  /** In the order of genesis; the id is the peer id. */
  readonly members: readonly Member[]
  readonly users: readonly KeyPair[]
}

const GENESIS_TIME_MS = 1_800_000_000_000
const USERS = 6
/** Not alike, and near enough that as many may fail as where heads are counted. */
const LEAST_STAKE = 100n
const STAKE_STEP = 3n

function stakesOf(identityKeys: readonly KeyPair[], stakeUnit: bigint): GenesisStake[] {
  return identityKeys.map(({ publicKey }, index) => ({
    node: accountOf(publicKey),
    amount: (LEAST_STAKE + STAKE_STEP * BigInt(index)) * stakeUnit,
  }))
}

/** Few votes a change, so that many changes fit into a run. */
const byHalf = {
  setNodePropertiesThresholdPercent: '50',
  validatorInThresholdPercent: '50',
  validatorOutThresholdPercent: '50',
}
const made = new Map<string, Consortium>()

/** Of `count` nodes the first `validators` decide at the beginning; the others are known and can be made validators. */
export function consortiumOf(count: number, engine: EngineName = 'pbft', validators = count): Consortium {
  const name = `${engine} ${validators} of ${count}`
  const known = made.get(name)
  if (known !== undefined) return known
  const users = Array.from({ length: USERS }, (_, index) => keyOf(`user ${index}`))
  const names = Array.from({ length: count }, (_, index) => `node${index}`)
  const consensusKeys = names.map((name) => keyOf(`consensus ${name}`))
  const identityKeys = names.map((name) => keyOf(`identity ${name}`))
  const parameters = parametersFrom({ maxBlockInterval: '2s', ...byHalf })
  const genesis: Genesis = {
    name: 'simulated',
    timeMs: GENESIS_TIME_MS,
    engine,
    zones: ['acme'],
    nodes: names.map((name, index) => ({
      name,
      organization: name,
      roles: index < validators ? ['transaction'] : ['server'],
      securityLevel: 1,
      identityKey: (identityKeys[index] as KeyPair).publicKey,
      consensusKey: (consensusKeys[index] as KeyPair).publicKey,
      endpoints: {
        agreement: `127.0.0.1:${7000 + index}`,
        api: `http://127.0.0.1:${8000 + index}`,
        dns: '127.0.0.1:53',
      },
      tlsFingerprint: sha256(utf8(name)),
      dnsKeys: [],
    })),
    balances: [...users, ...identityKeys].map(({ publicKey }) => ({
      account: accountOf(publicKey),
      amount: 1_000_000_000n,
    })),
    rootCertificate: new Uint8Array(0),
    addressRanges: [],
    parameters,
    ...(engine === 'stake' ? { stakes: stakesOf(identityKeys, parameters.stakeUnit) } : {}),
  }
  const members = genesis.nodes.map((node, index) => ({
    id: toHex(nodeIdOf(node)),
    consensusKey: consensusKeys[index] as KeyPair,
    identityKey: identityKeys[index] as KeyPair,
  }))
  const consortium = { genesis, chainId: chainIdOf(genesis), members, users }
  made.set(name, consortium)
  return consortium
}
