import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createApi } from '@cresset/access-http-api'
import { TestNode } from '@cresset/access-http-api/testing'
import { genesisToJson } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { exitCodes } from '../../exit-codes.ts'
import { run } from '../../program.ts'

test('an account is told what it paid and what it got, page by page, and from which block on', async (t) => {
  const node = await TestNode.start()
  const api = await createApi(node.backend, { host: '127.0.0.1', port: 0 })
  const folder = await mkdtemp(join(tmpdir(), 'cresset-history-'))
  t.after(async () => {
    await api.close()
    await node.close()
    await rm(folder, { recursive: true })
  })
  const genesis = join(folder, 'genesis.json')
  await writeFile(genesis, genesisToJson(node.ledger.genesis))
  const [payer, receiver] = [0, 1].map((user) => toHex(accountOf(node.ledger.users[user]!.publicKey)))
  for (const [sequence, amount] of [2_500_000n, 10n ** 15n].entries())
    node.backend.submit(node.ledger.transfer(0, sequence, 1, amount))
  await node.commit()
  await node.accountsIndexed()

  const cresset = async (...args: string[]) => {
    const written = { stdout: '', stderr: '' }
    const stream = (name: 'stdout' | 'stderr') => ({ write: (text: string) => (written[name] += text) })
    const variables = { XDG_STATE_HOME: folder, HOME: folder }
    const environment = { variables, interactive: false, nowMs: () => node.nowMs }
    const streams = { stdout: stream('stdout'), stderr: stream('stderr') }
    const common = ['--genesis', genesis, '--node', api.url]
    return { status: await run(['account', 'history', ...args, ...common], { ...environment, ...streams }), ...written }
  }

  const got = await cresset(receiver as string)
  assert.equal(got.status, exitCodes.ok, got.stderr)
  assert.match(
    got.stdout,
    new RegExp(`^[0-9-]+ [0-9:]+ UTC  block \\d+  transfer  \\+2\\.5 credit  from ${payer}  [0-9a-f]{64}\n$`),
  )
  assert.match(got.stderr, /blocks 1 to \d+, on the word of the node/)

  const first = await cresset(payer as string, '--limit', '1', '--json')
  const page = JSON.parse(first.stdout) as { transactions: { code: string; direction?: string }[]; next: string }
  assert.deepEqual(
    page.transactions.map(({ code, direction }) => [code, direction]),
    [['balance-too-low', undefined]],
  )
  const second = await cresset(payer as string, '--after', page.next)
  assert.match(second.stdout, new RegExp(`transfer  -2\\.5 credit  to ${receiver}  `))
  assert.match((await cresset(payer as string, '--kind', 'seal')).stdout, /^no transactions\n$/)
  assert.equal((await cresset(payer as string, '--kind', 'nothing')).status, exitCodes.usage)
})
