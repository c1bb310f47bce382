import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addTo, DifferentialSum } from './differential-sum.ts'
import { ENOUGH_QUESTIONS, tableOf } from './print-differential.ts'
import { allRules } from './rules.ts'

function part(questions: number): DifferentialSum {
  const sum = new DifferentialSum()
  sum.zones = 40
  sum.queries = questions * allRules.length
  sum.seconds = 2
  for (const rule of allRules) addTo(sum.rules, rule, questions)
  addTo(sum.accepted, 'nsd: RFC 1: a reason')
  sum.unexplainedCount = 15
  for (let index = 0; index < sum.unexplainedCount; index++) sum.keep(`${index}`)
  return sum
}

test('parts add up, also when one was written down in between', () => {
  const whole = DifferentialSum.fromJson(JSON.parse(JSON.stringify(part(600).toJson())))
  assert.deepEqual(whole, part(600))
  whole.add(part(400))
  const { zones, queries, seconds, unexplainedCount } = whole
  assert.deepEqual([zones, queries, seconds, unexplainedCount], [80, 1_000 * allRules.length, 4, 30])
  assert.equal(whole.rules.get('glue'), 1_000)
  assert.equal(whole.accepted.get('nsd: RFC 1: a reason'), 2)
  assert.equal(whole.unexplained.length, 20, 'of many differences the first are kept')
})

test('the table says which rules too few questions needed', () => {
  const sum = part(ENOUGH_QUESTIONS)
  assert.doesNotMatch(tableOf(sum).join('\n'), /covered/i)
  sum.rules.set('glue', ENOUGH_QUESTIONS - 1)
  sum.rules.delete('alias')
  const table = tableOf(sum).join('\n')
  assert.match(table, /^ +999 {2}glue {3}NOT COVERED$/m)
  assert.match(table, /^ +0 {2}alias {3}NOT COVERED$/m)
  assert.match(table, /questions needed them: alias, glue$/m)
})
