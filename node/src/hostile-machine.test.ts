import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { mountSmallDisk } from '../../network/storage/src/testing/small-disk.ts'
import { TestNetwork } from './testing/test-network.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))

test('a full disk stops the node with one line and loses nothing; with room again it goes on', {
  timeout: 120_000,
}, async (context) => {
  const disk = mountSmallDisk(24)
  if ('skip' in disk) return context.skip(disk.skip)
  context.after(() => disk.unmount())
  const network = await TestNetwork.create()
  context.after(() => network.close())
  const { data } = network.consortium.paths.node('node4')
  await mkdir(join(disk.path, 'data'))
  execFileSync('cp', ['-a', `${data}/.`, join(disk.path, 'data')])
  await rename(data, `${data}.before`)
  await symlink(join(disk.path, 'data'), data)

  for (const index of [0, 1, 2]) await network.start(index)
  const small = await network.start(3)
  await network.send(0)
  await network.until('node4 has the block', () => small.application.head.height >= 1)
  const ballast = join(disk.path, 'ballast')
  await writeFile(ballast, new Uint8Array(24 * 2 ** 20)).catch(() => undefined)
  let failure: { message: string; exitStatus: number } | undefined
  void small.failure.then((error) => {
    failure = error
  })
  for (let count = 0; count < 60 && failure === undefined; count++) await network.send(count % 3)
  await network.until('node4 says that its disk is full', () => failure !== undefined)
  assert.equal(failure!.exitStatus, 6, failure!.message)
  assert.match(failure!.message, /make room and start the node again/)
  assert.doesNotMatch(failure!.message, /\n/)
  const { height } = small.application.head
  await network.stop(3)

  rmSync(ballast)
  const again = await network.start(3)
  assert.ok(again.application.head.height >= height, 'what was acknowledged is there')
  const newest = network.nodes[0]!.application.head.height
  await network.until('node4 catches up', () => again.application.head.height >= newest)
  assert.equal((await network.send(3)).code, 'ok')
})

test('a clock an hour ahead on one node: it follows, the others go on, and it says so', {
  timeout: 120_000,
}, async (context) => {
  let preload: string
  try {
    // The wrapper would stay between us and the node; its library is enough.
    preload = execFileSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' }).trim()
  } catch {
    return context.skip('faketime is not installed')
  }
  const network = await TestNetwork.create()
  context.after(() => network.close())
  for (const index of [0, 1, 2]) await network.start(index)
  const { folder } = network.consortium.paths.node('node4')
  const child = spawn(process.execPath, [...process.execArgv, main, '--dir', folder, '--log-level', 'silent'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env,
      LD_PRELOAD: preload,
      FAKETIME: '+1h',
      DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  })
  context.after(() => child.kill('SIGKILL'))
  const { api } = JSON.parse((await once(createInterface({ input: child.stdout }), 'line'))[0] as string) as {
    api: string
  }
  // More blocks than validators: the wrong clock has its turns as proposer too.
  let newest = 0
  for (let count = 0; count < 10; count++) newest = (await network.send(count % 3)).height
  const endMs = Date.now() + 120_000
  for (;;) {
    const status = (await (await fetch(`${api}/v1/status`)).json()) as { height: number; problems: string[] }
    const isTold = status.problems.some((line) =>
      /clock is 3(59\d|60\d) s ahead of the time of the blocks; set it with NTP/.test(line),
    )
    if (status.height >= newest && isTold) break
    assert.ok(Date.now() < endMs, `the node follows and tells of its clock: ${JSON.stringify(status)}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  for (const node of network.nodes.slice(0, 3)) {
    const { problems } = node!.status()
    assert.ok(
      !problems.some((line) => /this machine's clock/.test(line)),
      `the others are right: ${problems.join('; ')}`,
    )
  }
})
