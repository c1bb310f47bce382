import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_POWER, MAX_VALIDATORS, parameterTable } from '@cresset/core-chain'
import { maxValidators } from '../entries/node.ts'
import { mostPower } from '../stake/power.ts'
import { defaultParameters } from '../testing/index.ts'
import { changeKinds } from './change.ts'
import { isChangeable, parameterRanges } from './parameter-ranges.ts'
import { thresholdName } from './proposals.ts'

test('a vote sets parameters within the ranges that genesis has', () => {
  const rows = new Map(parameterTable.map((row) => [row.name as string, row]))
  for (const [name, [least, greatest]] of Object.entries(parameterRanges)) {
    const row = rows.get(name)
    assert(row !== undefined && row.type !== 'text', name)
    assert.deepEqual([BigInt(row.minimum), BigInt(row.maximum)], [least, greatest], name)
  }
})

test('every parameter of the ledger is changeable or listed here as fixed, and every kind of change has its threshold', () => {
  const fixed = Object.keys(defaultParameters).filter((name) => !isChangeable(name))
  assert.deepEqual(fixed.sort(), [
    'currencyDecimals',
    'currencyName',
    'defaultTtlSeconds',
    'maxBlockBytes',
    'maxBlockIntervalMs',
    'maxBlockUnits',
    'maxTransactionBytes',
    'quantum',
    'securityLevels',
    'stakeUnit',
  ])
  for (const kind of changeKinds) assert(thresholdName(kind) in defaultParameters, kind)
})

test('the limits of validators are those of core/chain', () => {
  assert.deepEqual([maxValidators, mostPower], [MAX_VALIDATORS, MAX_POWER])
})
