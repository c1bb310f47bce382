import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { TestNetwork } from './testing/test-network.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))

interface Process {
  readonly child: ChildProcess
  /** Lines of the log. */
  readonly log: { level: number; msg: string; reason?: string }[]
  readonly exited: Promise<number | null>
  ready(): Promise<{ name: string; api: string; dns: string; agreement: string }>
}

function run(context: TestContext, folder: string, ...more: string[]): Process {
  const child = spawn(process.execPath, [...process.execArgv, main, '--dir', folder, ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  context.after(() => child.kill('SIGKILL'))
  const log: Process['log'] = []
  createInterface({ input: child.stderr }).on('line', (line) => log.push(JSON.parse(line)))
  const line = once(createInterface({ input: child.stdout }), 'line')
  const exited = once(child, 'close').then(([status]) => status as number | null)
  return { child, log, exited, ready: async () => JSON.parse((await line)[0] as string) }
}

test('a node as a process: one ready line, JSON logs, a clean end on SIGTERM and SIGINT', {
  timeout: 60_000,
}, async (context) => {
  const network = await TestNetwork.create()
  context.after(() => network.close())
  const folders = network.consortium.nodes.map((name) => network.consortium.paths.node(name).folder)
  const queries = join(network.folder, 'queries')
  const options = [['--query-log', queries]]
  const processes = folders.map((folder, index) => run(context, folder, ...(options[index] ?? [])))
  const lines = await Promise.all(processes.map((one) => one.ready()))
  assert.deepEqual(
    lines.map(({ name }) => name),
    network.consortium.nodes,
  )
  for (const { api } of lines) assert.equal((await fetch(`${api}/health/live`)).status, 200)
  const status = async (api: string): Promise<{ height: number; chainId: string }> =>
    (await fetch(`${api}/v1/status`)).json() as never
  const endMs = Date.now() + 120_000
  while ((await status(lines[0]!.api)).height < 1) {
    assert.ok(Date.now() < endMs, 'a first block')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const metrics = await (await fetch(`${lines[0]!.api}/metrics`)).text()
  assert.match(metrics, /^cresset_height [1-9]/m)
  assert.match(metrics, /^cresset_oldest_block_height 1$/m)
  assert.match(metrics, /^cresset_peers 3$/m)
  assert.match(metrics, /^cresset_peer_connected\{peer="node2"\} 1$/m)
  assert.match(metrics, /^cresset_member 1$/m)
  assert.match(metrics, /^cresset_validator 1$/m)
  assert.match(metrics, /^cresset_view \d+$/m)
  assert.match(metrics, /^cresset_commit_seconds_count [1-9]/m)
  assert.match(metrics, /^cresset_last_block_age_seconds \d/m)

  // A log that was moved away is begun anew.
  await rename(queries, `${queries}.1`)
  processes[0]!.child.kill('SIGHUP')
  // The time of the test is the bound.
  while ((await stat(queries).catch(() => undefined)) === undefined)
    await new Promise((resolve) => setTimeout(resolve, 20))
  const { log } = processes[0]!
  while (!log.some(({ msg }) => /begins anew; .* are read by a start alone/.test(msg)))
    await new Promise((resolve) => setTimeout(resolve, 20))

  // The same node a second time: the ports are taken before anything is touched.
  const second = run(context, folders[0]!)
  assert.ok([3, 4].includes((await second.exited)!))
  assert.equal(second.log.length, 1)

  for (const [index, { child }] of processes.entries()) child.kill(index % 2 === 0 ? 'SIGTERM' : 'SIGINT')
  for (const { exited, log } of processes) {
    assert.equal(await exited, 0)
    assert.equal(log.at(-1)!.msg, 'node stopped')
    assert.deepEqual(
      log.filter(({ level }) => level >= 50),
      [],
    )
  }
})

test('what an operator must mend is one line on stderr, with a status of its own', {
  timeout: 60_000,
}, async (context) => {
  const network = await TestNetwork.create()
  context.after(() => network.close())
  const { paths } = network.consortium
  const { folder, configuration, tlsKey } = paths.node('node1')
  const fails = async (status: number, text: RegExp, ...more: string[]): Promise<void> => {
    const { log, exited } = run(context, folder, ...more)
    assert.equal(await exited, status)
    assert.equal(log.length, 1, JSON.stringify(log))
    assert.match(log[0]!.msg, text)
    assert.doesNotMatch(log[0]!.msg, /\n/)
  }
  await fails(2, /--api nowhere: expected host:port/, '--api', 'nowhere')
  await fails(2, /^--rate-limit: give a whole number from 0 to 1000000$/, '--rate-limit', 'fast')
  const blocker = createServer()
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
  const { port } = blocker.address() as { port: number }
  await fails(
    3,
    new RegExp(`the API cannot listen on 127.0.0.1:${port}: port ${port} is in use; .*--api-port`),
    '--api',
    `127.0.0.1:${port}`,
  )
  await new Promise((resolve) => blocker.close(resolve))

  const key = await readFile(tlsKey, 'utf8')
  await writeFile(tlsKey, key.slice(0, 30))
  await fails(2, /tls.key: /)
  await writeFile(tlsKey, key)
  const file = await readFile(configuration, 'utf8')
  await writeFile(configuration, file.replace('"api"', '"Api"'))
  await fails(2, /node.json: unknown field "Api"/)
  await writeFile(configuration, file)
  const genesis = await readFile(paths.genesis, 'utf8')
  await writeFile(paths.genesis, genesis.slice(0, 500))
  await fails(2, /genesis.json: genesis: not JSON/)
})
