import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { send } from '@cresset/access-client'
import { accountOf } from '@cresset/core-crypto'
import { ValidatorProcess } from '../../../access/cli/src/network/validator-process.ts'
import { Validators } from '../validators.ts'

/** It waits to see that nothing happens, so it is part of the campaign. */
let validators: Validators
before(async () => {
  validators = await Validators.make({ sets: { maxBlockInterval: '1s' } })
  await validators.startAll()
})
after(() => validators?.[Symbol.asyncDispose]())

/** Ten heartbeats. */
const STANDSTILL_MS = 10_000

test('when all vote records are lost the network stands still and says why, until its operators vouch for the votes', async () => {
  const founder = await validators.founder()
  const pay = () =>
    send(validators.client(0), [founder], {
      kind: 'transfer',
      body: { to: accountOf(founder.publicKey), amount: 1n, memo: new Uint8Array(0) },
    })
  await pay()
  await Promise.all(validators.processes.map((process) => process.stop()))
  for (const { name } of validators.genesis.nodes)
    await rm(join(validators.paths.node(name).data, 'votes'), { recursive: true })

  await Promise.all(validators.processes.map((process) => process.start()))
  const waits = await validators.until(
    0,
    ({ problems }) => problems.some((line) => /does not vote below height \d+: its vote record is missing/.test(line)),
    'the node does not say why it does not vote',
  )
  await delay(STANDSTILL_MS)
  const still = await validators.status(0)
  assert.ok(still.height <= waits.height + 1, 'what was on its way may still become final')

  await Promise.all(validators.processes.map((process) => process.stop()))
  const vouched = validators.genesis.nodes.map(
    ({ name }) =>
      new ValidatorProcess({
        name,
        folder: validators.paths.node(name).folder,
        nodeMain: fileURLToPath(import.meta.resolve('@cresset/node/main')),
        arguments: ['--vote-without-record'],
        readyTimeoutMs: 60_000,
      }),
  )
  try {
    await Promise.all(vouched.map((process) => process.start()))
    await validators.until(0, ({ height }) => height >= still.height + 5, 'the network does not move')
    await pay()
    const { problems } = await validators.status(0)
    assert.match(problems.join('\n'), /start it without --vote-without-record once blocks are made/)
  } finally {
    await Promise.all(vouched.map((process) => process.stop()))
  }

  // Its record is whole again.
  await Promise.all(validators.processes.map((process) => process.start()))
  await pay()
  await validators.until(0, ({ problems }) => problems.length === 0, 'something is still wrong')
})
