import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Api, createApi } from '@cresset/access-http-api'
import { TestNode } from '@cresset/access-http-api/testing'
import { genesisToJson } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import { type ActionBody, transactionId } from '@cresset/core-ledger'
import { MIN_KEEP_BLOCKS } from '@cresset/network-application'
import { exitCodes } from './exit-codes.ts'
import { leastKeepBlocks } from './keep-blocks-option.ts'
import { run } from './program.ts'

const blocks = 14
const keepBlocks = 5
const oldest = blocks - keepBlocks + 1
let node: TestNode
let api: Api
let folder: string
/** Of the transfer of each height. */
const ids: string[] = []

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-forgotten-'))
  node = await TestNode.start({}, [], { keepBlocks, keepVersions: 3 })
  api = await createApi(node.backend, { host: '127.0.0.1', port: 0 })
  await writeFile(join(folder, 'genesis.json'), genesisToJson(node.ledger.genesis))
  node.commitsAtOnce = false
  const { ledger } = node
  const { seal, reveal } = ledger.registration(0, 0, 'shop.acme')
  for (const bytes of [seal, reveal]) {
    node.backend.submit(bytes)
    await node.commit()
  }
  for (let sequence = 0; node.application.head.height < blocks; sequence++) {
    const key = Uint8Array.of(...sha256(Uint8Array.of(sequence)).subarray(0, 31), 0)
    const transfer = ledger.transfer(1, sequence, 2, 1n)
    const body = { name: 'shop.acme', key }
    const change = ledger.sign(ledger.users[0]!, 2 * sequence + 2, { kind: 'setEncryptionKey', body })
    const published = ledger.sign(ledger.users[0]!, 2 * sequence + 3, { kind: 'publish', body: textAt(sequence) })
    for (const bytes of [transfer, change, published]) assert.equal(node.backend.submit(bytes).code, 'ok')
    await node.commit()
    ids[node.application.head.height] = toHex(transactionId(transfer))
  }
})
after(async () => {
  await api.close()
  await node.close()
  await rm(folder, { recursive: true })
})

/** A text that says which publication it is of. */
function textAt(number: number): ActionBody<'publish'> {
  return {
    name: 'shop.acme',
    host: 'www',
    ttlSeconds: undefined,
    servers: [],
    services: [],
    recordSets: [{ type: 16, ttlSeconds: undefined, data: [Uint8Array.of(1, number)] }],
    keyOverlap: 'none',
  }
}

async function cresset(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' }
  const stream = (name: 'stdout' | 'stderr') => ({ write: (text: string) => (written[name] += text) })
  const environment = {
    variables: { XDG_STATE_HOME: folder, HOME: folder },
    interactive: false,
    nowMs: () => node.nowMs,
    stdout: stream('stdout'),
    stderr: stream('stderr'),
  }
  const common = ['--genesis', join(folder, 'genesis.json'), '--node', api.url]
  return { code: await run([...args, ...common], environment), ...written }
}

/** One line, which says from where the node keeps blocks, behind that of a watch that begins. */
async function toldInALine(text: RegExp, ...args: string[]): Promise<void> {
  const told = await cresset(...args)
  assert.equal(told.code, exitCodes.notFound, told.stderr)
  assert.match(told.stderr, text)
  assert.match(told.stderr, /^(watching from block \d+ on\n)?cresset: [^\n]+\n$/)
}

test('what a node forgot is told in a line with the oldest height that it keeps', async () => {
  await toldInALine(
    new RegExp(`block 3 is no longer kept here: this node keeps blocks from height ${oldest} on`),
    'ledger',
    'block',
    '3',
  )
  const forgotten = new RegExp(
    `no node knows transaction ${ids[5]}, or it was final before block ${oldest}, the oldest`,
  )
  await toldInALine(forgotten, 'ledger', 'transaction', ids[5] as string)
  await toldInALine(/block 3 is no longer kept/, 'ledger', 'watch', '--from', '3', '--count', '1')
  assert.equal((await cresset('ledger', 'transaction', ids[oldest] as string)).code, exitCodes.ok)
  assert.equal((await cresset('ledger', 'block', String(oldest))).code, exitCodes.ok)
})

test('an export from a node that forgot the first block says so and leaves no file', async () => {
  const path = join(folder, 'acme.ledger')
  const reason = /an export has every block from the first on: block 1 is no longer kept here: .* with --node\n$/
  await toldInALine(reason, 'ledger', 'export', path)
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('acme')),
    [],
  )
})

test('the history of a name ends where the node forgot it, and says so', async () => {
  const told = await cresset('name', 'history', 'shop.acme')
  assert.equal(told.code, exitCodes.notFound, told.stderr)
  assert.match(
    told.stderr,
    new RegExp(`keeps records before revision \\d+ \\(they keep blocks from height ${oldest} on\\)`),
  )
  // The newest, and what each of the kept blocks replaced.
  assert.equal(told.stdout.match(/^revision \d+ {2}block/gm)?.length, 1 + keepBlocks, told.stdout)
  assert.doesNotMatch(told.stdout, /whole history/)
  assert.equal((await cresset('name', 'history', 'shop.acme', '--limit', '3')).code, exitCodes.ok)
})

test('so does the history of a host', async () => {
  const told = await cresset('host', 'history', 'www.shop.acme')
  assert.equal(told.code, exitCodes.notFound, told.stderr)
  assert.match(
    told.stderr,
    new RegExp(`keeps records before revision \\d+ \\(they keep blocks from height ${oldest} on\\)`),
  )
  assert.equal(told.stdout.match(/^revision \d+ {2}block/gm)?.length, 1 + keepBlocks, told.stdout)
  assert.equal((await cresset('host', 'history', 'www.shop.acme', '--limit', '3')).code, exitCodes.ok)
})

test('how many blocks a node keeps is chosen when its folder is made, with the least number that a node takes', async () => {
  assert.equal(leastKeepBlocks, MIN_KEEP_BLOCKS)
  const init = ['node', 'init', '--dir', join(folder, 'west'), '--name', 'west', '--kind', 'local', '--keep-blocks']
  const refused = await cresset(...init, '19999')
  assert.equal(refused.code, exitCodes.usage)
  assert.match(refused.stderr, /--keep-blocks.*give a whole number from 20000 to/)
  assert.equal((await cresset(...init, '20000')).code, exitCodes.ok)
})
