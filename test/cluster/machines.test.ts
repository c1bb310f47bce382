import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { temporaryFolder } from './cluster.ts'
import { Machines, skipWithoutMachines } from './machines.ts'

test('a follower on another machine joins by vote, fetches the state, and answers dig', {
  skip: skipWithoutMachines(),
  timeout: 60_000,
}, async () => {
  await using temporary = await temporaryFolder()
  const folder = temporary.path
  await using machines = new Machines(2)
  const network = join(folder, 'network')
  const genesis = join(network, 'genesis.json')
  const operator = machines.openShell(0, folder, {
    CRESSET_GENESIS: genesis,
    CRESSET_KEY: join(network, 'keys/founder.key'),
  })
  const init = ['--dir', network, '--zone', 'acme', '--validators', '1', '--host', machines.address(0)]
  await operator.json(['network', 'init', ...init])
  await machines.startNode(0, join(network, 'nodes/node1'))

  const owner = machines.openShell(1, folder, {})
  const west = join(folder, 'west')
  const host = ['--host', machines.address(1), '--zone', 'acme']
  await owner.json(['node', 'init', '--dir', west, '--name', 'west', ...host])
  await operator.json(['name', 'register', 'shop.acme'])
  await operator.json(['name', 'publish', 'www.shop.acme', '--address', '192.0.2.80', '--new-key'])
  await operator.json(['network', 'invite', join(west, 'announcement.json'), '--out', join(folder, 'joining.json')])
  await owner.json(['node', 'join', join(folder, 'joining.json'), '--dir', west])
  const follower = await machines.startNode(1, west, '--replay-blocks', '0')
  const waiting = await owner.json(['node', 'status', '--dir', west])
  assert.match(JSON.stringify(waiting), /waits to be admitted/)
  const dig = async (machine: number): Promise<string> => {
    const words = [`@${machines.address(1)}`, '-p', '5300', '+time=2', '+tries=1', 'www.shop.acme', 'A']
    return (await machines.run(machine, 'dig', ...words)).stdout
  }
  // It knows no name yet, and must not say that there is none.
  assert.match(await dig(1), /status: SERVFAIL/)

  // The only validator is the only member, so its proposal passes at once.
  const identity = join(network, 'nodes/node1/keys/identity.key')
  await operator.json(['network', 'propose', 'add-node', join(west, 'request.json'), '--as', identity])
  let answer = ''
  for (let turn = 0; turn < 100 && !/\sA\s+192\.0\.2\.80/.test(answer); turn++) {
    await delay(200)
    answer = await dig(0)
  }
  assert.match(answer, /status: NOERROR/)
  assert.match(answer, /www\.shop\.acme\.\s+\d+\s+IN\s+A\s+192\.0\.2\.80/)
  const log = (): Promise<string> => readFile(join(west, 'up.log'), 'utf8')
  const readStatus = async () =>
    (await owner.json(['node', 'status', '--dir', west])) as { kind: string; problems: string[] }
  // It answers as soon as it has the state, and tells a little later that nothing is wrong any more.
  let status = await readStatus()
  for (let turn = 0; turn < 100 && (status.problems.length > 0 || !/follows at height/.test(await log())); turn++) {
    await delay(200)
    status = await readStatus()
  }
  assert.equal(status.kind, 'follower')
  assert.deepEqual(status.problems, [])
  // Genesis does not know it: the ledger tells of it, and where it is.
  const shown = async (): Promise<unknown[]> => {
    const { nodes } = (await operator.json(['network', 'status'])) as { nodes: { node: string; kind?: string }[] }
    return nodes.map(({ node, kind }) => [node, kind])
  }
  const asValidator = ['node1', 'validator']
  assert.deepEqual(await shown(), [asValidator, ['west', 'follower']])
  assert.match(await log(), /follows at height/)
  // By snapshot: it has the newest block, and not those before it.
  const root = join(west, 'tls/root.pem')
  const block = async (height: string): Promise<string> => {
    const resolve = ['--resolve', `west.ns.acme:8400:${machines.address(1)}`]
    const words = ['--silent', '--cacert', root, ...resolve, `https://west.ns.acme:8400/v1/blocks/${height}`]
    return (await machines.run(0, 'curl', ...words)).stdout
  }
  assert.match(await block('1'), /"status":404|"status":410/)
  assert.match(await block('latest'), /"height":\d/)
  await machines.stopNode(follower)
  assert.deepEqual(await shown(), [asValidator, ['west', undefined]])
  await operator.json(['network', 'propose', 'remove-node', 'west', '--as', identity])
  assert.deepEqual(await shown(), [asValidator])
})
