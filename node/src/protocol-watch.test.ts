import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pass, Scenario } from '@cresset/core-ledger/testing'
import { ProtocolWatch } from './protocol-watch.ts'
import { asStartError } from './start-error.ts'

test('an upgrade that this release lacks is told of when it is decided and ends the node before its first block', () => {
  const ledger = new Scenario({ validators: 1 })
  const told: string[] = []
  const watch = (versions: readonly number[]) =>
    new ProtocolWatch({
      view: () => ledger.state,
      logger: { warn: (_details: unknown, line?: unknown) => told.push(String(line)) } as never,
      versions,
    })
  const running = watch([1])
  assert.equal(running.problemAfter(ledger.height), undefined)
  const { receipts } = pass(ledger, { kind: 'upgrade', body: { version: 2, height: 20 } })
  assert.deepEqual(told, [])
  running.commit({ transactions: receipts.map(({ code, events }) => ({ id: new Uint8Array(32), code, events })) })
  assert.match(
    told.join(),
    /^from height 20 on the ledger follows version 2 of its rules, this release has up to 1; install/,
  )
  assert.equal(running.problemAfter(18), undefined)
  const problem = running.problemAfter(19)
  assert(problem !== undefined)
  assert.equal(asStartError(problem).exitStatus, 11)

  assert.equal(watch([1, 2]).problemAfter(19), undefined)
  assert.equal(watch([1]).problemAfter(19)?.code, 'protocol-unknown', 'also after a restart')
})
