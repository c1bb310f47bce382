import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipWithout } from '../../tools/system-tools.ts'
import { tableOf } from './print-differential.ts'
import { allRules } from './rules.ts'
import { runDifferential } from './run-differential.ts'

const skip = skipWithout('knotd', 'nsd', 'dnssec-signzone')

test('Knot and NSD answer as we do, or there is a reason that has a clause', {
  skip,
  timeout: 120_000,
}, async (context) => {
  const result = await runDifferential({ seed: 20_261_121, zones: 40 })
  context.diagnostic(`${result.queries} questions`)
  assert.deepEqual(result.unexplained, [])
  // A rule that no question needed would be compared by nobody.
  const unused = allRules.filter((rule) => !result.rules.has(rule))
  assert.deepEqual(unused, [], tableOf(result).join('\n'))
})
