import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chainIdOf } from '@cresset/core-chain'
import { accountOf, keyPairSigner } from '@cresset/core-crypto'
import { type Action, changeDigest, type LedgerChange, readNodes, signTransaction } from '@cresset/core-ledger'
import { type FileKey, openKeyFile } from '@cresset/keys'
import { TestNetwork } from './testing/test-network.ts'

test('links follow the votes: a node that moved is met at its new place, one that was removed hears of it and is cut', {
  timeout: 90_000,
}, async (context) => {
  const network = await TestNetwork.create()
  context.after(() => network.close())
  await network.startAll()
  const { consortium, user } = network
  const identities: FileKey[] = []
  for (const name of consortium.nodes) identities.push(await openKeyFile(consortium.paths.node(name).identityKey))
  const idOf = (index: number): Uint8Array => accountOf(identities[index]!.publicKey)
  let sequence = 0
  const send = async (member: number, action: Action): Promise<void> => {
    const identity = identities[member]!
    const signers = [user.publicKey, identity.publicKey]
    const transaction = await signTransaction(
      {
        chainId: chainIdOf(consortium.genesis),
        signers,
        sequence: sequence++,
        validUntilMs: Date.now() + 3_600_000,
        fee: 20_000n,
        action,
      },
      [keyPairSigner(user), identity],
    )
    const { application } = network.nodes[0]!
    const { code, id } = application.checkTx(transaction, 'local')
    assert.equal(code, 'ok')
    assert.equal((await application.awaitReceipt(id, 20_000))?.receipt.code, 'ok')
  }
  let number = 0
  const decide = async (change: LedgerChange): Promise<void> => {
    const proposal = ++number
    await send(0, { kind: 'propose', body: { node: idOf(0), change } })
    for (const member of [1, 2]) {
      const body = { node: idOf(member), proposal, change: changeDigest(change), isYes: true }
      await send(member, { kind: 'vote', body })
    }
  }
  const linked = (index: number): number =>
    network.nodes[index]!.status().peers.filter(({ connected }) => connected).length
  await network.until('all are linked', () => [0, 1, 2, 3].every((index) => linked(index) === 3))

  // Node 4 comes back at another port; before the vote nobody finds it, and it is found by nobody but those it dials.
  const entry = readNodes(network.nodes[0]!.application.queries.view()).find(({ name }) => name === 'node4')!
  const { listen } = await network.configuration(3)
  const port = listen.agreement.port + 1_000
  const { roleBits, securityLevel, endpoints } = entry
  const moved = { ...endpoints, agreement: `127.0.0.1:${port}` }
  await network.stop(3)
  await decide({ kind: 'setNodeProperties', body: { node: idOf(3), roleBits, securityLevel, endpoints: moved } })
  await network.start(3, { listen: { ...listen, agreement: { host: '127.0.0.1', port } } })
  await network.until('the moved node is linked with all', () => [0, 1, 2, 3].every((index) => linked(index) === 3))

  await decide({ kind: 'removeNode', body: { node: idOf(3) } })
  const removed = network.nodes[3]!
  await network.until('it hears of its removal', () => removed.status().membership === 'removed')
  assert.match(removed.status().problems.join(), /the ledger does not list node4 any more/)
  await network.until('the others cut it off', () => linked(3) === 0)
  for (const index of [0, 1, 2]) {
    const { peers, ready, problems } = network.nodes[index]!.status()
    assert.deepEqual(
      peers.map(({ name }) => name).sort(),
      consortium.nodes.filter((_, other) => other !== index && other < 3),
    )
    assert.equal(ready, true, problems.join('; '))
  }
  assert.equal(removed.status().ready, false)
  const body = { to: idOf(0), amount: 1n, memo: new Uint8Array(0) }
  await send(0, { kind: 'transfer', body })
  assert.ok(removed.application.head.height < network.nodes[0]!.application.head.height)
})
