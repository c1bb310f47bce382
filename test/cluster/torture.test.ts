import assert from 'node:assert/strict'
import { test } from 'node:test'
import { torture } from '../torture/torture.ts'
import { temporaryFolder } from './cluster.ts'

/** `npm run torture` for some seconds: the rest of its faults, and minutes of them, are the campaign's. */
test('faults under load, one after the other: nothing that a client was told is final is lost, roots are equal', async (context) => {
  await using folder = await temporaryFolder()
  const seed = Number(process.env['CRESSET_TEST_SEED'] ?? 1)
  const only = ['kill-proposer', 'stop-proposer', 'all-down', 'partition']
  const result = await torture({
    folder: folder.path,
    seed,
    validators: 4,
    senders: 6,
    perSecond: 30,
    only,
    namespaces: true,
    brief: true,
    isOver: (done) => done === only.length,
    print: (line) => context.diagnostic(line),
  })
  if (result.failure !== undefined) throw result.failure.error
  for (const [name, reason] of result.skipped) context.diagnostic(`left out: ${name}: ${reason}`)
  // What was skipped gave its turn to another one.
  assert.equal(result.results.length, only.length)
  assert.ok(result.transfers > 20, `${result.transfers} transfers`)
  assert.ok(result.answers >= 4 * result.transfers, 'every node was asked for every transfer')
})
