import assert from 'node:assert/strict'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { Cluster } from './cluster.ts'
import { assertOneLine } from './one-line.ts'

let cluster: Cluster
before(async () => {
  cluster = await Cluster.start({ validators: 1 })
  const key = await cluster.fundedKey('alice.key')
  await cluster.json('name', 'register', 'shop.acme', '--key', key)
  await cluster.json('account', 'transfer', '00'.repeat(32), '1', '--key', key)
})
after(() => cluster?.stop())

test('an exported ledger is replayed to the certified roots, without a node', async () => {
  const written = await cluster.json('ledger', 'export', 'acme.ledger')
  assert.ok(Number(written['height']) >= 3)
  const replayed = await cluster.json('ledger', 'replay', 'acme.ledger', '--node', 'http://127.0.0.1:1')
  assert.equal(replayed['height'], written['height'])
  assert.equal(replayed['genesis'], written['genesis'])
  const block = await cluster.json('ledger', 'block', String(written['height']))
  assert.equal(replayed['stateRoot'], block['stateRoot'])

  assertOneLine(await cluster.cresset('ledger', 'export', 'acme.ledger'), 2, /acme\.ledger exists/)
  assertOneLine(await cluster.cresset('ledger', 'replay', 'none.ledger'), 2, /there is no file/)
})

test('an export that was broken off goes on where it was cut, and only there', async () => {
  const text = await readFile(cluster.path('acme.ledger'), 'utf8')
  const lines = text.split('\n')
  // Cut in the middle of the third block.
  const cut = `${lines.slice(0, 3).join('\n')}\n${lines[3]?.slice(0, 50)}`
  await writeFile(cluster.path('again.ledger.partial'), cut)
  assertOneLine(await cluster.cresset('ledger', 'export', 'again.ledger'), 2, /give --resume/)
  await cluster.json('ledger', 'export', 'again.ledger', '--resume')
  const again = await readFile(cluster.path('again.ledger'), 'utf8')
  assert.ok(again.startsWith(text))

  await rename(cluster.path('again.ledger'), cluster.path('other.ledger.partial'))
  const changed = again.replace(lines[2] as string, lines[3] as string)
  await writeFile(cluster.path('other.ledger.partial'), changed)
  assertOneLine(await cluster.cresset('ledger', 'export', 'other.ledger', '--resume'), 2, /wrong at height 2: not-next/)
})

test('an export in which a byte was changed is refused', async () => {
  const lines = (await readFile(cluster.path('acme.ledger'), 'utf8')).split('\n')
  const block = JSON.parse(lines[2] as string) as { block: string; certificate: string }
  const other = JSON.parse(lines[1] as string) as { block: string; certificate: string }
  for (const [name, wrong] of [
    ['certificate', { ...block, certificate: other.certificate }],
    ['block', { ...block, block: `${block.block.slice(0, -4)}${block.block.endsWith('AAAA') ? 'BBBB' : 'AAAA'}` }],
    ['order', other],
  ] as const) {
    const changed = lines.with(2, JSON.stringify(wrong))
    await writeFile(cluster.path(`${name}.ledger`), changed.join('\n'))
    const ran = await cluster.cresset('ledger', 'replay', `${name}.ledger`)
    assert.ok(ran.code === 4 || ran.code === 2, `${name}: ${ran.code} ${ran.stderr}`)
    assert.match(ran.stderr, /wrong at height 2/)
  }
})
