import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { publishAction, registerName, send } from '@cresset/access-client'
import { accountOf } from '@cresset/core-crypto'
import { freePorts } from '@cresset/node'
import { cliArguments, firstPort } from './cluster.ts'
import { Validators } from './validators.ts'

const receiverPath = fileURLToPath(new URL('../../docs/guides/receive-webhooks.ts', import.meta.url))
const conditions = process.execArgv.filter((flag) => flag.startsWith('--conditions'))

/** A program and the lines that it printed so far. */
interface Program {
  readonly child: ChildProcess
  readonly lines: readonly string[]
}

function run(args: readonly string[], variables: Record<string, string> = {}): Program {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  return { child, lines }
}

async function end({ child }: Program): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += 20) {
    if (waitedMs > 60_000) throw new Error(`${what} did not come`)
    await delay(20)
  }
}

test('the program that the guide shows is the one that runs here', async () => {
  const guide = await readFile(new URL('../../docs/guides/watch.md', import.meta.url), 'utf8')
  assert.ok(guide.includes(`\`\`\`ts\n${await readFile(receiverPath, 'utf8')}\`\`\``))
})

test("a watched name: the commands prove it, the guide's receiver is told of it, over a restart of the node and its own", async () => {
  await using validators = await Validators.make({ count: 1 })
  const folder = validators.paths.node(validators.genesis.nodes[0]!.name).folder
  const port = await freePorts(firstPort() + 50, 1)
  const secretFile = join(folder, 'keys', 'billing.secret')
  await mkdir(join(folder, 'keys'), { recursive: true })
  await writeFile(secretFile, `whsec_${Buffer.alloc(32, 3).toString('base64')}\n`, { mode: 0o600 })
  const webhook = {
    id: 'billing',
    url: `http://127.0.0.1:${port}/`,
    secretFiles: ['keys/billing.secret'],
    names: ['shop.acme'],
  }
  await writeFile(join(folder, 'webhooks.json'), JSON.stringify({ version: 1, webhooks: [webhook] }))
  await validators.startAll()

  const variables = { CRESSET_GENESIS: validators.paths.genesis }
  // From the first block on: however long they take to start, they miss nothing.
  const watch = (...words: string[]): Program => run([...cliArguments, ...words, '--from', '1', '--json'], variables)
  const watching = watch('name', 'watch', 'shop.acme', '--count', '1')
  const told = watch('ledger', 'watch', '--name', 'shop.acme', '--kind', 'publish', '--kind', 'hostPublished')
  const startReceiver = async () => {
    const receiver = run([...conditions, receiverPath, String(port), secretFile])
    await until(() => receiver.lines.length > 0, 'the receiver')
    return receiver
  }
  let receiver = await startReceiver()
  const programs = [watching, told]
  try {
    const client = validators.client()
    const founder = await validators.founder()
    const options = {
      deposit: 2_000_000n,
      signer: founder,
      randomBytes: (length: number) => new Uint8Array(randomBytes(length)),
    }
    await registerName(client, { name: 'other.acme', ...options })
    await registerName(client, { name: 'shop.acme', ...options })
    await until(() => watching.lines.length === 1, 'the name')
    const change = JSON.parse(watching.lines[0]!) as { name: { status: string }; rests: { height: number } }
    assert.equal(change.name.status, 'active')
    assert.ok(change.rests.height > 0)
    if (watching.child.exitCode === null) await once(watching.child, 'exit')
    assert.equal(watching.child.exitCode, 0)

    const types = () => receiver.lines.slice(1).map((line) => (JSON.parse(line) as { type: string }).type)
    await until(() => types().length === 2, 'the registration')
    assert.deepEqual(types(), ['transaction.reveal', 'event.nameRegistered'])
    await end(receiver)

    const recordSets = [{ type: 16, ttlSeconds: undefined, data: [Uint8Array.of(1, 0x61)] }]
    const publish = (host: string) =>
      send(client, [founder], publishAction({ name: 'shop.acme', host, zone: 'acme' }, { recordSets }))
    await publish('while-it-was-down')
    await delay(500)
    await validators.processes[0]!.stop()
    await validators.processes[0]!.start()
    receiver = await startReceiver()
    await publish('after')
    await until(() => types().length === 2, 'what was published')
    assert.deepEqual(types(), ['transaction.publish', 'transaction.publish'])
    assert.match(receiver.lines[1]!, /while-it-was-down/)
    await until(() => told.lines.length === 2, 'the watch over the restart')
    assert.match(told.lines[1]!, /"host":"after"/)
    const payment = { to: accountOf(founder.publicKey), amount: 1n, memo: new Uint8Array(0) }
    await send(client, [founder], { kind: 'transfer', body: payment })
    await publish('last')
    await until(() => types().length > 2, 'the last')
    assert.deepEqual(types().slice(2), ['transaction.publish'])
  } finally {
    for (const program of [...programs, receiver]) await end(program)
  }
})
