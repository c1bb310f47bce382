import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { freePorts } from '../../node/src/folder/free-ports.ts'
import { skipWithout } from '../../tools/system-tools.ts'
import { Cluster, cliArguments, firstPort, type Ran, runCresset, temporaryFolder } from './cluster.ts'
import { assertOneLine } from './one-line.ts'

/** Wrong use of a network through the command line: started twice, stopped half-way, fed too much. */
let cluster: Cluster
before(async () => {
  cluster = await Cluster.start({ validators: 2 })
})
after(() => cluster?.stop())

/** Processes that were started with a folder below this one. */
async function processesOf(folder: string): Promise<number[]> {
  const found: number[] = []
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue
    const commandLine = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')
    if (commandLine.split('\0').some((word) => word.startsWith(folder))) found.push(Number(entry))
  }
  return found
}

async function until(isRight: () => Promise<boolean> | boolean, what: string | (() => string)): Promise<void> {
  const deadlineMs = Date.now() + 120_000
  while (!(await isRight())) {
    if (Date.now() > deadlineMs) throw new Error(typeof what === 'string' ? what : what())
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

interface NetworkStatus {
  readonly nodes: readonly { readonly height: number }[]
  readonly problems: readonly string[]
}

/** Blocks are made before the last links stand, and until then nodes rightly tell of those that miss. */
async function statusWhenWell(): Promise<NetworkStatus> {
  let status: NetworkStatus = { nodes: [], problems: [] }
  await until(
    async () => {
      status = (await cluster.json('network', 'status')) as unknown as NetworkStatus
      return status.problems.length === 0
    },
    () => `the network goes on telling of problems: ${status.problems.join('; ')}`,
  )
  return status
}

test('a second "network up" on a folder names the process that runs it; the first goes on', async () => {
  const { pid } = cluster.network
  const line = new RegExp(`process ${pid} already runs this network; end it with "cresset network down --dir`)
  assertOneLine(await runCresset(['network', 'up', '--dir', cluster.folder]), 2, line)
  const detached = await runCresset(['network', 'up', '--dir', cluster.folder, '--detach'])
  assert.equal(detached.code, 2)
  assert.match(detached.stderr, line)
  assertOneLine(
    await runCresset(['network', 'up', '--dir', cluster.folder, '--zone', 'other']),
    2,
    /holds a ledger of acme, not of other/,
  )
  await statusWhenWell()
})

test('a transaction of 10 MB: the API says 413, the command line that it is too long', async () => {
  const [api = ''] = cluster.network.nodes.map((node) => node.api)
  const response = await fetch(`${api}/v1/transactions`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(10_000_000),
  })
  assert.equal(response.status, 413)
  const problem = (await response.json()) as { code: string; detail: string }
  assert.equal(problem.code, 'too-large')
  const path = cluster.path('great.txt')
  for (const head of ['cresset-transaction-v1', 'cresset-unsigned-transaction-v1']) {
    await writeFile(path, `${head}\n${'00'.repeat(5_000_000)}\n`)
    assertOneLine(
      await cluster.cresset('transaction', 'submit', path),
      2,
      /great\.txt is (too long|not a signed transaction)/,
    )
  }
  assert.equal((await cluster.cresset('network', 'status')).code, 0)
})

test('a client whose clock is an hour off proves nothing and says why', { skip: skipWithout('faketime') }, async () => {
  const preload = execFileSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' }).trim()
  for (const [offset, line] of [
    ['+1h', /too old by 3\d\d\d s: .*unless this machine's clock is ahead/],
    ['-1h', /from 3\d\d\d s in the future: check this machine's clock/],
  ] as const) {
    const variables = {
      CRESSET_GENESIS: cluster.path('genesis.json'),
      LD_PRELOAD: preload,
      FAKETIME: offset,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    }
    const ran = await runCresset(['name', 'show', 'shop.acme'], { cwd: cluster.folder, variables })
    assertOneLine(ran, 4, line)
  }
})

function startNetwork(folder: string, port: number, ...more: string[]): ChildProcess {
  const ports = ['--agreement-port', '--api-port', '--dns-port'].flatMap((flag, index) => [
    flag,
    String(port + 4 * index),
  ])
  const args = [...cliArguments, 'network', 'up', '--dir', folder, '--zone', 'acme', ...ports, ...more]
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
}

test('Ctrl-C while the network starts leaves no process, and the same command works afterwards', async () => {
  await using temporary = await temporaryFolder()
  const folder = join(temporary.path, 'network')
  const port = await freePorts(firstPort() + 50, 12)
  const moments: ((child: ChildProcess) => Promise<unknown>)[] = [
    // While keys and genesis are made, when the folder was just made, and when validators start.
    () => until(() => existsSync(folder), 'no folder was made'),
    (child) => Promise.race([once(child.stderr!, 'data'), once(child, 'exit')]),
    () => until(async () => (await processesOf(join(folder, 'nodes'))).length >= 2, 'no validator was started'),
  ]
  for (const moment of moments) {
    const child = startNetwork(folder, port, '--validators', '2')
    await moment(child)
    child.kill('SIGINT')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    assert.notEqual(child.exitCode, 0, 'what was interrupted did not work')
    assert.deepEqual(await processesOf(folder), [])
  }
  const child = startNetwork(folder, port, '--validators', '2')
  let problem = ''
  child.stderr!.on('data', (text: Buffer) => (problem += text))
  const said = await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')])
  assert.match(String(said[0]), /runs with 2 validators/, problem)
  child.kill('SIGINT')
  const [code] = (await once(child, 'exit')) as [number]
  assert.equal(code, 0)
  assert.deepEqual(await processesOf(folder), [])
})

test('whatever ends "network up --detach" while it waits ends the network too; a ready one stays', async () => {
  await using temporary = await temporaryFolder()
  const folder = join(temporary.path, 'consortium')
  const port = await freePorts(firstPort() + 50, 12)
  const nodesRun = async () => (await processesOf(join(folder, 'nodes'))).length > 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const) {
    const child = startNetwork(folder, port, '--detach', '--validators', '1')
    await until(nodesRun, 'no validator was started')
    child.kill(signal)
    await once(child, 'exit')
    if (signal !== 'SIGKILL') assert.deepEqual([child.exitCode, await processesOf(folder)], [1, []], signal)
    await until(async () => (await processesOf(folder)).length === 0, `${signal} leaves processes behind`)
  }
  const child = startNetwork(folder, port, '--detach', '--validators', '1')
  const [code] = (await once(child, 'exit')) as [number]
  assert.equal(code, 0)
  assert.equal((await runCresset(['network', 'down', '--dir', folder])).code, 0)
  assert.deepEqual(await processesOf(folder), [])
})

test('a closed terminal ends a network as Ctrl-C does', async () => {
  await using temporary = await temporaryFolder()
  const folder = join(temporary.path, 'consortium')
  const child = startNetwork(folder, await freePorts(firstPort() + 50, 12), '--validators', '1')
  await once(child.stdout!, 'data')
  child.kill('SIGHUP')
  assert.deepEqual(await once(child, 'exit'), [0, null])
  assert.deepEqual(await processesOf(folder), [])
  assert.equal(existsSync(join(folder, 'running.json')), false)
})

test('an init that is killed at any moment leaves nothing in the way of the next', async () => {
  await using temporary = await temporaryFolder()
  for (let attempt = 0; attempt < 3; attempt++) {
    const folder = join(temporary.path, `network${attempt}`)
    const args = ['network', 'init', '--dir', folder, '--zone', 'acme.internal']
    const child = spawn(process.execPath, [...cliArguments, ...args], { stdio: 'ignore' })
    const seen = attempt === 0 ? folder : join(folder, `.unfinished-${child.pid}`, ['keys', 'nodes'][attempt - 1]!)
    await until(() => existsSync(seen) || child.exitCode !== null, 'init does nothing')
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    const isWhole = existsSync(join(folder, 'genesis.json'))
    const again: Ran = await runCresset(args)
    assert.equal(again.code, isWhole ? 2 : 0, again.stderr)
    assert.deepEqual((await readdir(folder)).sort(), ['genesis.json', 'keys', 'nodes', 'root'])
  }
})

test('two "network up" at once on a new folder: one runs, the other says in one line why not', async () => {
  await using temporary = await temporaryFolder()
  const folder = join(temporary.path, 'network')
  const port = await freePorts(firstPort() + 50, 12)
  const both = [1, 2].map(() => startNetwork(folder, port, '--validators', '2'))
  const said = ['', '']
  const ended = both.map(async (child, index) => {
    child.stderr!.on('data', (text: Buffer) => {
      said[index] = `${said[index]}${text}`
    })
    const [code] = (await once(child, 'close')) as [number]
    return code
  })
  const [loser, code] = await Promise.race(ended.map(async (end, index) => [index, await end] as const))
  assert.equal(code, 2, said[loser])
  assert.match(
    said[loser]!,
    /^cresset: (process \d+ (makes|already runs)|another process made|.* is not empty)[^\n]*\n$/m,
  )
  const winner = both[1 - loser]!
  const text = await Promise.race([once(winner.stdout!, 'data').then(String), ended[1 - loser]!])
  assert.match(String(text), /runs with 2 validators/, said[1 - loser])
  winner.kill('SIGTERM')
  await ended[1 - loser]
  assert.deepEqual(await processesOf(folder), [])
})

test('SIGKILL of "network up": the validators end by themselves, and the next "up" goes on from their ledger', async () => {
  const before = (await cluster.json('network', 'status')) as { nodes: { height: number }[] }
  const nodes = cluster.network.nodes.map((node) => node.pid)
  process.kill(cluster.network.pid, 'SIGKILL')
  await until(async () => {
    const living = await Promise.all(nodes.map((pid) => stat(`/proc/${pid}`).catch(() => undefined)))
    return living.every((found) => found === undefined)
  }, 'validators go on without the process that started them')
  assertOneLine(await cluster.cresset('network', 'down', '--dir', cluster.folder), 3, /no network runs/)
  assert.equal((await cluster.cresset('network', 'status')).code, 5)

  const up = await runCresset(['network', 'up', '--dir', cluster.folder, '--detach'])
  assert.equal(up.code, 0, up.stderr)
  const now = await statusWhenWell()
  assert.ok(now.nodes.every(({ height }) => height >= Math.max(...before.nodes.map((node) => node.height))))
  const down = await cluster.cresset('network', 'down', '--dir', `${cluster.folder}/.`)
  assert.equal(down.code, 0, down.stderr)
  assert.deepEqual(await processesOf(cluster.folder), [])
})
