import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { findReceipt, prepareTransaction, send, submitTransaction } from '@cresset/access-client'
import { validatorsOf } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { accountOf, generateKeyPair, keyPairSigner } from '@cresset/core-crypto'
import { readAccount, signTransaction, transactionId } from '@cresset/core-ledger'
import { Validators } from './validators.ts'

/** Index among the nodes of genesis of the one that proposes at a height in view 0. */
function proposerOf(validators: Validators, height: number): number {
  const set = validatorsOf(validators.genesis).validators
  const proposer = set[height % set.length]
  return validators.genesis.nodes.findIndex((node) => proposer && toHex(node.consensusKey) === toHex(proposer.key))
}

test('SIGKILL of the proposer under a stream of transactions: what a client saw as final is final, what it did not can be sent again', async () => {
  await using validators = await Validators.make()
  await validators.startAll()
  const founder = await validators.founder()
  const senders = Array.from({ length: 6 }, () =>
    keyPairSigner(generateKeyPair('ed25519', new Uint8Array(randomBytes(32)))),
  )
  const client = validators.client()
  for (const sender of senders) {
    await send(client, [founder], {
      kind: 'transfer',
      body: { to: accountOf(sender.publicKey), amount: 10_000_000n, memo: new Uint8Array(0) },
    })
  }

  const final = new Set<string>()
  const unknown: { bytes: Uint8Array; sender: number }[] = []
  const perSender = 25
  let sent = 0
  const target = accountOf(founder.publicKey)
  const before = (await client.query((view) => readAccount(view, target))).value.balance
  const stream = senders.map(async (sender, index) => {
    const own = validators.client(index % 4, (index + 1) % 4, (index + 2) % 4, (index + 3) % 4)
    for (let sequence = 0; sequence < perSender; sequence++) {
      const action = { kind: 'transfer' as const, body: { to: target, amount: 1n, memo: new Uint8Array(0) } }
      const bytes = await signTransaction(await prepareTransaction(own, [sender.publicKey], action, { sequence }), [
        sender,
      ])
      sent += 1
      try {
        await submitTransaction(own, bytes, 30_000)
        final.add(toHex(transactionId(bytes)))
      } catch {
        unknown.push({ bytes, sender: index })
      }
    }
  })
  while (sent < 30) await new Promise((resolve) => setTimeout(resolve, 5))
  const { height } = await validators.status(0)
  const victim = proposerOf(validators, height + 1)
  await validators.processes[victim]?.stop('SIGKILL')
  await Promise.all(stream)

  const survivor = (victim + 1) % 4
  const living = validators.client(survivor, (victim + 2) % 4)
  for (const id of final) {
    assert.ok(await findReceipt(living, Buffer.from(id, 'hex')), `transaction ${id} was final and is lost`)
  }
  // What ended unknown is sent again as it is: it takes effect once.
  for (const { bytes } of unknown) await submitTransaction(living, bytes, 30_000)
  const after = (await living.query((view) => readAccount(view, target))).value.balance
  assert.equal(after - before, BigInt(senders.length * perSender))

  await validators.processes[victim]?.start()
  const newest = await validators.status(survivor)
  const returned = await validators.until(
    victim,
    (status) => status.height >= newest.height,
    'the killed validator did not catch up',
  )
  const compared = await validators.until(
    survivor,
    (status) => status.height >= returned.height,
    'the survivor fell behind',
  )
  if (compared.height === returned.height) assert.equal(compared.stateRoot, returned.stateRoot)
  await send(validators.client(victim), [founder], {
    kind: 'transfer',
    body: { to: target, amount: 1n, memo: new Uint8Array(0) },
  })
})
