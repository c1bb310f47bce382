import assert from 'node:assert/strict'
import test from 'node:test'
import { GenesisError } from './genesis-error.ts'
import { parametersCodec, parameterTable } from './parameters.ts'
import { parametersFrom, parseAmount } from './settings.ts'

test('the defaults are those written down when they were chosen', () => {
  assert.deepEqual(parametersFrom({}), {
    currencyName: 'credit',
    currencyDecimals: 6,
    founderBalance: 1_000_000_000_000n,
    depositRateQuanta: 1,
    depositRatePeriodMs: 36_000,
    nameTermMs: 0,
    feeEveryBlocks: 60,
    quantum: 14n,
    transactionFeeBase: 100n,
    transactionFeePerByte: 1n,
    nameNodesSharePercent: 20,
    securityLevels: 4,
    votingLevel: 1,
    defaultTtlSeconds: 300,
    minTtlSeconds: 30,
    maxTtlSeconds: 86_400,
    maxBlockIntervalMs: 10_000,
    revealWindowMs: 60_000,
    bond: 1_000_000n,
    maxOpenSealsWithoutBond: 4,
    graceMs: 604_800_000,
    releaseDelayMs: 86_400_000,
    maxBlockBytes: 1_048_576,
    maxBlockUnits: 20_000,
    maxTransactionBytes: 65_536,
    keepVersions: 256,
    trustingPeriodMs: 1_209_600_000,
    unbondingMs: 1_814_400_000,
    maxStalenessMs: 300_000,
    proposalWindowMs: 604_800_000,
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
    zoneAlgorithm: 'ed25519',
    zoneDenial: 'chain',
    soaRefreshSeconds: 60,
    soaRetrySeconds: 30,
    soaExpireSeconds: 86_400,
    soaMinimumSeconds: 30,
  })
})

test('about one credit in 30 days at the default rate', () => {
  const p = parametersFrom({})
  const quanta = BigInt((30 * 86_400_000) / p.depositRatePeriodMs) * BigInt(p.depositRateQuanta)
  assert.equal(quanta * p.quantum, 1_008_000n)
})

test('values take units, and names the short form', () => {
  const p = parametersFrom({
    maxBlockInterval: '2s',
    revealWindow: '5min',
    graceMs: '1d',
    bond: '0.5 credit',
    quantum: '20',
    maxBlockBytes: '2 MiB',
    soaRefresh: '2min',
    depositRate: '3/1h',
  })
  assert.equal(p.maxBlockIntervalMs, 2_000)
  assert.equal(p.revealWindowMs, 300_000)
  assert.equal(p.graceMs, 86_400_000)
  assert.equal(p.bond, 500_000n)
  assert.equal(p.quantum, 20n)
  assert.equal(p.maxBlockBytes, 2_097_152)
  assert.equal(p.soaRefreshSeconds, 120)
  assert.deepEqual([p.depositRateQuanta, p.depositRatePeriodMs], [3, 3_600_000])
})

test('without currency nothing costs anything, and each rule of it can be set apart', () => {
  const p = parametersFrom({ currency: 'none', nameTerm: '90d', bond: '1' })
  assert.equal(p.founderBalance + p.transactionFeeBase + p.transactionFeePerByte, 0n)
  assert.deepEqual([p.depositRateQuanta, p.nameTermMs, p.bond], [0, 90 * 86_400_000, 1n])
  assert.throws(() => parametersFrom({ currency: 'none', depositRate: '1/36s' }), /only with depositRateQuanta 0/)
})

test('whole units follow the decimals', () => {
  const p = parametersFrom({ currencyDecimals: '2', currency: 'mark', bond: '1.50 mark' })
  assert.equal(p.founderBalance, 100_000_000n)
  assert.equal(p.bond, 150n)
})

test('what cannot be meant is refused in one line', () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ nothing: '1' }, /--set nothing: no such parameter; there are currencyName/],
    [{ feeEveryBlocks: '9' }, /--set feeEveryBlocks: 9 is not from 10/],
    [{ feeEveryBlocks: '1e3' }, /--set feeEveryBlocks: "1e3" is not like/],
    [{ maxBlockInterval: '2 parsecs' }, /"2 parsecs" is not like/],
    [{ soaRefreshSeconds: '1500ms' }, /not a whole number of seconds/],
    [{ bond: '1 euro' }, /the currency is credit/],
    [{ bond: '1.5' }, /smallest units are whole/],
    [{ bond: '0.0000001 credit' }, /credit has 6 decimals/],
    [{ bond: '-1' }, /is not an amount/],
    [{ grace: '1d', graceMs: '2d' }, /given twice/],
    [{ zoneDenial: 'none' }, /expected chain or compact/],
    [{ unbonding: '14d' }, /trustingPeriodMs must be below unbondingMs/],
    [{ maxBlockInterval: '10min' }, /maxStalenessMs must be at least twice/],
    [{ votingLevel: '4' }, /votingLevel must be below securityLevels/],
    [{ founderBalance: '99999999999999 credit' }, /founderBalance/],
  ]
  for (const [sets, expected] of cases) {
    assert.throws(
      () => parametersFrom(sets),
      (error) => error instanceof GenesisError && expected.test(error.message) && !error.message.includes('\n'),
      JSON.stringify(sets),
    )
  }
})

test('every default and both limits of every row are encodable, and nothing beyond', () => {
  const defaults = parametersFrom({})
  assert.deepEqual(parametersCodec.decode(parametersCodec.encode(defaults)), defaults)
  for (const row of parameterTable) {
    if (row.type === 'text') continue
    for (const value of [row.minimum, row.maximum]) parametersCodec.encode({ ...defaults, [row.name]: value })
    const over = typeof row.maximum === 'bigint' ? row.maximum + 1n : row.maximum + 1
    assert.throws(() => parametersCodec.encode({ ...defaults, [row.name]: over }), new RegExp(row.name))
  }
})

test('amounts with separators and without a space', () => {
  assert.equal(parseAmount('1,000,000 credit', { name: 'credit', decimals: 6 }), 1_000_000_000_000n)
  assert.equal(parseAmount('2credit', { name: 'credit', decimals: 0 }), 2n)
})
