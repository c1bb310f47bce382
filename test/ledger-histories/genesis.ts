import { fromHex, utf8 } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import type { NaiveGenesis } from '../naive-ledger/ledger.ts'
import type { GenesisPlan } from './history.ts'
import { accountNamed, keyNamed } from './keys.ts'
import type { Product } from './product.ts'

export const historyChainId = 'history-0123456789abcdef'
export const otherChainId = 'another-0123456789abcdef'
export const historyZones = ['acme', 'home.arpa']
export const genesisTimeMs = 1_800_000_000_000

const money = new Set(['quantum', 'transactionFeeBase', 'transactionFeePerByte', 'bond', 'stakeUnit'])

/** What histories do not vary, or did not when they were written down. */
const fixed = {
  nameTermMs: 0,
  currencyName: 'credit',
  currencyDecimals: 6,
  defaultTtlSeconds: 300,
  minTtlSeconds: 30,
  maxTtlSeconds: 86_400,
  securityLevels: 4,
  votingLevel: 1,
  unbondingMs: 1_814_400_000,
  proposalWindowMs: 600_000,
  addNodeThresholdPercent: 50,
  removeNodeThresholdPercent: 66,
  setNodeKeysThresholdPercent: 66,
  setNodePropertiesThresholdPercent: 50,
  validatorInThresholdPercent: 66,
  validatorOutThresholdPercent: 66,
  parametersThresholdPercent: 66,
  issueMoneyThresholdPercent: 66,
  upgradeThresholdPercent: 66,
  stakeUnit: 1_000_000n,
  slashPercent: 10,
}

type ProductGenesis = Parameters<Product['genesisChanges']>[0]

/** Parameters as the ledgers hold them: amounts as bigint. */
export function moneyOf(parameters: Readonly<Record<string, number | string>>): Record<string, number | bigint> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, money.has(name) ? BigInt(value) : Number(value)]),
  )
}

/** The genesis that both ledgers start from. */
export function genesisOf(plan: GenesisPlan): ProductGenesis & NaiveGenesis {
  const parameters = moneyOf(plan.parameters)
  return {
    chainId: historyChainId,
    timeMs: genesisTimeMs,
    engine: 'pbft',
    zones: historyZones,
    nodes: Array.from({ length: plan.validators }, (_, index) => ({
      name: `node${index}`,
      organization: `Organization ${index}`,
      roles: index < plan.nameNodes ? ['transaction', 'domain'] : ['transaction'],
      securityLevel: 3,
      identityKey: keyNamed(`v${index}`).publicKey,
      consensusKey: keyNamed(`c${index}`).publicKey,
      endpoints: { agreement: 'localhost:1', api: 'http://localhost:2', dns: 'localhost:3' },
      tlsFingerprint: sha256(utf8(`tls ${index}`)),
      dnsKeys: [keyNamed(`d${index}`).publicKey, keyNamed(`pd${index}`).publicKey],
    })),
    balances: Object.entries(plan.balances).map(([name, amount]) => ({
      account: accountNamed(name),
      amount: BigInt(amount),
    })),
    parameters: { ...fixed, ...parameters },
    addressRanges: [
      { prefix: Uint8Array.of(127, 0, 0, 0), prefixBits: 8, organization: 'Loopback', holder: accountNamed('e1') },
      {
        prefix: fromHex(`20010db8${'0'.repeat(24)}`),
        prefixBits: 32,
        organization: 'Examples',
        holder: accountNamed('p1'),
      },
    ],
  } as unknown as ProductGenesis & NaiveGenesis
}
