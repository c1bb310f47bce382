import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createApi } from '@cresset/access-http-api'
import { TestNode } from '@cresset/access-http-api/testing'
import { genesisToJson } from '@cresset/core-chain'
import fc from 'fast-check'
import { exitCodes } from '../exit-codes.ts'
import { run } from '../program.ts'
import { toldStatus } from './told-status.ts'

const whole = {
  node: 'a',
  chainId: 'cresset-0123456789abcdef',
  engine: 'pbft',
  phase: 'idle',
  height: 7,
  view: 0,
  timeMs: 1_700_000_000_000,
  mempool: { count: 0 },
  peers: [{ name: 'b', connected: true }],
  problems: ['none'],
  agreement: {
    height: 8,
    validators: [{ id: '00', name: 'a', power: 1, presence: 'voting', stateRoot: null }],
  },
}

test('an answer of another form is no status, whatever it holds', () => {
  assert.equal(toldStatus(whole), whole)
  const places = [
    ...Object.keys(whole).map((field) => [field]),
    ['mempool', 'count'],
    ['peers', '0'],
    ['peers', '0', 'name'],
    ['problems', '0'],
    ['agreement', 'height'],
    ['agreement', 'validators'],
    ['agreement', 'validators', '0'],
    ...Object.keys(whole.agreement.validators[0]!).map((field) => ['agreement', 'validators', '0', field]),
  ]
  for (const place of places) {
    for (const lie of [undefined, {}, -1, 1.5, 1e300, true]) {
      const altered = structuredClone(whole) as never
      const parent = place.slice(0, -1).reduce((at: Record<string, never>, field) => at[field]!, altered)
      parent[place.at(-1)!] = lie as never
      assert.equal(toldStatus(altered), undefined, `${place.join('.')}: ${String(lie)}`)
    }
  }
  fc.assert(fc.property(fc.jsonValue(), (value) => toldStatus(value) === undefined))
})

test('a node that answers nonsense does not hide the others', { timeout: 90_000 }, async (t) => {
  const node = await TestNode.start()
  const api = await createApi(node.backend, { host: '127.0.0.1', port: 0 })
  const folder = await mkdtemp(join(tmpdir(), 'cresset-status-'))
  let lie: unknown
  const liar = createServer((_request, response) => response.end(JSON.stringify(lie))).listen(0, '127.0.0.1')
  t.after(async () => {
    liar.closeAllConnections()
    liar.close()
    await api.close()
    await node.close()
    await rm(folder, { recursive: true })
  })
  await once(liar, 'listening')
  const address = `http://127.0.0.1:${(liar.address() as AddressInfo).port}`
  const genesis = join(folder, 'genesis.json')
  await writeFile(genesis, genesisToJson(node.ledger.genesis))
  for (lie of [
    {},
    [],
    { ...whole, problems: 7 },
    { ...whole, timeMs: 1e300 },
    { ...whole, agreement: { validators: {} } },
  ]) {
    const written = { stdout: '', stderr: '' }
    const stream = (name: 'stdout' | 'stderr') => ({ write: (text: string) => (written[name] += text) })
    const status = await run(['network', 'status', '--genesis', genesis, '--node', address, '--node', api.url], {
      variables: { CRESSET_STATE: folder },
      interactive: false,
      nowMs: () => node.nowMs,
      stdout: stream('stdout'),
      stderr: stream('stderr'),
    })
    assert.equal(status, exitCodes.ok, written.stderr)
    assert.match(written.stdout, /newest block \d+/)
    assert.ok(written.stdout.includes(`what ${address} answers is no status of a node`), written.stdout)
  }
})
