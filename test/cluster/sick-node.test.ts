import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { send } from '@cresset/access-client'
import { accountOf } from '@cresset/core-crypto'
import type { FileKey } from '@cresset/keys'
import { mountSmallDisk } from '../../network/storage/src/testing/small-disk.ts'
import { skipWithout } from '../../tools/system-tools.ts'
import { runCresset } from './cluster.ts'
import { Validators } from './validators.ts'

/**
 * Four validators, of which one is ill in one way after the other. Each time the other three go on, the sick one says in one
 * line what is wrong, and cured it catches up with nothing lost.
 */
const sick = 3
const variables: Record<string, string> = {}
let validators: Validators
let founder: FileKey
before(async () => {
  validators = await Validators.make({ variables: (index) => (index === sick ? variables : {}) })
  await validators.startAll()
  founder = await validators.founder()
})
after(() => validators[Symbol.asyncDispose]())

const process4 = () => validators.processes[sick]!
const paths4 = () => validators.paths.node('node4')

/** Sends transfers one after the other to the three healthy nodes; how long each took until it was final. */
async function othersGoOn(count: number): Promise<number[]> {
  const client = validators.client(0, 1, 2)
  const times: number[] = []
  for (let index = 0; index < count; index++) {
    const start = performance.now()
    const body = { to: accountOf(founder.publicKey), amount: 1n, memo: new Uint8Array(0) }
    await send(client, [founder], { kind: 'transfer', body })
    times.push(performance.now() - start)
  }
  return times
}

/** Starts the sick node, which must end with one line and this status of its process. */
async function refusesToStart(line: RegExp): Promise<void> {
  await assert.rejects(process4().start(), (error: Error) => {
    assert.match(error.message, line)
    assert.doesNotMatch(error.message, /\n/)
    return true
  })
}

async function recovers(): Promise<void> {
  await process4().start()
  const newest = await validators.status(0)
  await validators.until(sick, (status) => status.height >= newest.height, 'the cured node did not catch up')
  const body = { to: accountOf(founder.publicKey), amount: 1n, memo: new Uint8Array(0) }
  await send(validators.client(sick), [founder], { kind: 'transfer', body })
  const four = await validators.status(sick)
  const one = await validators.until(0, (status) => status.height >= four.height, 'a healthy node fell behind')
  if (one.height === four.height) assert.equal(one.stateRoot, four.stateRoot)
  // One link is enough to catch up; until the others come too, the node rightly tells that they miss.
  await validators.until(sick, (status) => status.problems.length === 0, 'the cured node still tells of a problem')
}

test('a port in use names the port and the setting', async () => {
  await othersGoOn(1)
  await process4().stop()
  const port = Number(new URL(validators.api(sick)).port)
  const thief = createServer().listen(port, '127.0.0.1')
  await once(thief, 'listening')
  await refusesToStart(
    new RegExp(`port ${port} is in use; stop the other program, or choose another port with --api-port`),
  )
  await othersGoOn(2)
  thief.close()
  await once(thief, 'close')
  await recovers()
})

test('key files that were cut or are open to others', async () => {
  await process4().stop()
  const key = paths4().consensusKey
  await chmod(key, 0o644)
  await refusesToStart(/consensus\.key: has mode 0644, other users can reach the key; run: chmod 600/)
  await chmod(key, 0o600)
  const whole = await readFile(key)
  await truncate(key, whole.length - 30)
  await refusesToStart(/consensus\.key: is truncated or was altered; restore it from a backup/)
  await othersGoOn(2)
  await writeFile(key, whole)
  await recovers()
})

test('the same key and data are never run twice, and the line names the process that has them', async () => {
  const twin = process4().pid
  const { ValidatorProcess } = await import('../../access/cli/src/network/validator-process.ts')
  const second = new ValidatorProcess({
    name: 'node4',
    folder: paths4().folder,
    nodeMain: join(import.meta.dirname, '../../node/src/main.ts'),
    arguments: ['--api', '127.0.0.1:0', '--dns', '127.0.0.1:0', '--agreement', '127.0.0.1:0'],
    readyTimeoutMs: 60_000,
  })
  await assert.rejects(second.start(), new RegExp(`in use by process ${twin}: stop it first`))
  await othersGoOn(1)
})

test('f+1 down: network status names them, where they are missed, and how many must return', async () => {
  const look = async (...flags: string[]): Promise<string> => {
    const ran = await runCresset(['network', 'status', '--genesis', validators.paths.genesis, ...flags])
    assert.equal(ran.code, 0, ran.stderr)
    return ran.stdout
  }
  const standing = async () =>
    (JSON.parse(await look('--json')) as { standstill: { height: number; view: number } | null }).standstill
  const third = validators.processes[2]
  await third?.stop()
  assert.equal(await standing(), null)
  await process4().stop('SIGKILL')
  await validators.until(0, ({ problems }) => problems.length > 0, 'the quorum is gone, and no problem is told')
  const { height } = await validators.status(0)
  const reason = (index: number): string => `does not answer at ${validators.api(index)}, and no node is linked to it`
  const still = await standing()
  assert.ok(Number.isSafeInteger(still?.view))
  assert.deepEqual(still, {
    height: height + 1,
    // The two that are left ask for the next view as time passes.
    view: still?.view,
    validators: 4,
    mustReturn: 1,
    missing: [
      { node: 'node3', reason: reason(2) },
      { node: 'node4', reason: reason(3) },
    ],
    roots: [],
  })
  const text = await look()
  assert.match(
    text,
    /stands still: block \d+ waits in view \d+, 2 of 4 validators take part\.\n {2}node3 {2}does not answer/,
  )
  assert.match(text, /One of them must return\.\n$/)
  await third?.start()
  await othersGoOn(1)
  assert.equal(await standing(), null)
  await recovers()
})

