import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { skipWithout } from '../../../tools/system-tools.ts'
import { Cluster } from '../cluster.ts'
import { tlsaOf } from '../tlsa-of.ts'

/** It takes the minute that the shortest overlap lasts, so it is part of the campaign. */
let cluster: Cluster
let owner: string
before(async () => {
  cluster = await Cluster.start({})
  owner = await cluster.fundedKey('owner.key')
  await cluster.json('name', 'register', 'shop.acme', '--key', owner)
})
after(() => cluster?.stop())

const www = 'www.shop.acme'

async function pins(): Promise<string[]> {
  const { stdout } = await cluster.dig(`_443._tcp.${www}`, 'TLSA', '+short')
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.toUpperCase())
    .sort()
}

test('a changed key stands beside the old one for a minute, then the old one leaves DNS by itself', {
  skip: skipWithout('dig'),
}, async () => {
  const add = (...more: string[]) => cluster.json('host', 'add', www, '--address', '127.0.0.1', ...more, '--key', owner)
  await add('--service', '443/tcp/web', '--new-key', 'one')
  const [entry] = (await cluster.json('host', 'list', www))['hosts'] as { servers: { publicKey: string }[] }[]
  const old = String(entry?.servers[0]?.publicKey)
  await add('--replace', old.slice(0, 12), '--new-key', 'two', '--overlap', '1m')
  const endsAtMs = Date.now() + 60_000
  const both = await tlsaOf(cluster.path('one.pem'), cluster.path('two.pem'))
  // The next heartbeat after the minute ends the key: at most maxBlockInterval later.
  const deadlineMs = endsAtMs + 30_000
  let seen = await pins()
  while (seen.length > 1 && Date.now() < deadlineMs) {
    if (Date.now() < endsAtMs - 5_000) assert.deepEqual(seen, both, 'it stays as long as was said')
    await delay(1_000)
    seen = await pins()
  }
  assert.deepEqual(seen, await tlsaOf(cluster.path('two.pem')))
})
