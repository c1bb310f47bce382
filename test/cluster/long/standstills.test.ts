import assert from 'node:assert/strict'
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { send } from '@cresset/access-client'
import { accountOf } from '@cresset/core-crypto'
import { freePorts } from '@cresset/node'
import { ValidatorProcess } from '../../../access/cli/src/network/validator-process.ts'
import { firstPort, runCresset } from '../cluster.ts'
import { Validators } from '../validators.ts'

const oddLedger = fileURLToPath(new URL('odd-ledger.ts', import.meta.url))
const variables: Record<string, string>[] = [{}, {}, {}, {}]
let validators: Validators
before(async () => {
  validators = await Validators.make({ variables: (index) => variables[index] ?? {} })
  await validators.startAll()
})
after(() => validators[Symbol.asyncDispose]())

async function goOn(count: number, ...nodes: number[]): Promise<void> {
  const founder = await validators.founder()
  const body = { to: accountOf(founder.publicKey), amount: 1n, memo: new Uint8Array(0) }
  for (let sent = 0; sent < count; sent++)
    await send(validators.client(...nodes), [founder], { kind: 'transfer', body })
}

/** The nodes' views meet a while after the first of them knows: what the command says of all is waited for. */
async function networkStatusSays(...expected: readonly RegExp[]): Promise<void> {
  const deadlineMs = Date.now() + 60_000
  for (;;) {
    const { stdout } = await runCresset(['network', 'status', '--genesis', validators.paths.genesis])
    if (expected.every((pattern) => pattern.test(stdout))) return
    if (Date.now() > deadlineMs) for (const pattern of expected) assert.match(stdout, pattern)
  }
}

async function restartOdd(index: number, fromHeight: number): Promise<void> {
  await validators.processes[index]?.stop()
  variables[index] = Object.assign(variables[index] ?? {}, {
    NODE_OPTIONS: `--import=${oddLedger}`,
    ODD_FROM_HEIGHT: String(fromHeight),
  })
  await validators.processes[index]?.start()
}

async function restartSound(index: number): Promise<void> {
  for (const name of Object.keys(variables[index] ?? {})) delete variables[index]?.[name]
  await validators.processes[index]?.stop()
  await validators.processes[index]?.start()
}

const lastLine = async (index: number): Promise<{ msg: string; reason: string }> =>
  JSON.parse(
    (await readFile(validators.processes[index]?.logPath ?? '', 'utf8')).trim().split('\n').at(-1) ?? '',
  ) as never

test('a node whose root differs stops with one line and keeps the block; the others go on; sound again it returns', async () => {
  await goOn(3)
  const { height } = await validators.status(0)
  await restartOdd(3, height + 3)
  const ended = new Promise<void>((resolve) => validators.processes[3]?.onExit(resolve))
  await goOn(6, 0, 1, 2)
  await ended
  const { msg, reason } = await lastLine(3)
  assert.equal(reason, 'state-differs')
  assert.match(
    msg,
    /computed another state than the others at height \d+: its root is [0-9a-f]{16}…, \d validators signed/,
  )
  assert.match(
    msg,
    /it stops, and the others go on; the block is kept in .*differing-block-\d+\.json\. Compare its release/,
  )
  const kept = JSON.parse(await readFile(/kept in (\S+\.json)/.exec(msg)?.[1] ?? '', 'utf8')) as {
    signed: { stateRoot: string }
    own: { stateRoot: string }
  }
  assert.notEqual(kept.signed.stateRoot, kept.own.stateRoot)
  await goOn(2, 0, 1, 2)
  await restartSound(3)
  const newest = await validators.status(0)
  await validators.until(3, (status) => status.height >= newest.height, 'the mended node did not catch up')
})

test('states of two and two: nothing is final, and network status says who computed which', async () => {
  const { height } = await validators.status(0)
  await restartOdd(2, height + 1)
  await restartOdd(3, height + 1)
  const stuck = goOn(1, 0, 1)
  stuck.catch(() => undefined)
  await validators.until(
    0,
    ({ problems }) => problems.some((line) => line.startsWith('state roots differ at height')),
    'the differing states are not told',
  )
  await networkStatusSays(
    /stands still: block \d+ waits in view \d+, and the validators computed different states\.\n/,
    /[0-9a-f]{16}… {2}node1, node2\n/,
    /[0-9a-f]{16}… {2}node3, node4\n/,
  )
  // Sound again, each votes for what it now computes: what it voted before was for its other root, in an older view.
  await restartSound(2)
  await restartSound(3)
  await stuck
  await goOn(2)
})

test('f+1 stopped by SIGSTOP: their links stand, and the others say that they are silent', async () => {
  // Whoever just came back may not be linked to all yet, and of a silent node without a link something else is said.
  for (const index of [0, 1])
    await validators.until(index, ({ peers }) => peers.every(({ connected }) => connected), 'not all are linked')
  const frozen = [2, 3].map((index) => validators.processes[index]?.pid ?? 0)
  for (const pid of frozen) process.kill(pid, 'SIGSTOP')
  try {
    const stuck = goOn(1, 0, 1)
    stuck.catch(() => undefined)
    await validators.until(
      0,
      ({ problems }) =>
        problems.some((line) => /^no quorum for height \d+, view \d+: .*is linked and silent/.test(line)),
      'the silent ones are not told',
    )
    await networkStatusSays(
      /waits in view \d+, 2 of 4 validators take part\.\n {2}node3 {2}is linked and says nothing\n {2}node4 {2}is/,
      /One of them must return\./,
    )
    for (const pid of frozen) process.kill(pid, 'SIGCONT')
    await stuck
  } finally {
    for (const pid of frozen) process.kill(pid, 'SIGCONT')
  }
})

test('the same key in two processes: one notices the vote that it did not cast and stops', async () => {
  await goOn(5)
  const paths = validators.paths.node('node4')
  const twinFolder = join(paths.folder, '..', 'twin')
  // As if the machine had been cloned: keys and votes are there twice, each on its own disk and ports.
  await validators.processes[3]?.stop()
  await cp(paths.folder, twinFolder, { recursive: true })
  const port = await freePorts(firstPort() + 50, 3)
  const twin = new ValidatorProcess({
    name: 'node4',
    folder: twinFolder,
    nodeMain: fileURLToPath(import.meta.resolve('@cresset/node/main')),
    arguments: ['agreement', 'api', 'dns'].flatMap((kind, index) => [`--${kind}`, `127.0.0.1:${port + index}`]),
    readyTimeoutMs: 60_000,
  })
  try {
    await Promise.all([twin.start(), validators.processes[3]?.start()])
    // Each of them votes when it has the links, and sees the other's votes in the blocks.
    const deadlineMs = Date.now() + 90_000
    while (twin.running && validators.processes[3]?.running && Date.now() < deadlineMs) await goOn(1, 0, 1, 2)
    const stopped = validators.processes[3]?.running ? twin.logPath : (validators.processes[3]?.logPath ?? '')
    const line = (await readFile(stopped, 'utf8')).trim().split('\n').at(-1) ?? ''
    assert.match(line, /"reason":"key-in-use".*another process votes with this node's consensus key/)
    await goOn(2, 0, 1, 2)
  } finally {
    await twin.stop()
  }
})
