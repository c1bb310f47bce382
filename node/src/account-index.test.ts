import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { accountOf } from '@cresset/core-crypto'
import { LedgerApplication } from '@cresset/network-application'
import { TestLedger } from '@cresset/network-application/testing'
import { openMemoryStore } from '@cresset/network-storage'
import type { Logger } from 'pino'
import { startAccountIndex } from './account-index.ts'
import { type NodeFile, nodeFileFromJson, nodeFileToJson } from './folder/node-file.ts'
import { Resources } from './resources.ts'

test("lists of accounts' transactions that cannot be read are made anew from the blocks", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'account-index-'))
  t.after(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'accounts'))
  await writeFile(join(folder, 'accounts', 'data.mdb'), 'no store')
  const ledger = new TestLedger()
  const application = await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis })
  await ledger.commit(application, [ledger.transfer(0, 0, 1, 5n)])
  const told: string[] = []
  const note = (_details: object, text: string): void => void told.push(text)
  const resources = new Resources()
  const logger = { warn: note, error: note } as unknown as Logger
  const index = await startAccountIndex(application, folder, logger, resources)
  const page = () => index.page(accountOf(ledger.users[1]!.publicKey), { limit: 2 })
  while (page()?.height !== 1) await new Promise(setImmediate)
  assert.deepEqual(
    page()?.transactions.map(({ amount }) => amount),
    [5n],
  )
  await resources.close()
  assert.deepEqual(told, ["the index of accounts' transactions is made anew"])
})

test('node.json says whether a node keeps them', () => {
  const at = { host: '127.0.0.1', port: 1 }
  const file: NodeFile = {
    name: 'ada',
    genesis: 'genesis.json',
    listen: { agreement: at, api: at, dns: undefined },
    logLevel: 'info',
  }
  for (const said of [file, { ...file, accountIndex: false }, { ...file, accountIndex: true }])
    assert.deepEqual(nodeFileFromJson(nodeFileToJson(said), 'node.json'), said)
  const wrong = JSON.stringify({ ...JSON.parse(nodeFileToJson(file)), accountIndex: 'no' })
  assert.throws(() => nodeFileFromJson(wrong, 'node.json'), /accountIndex: expected true or false/)
})