test('another genesis: refused on data of the true one; without data it is told apart at the links', async () => {
  await process4().stop()
  const { folder, data, configuration } = paths4()
  const text = await readFile(configuration, 'utf8')
  const genesis = await readFile(validators.paths.genesis, 'utf8')
  const edited = genesis.replace(/"graceMs": *\d+/, '"graceMs": 1000')
  assert.notEqual(edited, genesis)
  await writeFile(join(folder, 'edited.json'), edited)
  await writeFile(configuration, text.replace(/"genesis": *"[^"]*"/, '"genesis": "edited.json"'))
  await refusesToStart(/belongs? to another ledger|genesis/)

  await rename(data, `${data}.kept`)
  await process4().start()
  const says = (status: { problems: readonly string[] }) =>
    status.problems.some((line) => /is on another ledger: its genesis differs from ours/.test(line))
  await validators.until(sick, says, 'the node with the edited genesis does not say so')
  await validators.until(0, says, 'the others do not say so')
  assert.equal((await validators.status(sick)).height, 0)
  await othersGoOn(4)

  await process4().stop()
  await rm(data, { recursive: true })
  await rename(`${data}.kept`, data)
  await writeFile(configuration, text)
  await recovers()
})

test('a clock an hour ahead or behind: the node follows and says so, the others go on', {
  skip: skipWithout('faketime'),
}, async (context) => {
  context.after(clearVariables)
  const usual = await othersGoOn(8)
  tell(context, 'right clocks', usual)
  // The wrapper would stay between us and the process; its library is enough.
  variables['LD_PRELOAD'] = execFileSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD'], {
    encoding: 'utf8',
  }).trim()
  variables['FAKETIME_DONT_FAKE_MONOTONIC'] = '1'
  variables['DONT_FAKE_MONOTONIC'] = '1'
  for (const [offset, side] of [
    ['+1h', 'ahead of'],
    ['-1h', 'behind'],
  ] as const) {
    await process4().stop()
    variables['FAKETIME'] = offset
    await process4().start()
    // Twice round all proposers: the wrong clock has its turns.
    const times = await othersGoOn(8)
    tell(context, offset, times)
    // A proposal with a wrong time is not waited for: its view ends at once. (One exception for a machine under load.)
    assert.ok(Math.max(...times) < 5_000, `a block took ${Math.max(...times)} ms`)
    assert.ok(times.filter((time) => time > 900).length <= 1, `${times.map(Math.round)} ms`)
    const newest = await validators.status(0)
    const tells = new RegExp(`clock is 3(59\\d|60\\d) s ${side} the time of the blocks; set it with NTP`)
    const status = await validators.until(
      sick,
      (now) => now.height >= newest.height && now.problems.some((line) => tells.test(line)),
      'the node does not follow, or does not say that its clock is wrong',
    )
    assert.deepEqual(status.problems.filter((line) => /clock/.test(line)).length, 1, status.problems.join('\n'))
    // The others may tell of the proposal that they refused, and never of a clock of their own.
    for (const line of (await validators.status(0)).problems)
      assert.match(line, /its proposer's clock or this one is off$/)
  }
  await process4().stop()
  clearVariables()
  await recovers()
})

function clearVariables(): void {
  for (const name of Object.keys(variables)) delete variables[name]
}

function tell(context: TestContext, what: string, times: readonly number[]): void {
  const sorted = [...times].sort((a, b) => a - b)
  context.diagnostic(
    `${what}: median ${Math.round(sorted[sorted.length >> 1]!)} ms, slowest ${Math.round(sorted.at(-1)!)} ms`,
  )
}

/** The others' blocks make the node write until it ends; the last line of its log says why. */
async function stopsForWantOfSpace(): Promise<void> {
  for (let sent = 0; process4().running && sent < 100; sent++) await othersGoOn(1)
  assert.ok(!process4().running, 'the node goes on without room on its disk')
  const log = (await readFile(process4().logPath, 'utf8')).trim().split('\n')
  const last = JSON.parse(log.at(-1) as string) as { msg: string; reason: string }
  assert.equal(last.reason, 'disk-full', last.msg)
  assert.match(last.msg, /no space left on the device.*make room and start the node again, nothing is lost/)
}

test('a full disk stops the node with one line; with room again it catches up with nothing lost', async (context) => {
  const disk = mountSmallDisk(16)
  if ('skip' in disk) return context.skip(disk.skip)
  const { data } = paths4()
  const moved = join(disk.path, 'data')
  try {
    await process4().stop()
    await cp(data, moved, { recursive: true })
    await rename(data, `${data}.kept`)
    await symlink(moved, data)
    await process4().start()
    await othersGoOn(1)
    const before = await validators.status(sick)
    const ballast = join(disk.path, 'ballast')
    await writeFile(ballast, new Uint8Array(32 * 2 ** 20)).catch(() => undefined)
    await stopsForWantOfSpace()
    // Started again without room it may still serve, until it has to write.
    await process4()
      .start()
      .catch(() => undefined)
    await stopsForWantOfSpace()
    await othersGoOn(2)

    execFileSync('mount', ['-o', 'remount,size=64m', disk.path])
    await recovers()
    const now = await validators.status(sick)
    assert.ok(now.height >= before.height)
    await process4().stop()
    await rm(data)
    await mkdir(data)
    await cp(moved, data, { recursive: true })
    await recovers()
  } finally {
    await process4().stop()
    disk.unmount()
  }
})
