import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Client, send } from '@cresset/access-client'
import { genesisFromJson } from '@cresset/core-chain'
import { openKeyFile } from '@cresset/keys'
import { awaitFirstBlock } from '../../access/cli/src/network/await-first-block.ts'
import { ValidatorProcess } from '../../access/cli/src/network/validator-process.ts'
import { makeSoftToken } from '../../keys/src/testing/soft-token.ts'
import { freePorts } from '../../node/src/folder/free-ports.ts'
import { skipWithout } from '../../tools/system-tools.ts'
import { cliArguments, firstPort, temporaryFolder } from './cluster.ts'
import { Shell } from './shell.ts'

const nodeMain = fileURLToPath(import.meta.resolve('@cresset/node/main'))

test('of four validators one votes with a key inside a token, one with a key in an agent; without its agent it stops, and says why', {
  skip: skipWithout('softhsm2-util'),
}, async (context) => {
  const endings: (() => unknown)[] = []
  context.after(async () => {
    for (const end of endings.reverse()) await end()
  })
  const temporary = await temporaryFolder()
  endings.push(() => temporary[Symbol.asyncDispose]())
  const at = (...parts: string[]) => join(temporary.path, ...parts)
  const token = await makeSoftToken('votes')
  endings.push(() => token.remove())
  const variables = { ...token.variables, CRESSET_AGENT: at('agent', 'agent.sock') }
  const shell = new Shell(temporary.path, variables)
  endings.push(() => shell.close())
  const cresset = (...args: string[]): Promise<unknown> => shell.json(args)

  // South votes by the token, west by the agent; the files of the others hold their keys.
  const names = ['east', 'north', 'south', 'west']
  const votes = token.uri('south-votes')
  for (const name of names) {
    await mkdir(at('public', name), { recursive: true })
    await mkdir(at(name))
    for (const kind of ['identity', 'consensus', 'dns', 'tls']) {
      const published = ['--public', at('public', name, `${kind}.pub`)]
      if (name === 'south' && kind === 'consensus') await cresset('key', 'new', '--pkcs11', votes, ...published)
      else {
        const type = kind === 'tls' ? 'p256' : 'ed25519'
        await cresset('key', 'new', at(name, `${kind}.key`), '--no-passphrase', '--type', type, ...published)
      }
    }
  }
  const first = await freePorts(firstPort(), 12)
  const ports = ['agreement', 'api', 'dns'].flatMap((kind, index) => [`--${kind}-port`, String(first + 4 * index)])
  await cresset('network', 'init', '--dir', at('net'), '--zone', 'acme', '--from-public', at('public'), ...ports)
  const named: Readonly<Record<string, string>> = { south: votes, west: 'agent:west-votes' }
  for (const name of names) {
    const folder = at('net', 'nodes', name)
    await mkdir(join(folder, 'keys'), { recursive: true })
    for (const kind of ['identity', 'consensus', 'dns', 'tls']) {
      if (kind === 'consensus' && named[name] !== undefined) continue
      await writeFile(join(folder, 'keys', `${kind}.key`), await readFile(at(name, `${kind}.key`)), { mode: 0o600 })
    }
    const configuration = JSON.parse(await readFile(join(folder, 'node.json'), 'utf8')) as object
    if (named[name] !== undefined)
      await writeFile(join(folder, 'node.json'), JSON.stringify({ ...configuration, consensusKey: named[name] }))
  }

  const startAgent = async () => {
    const child = spawn(process.execPath, [...cliArguments, 'key', 'agent', '--idle', '0'], {
      env: { ...process.env, ...variables },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    endings.push(() => child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    await cresset('key', 'agent', 'add', at('west', 'consensus.key'), '--name', 'west-votes')
    return child
  }
  const processes = names.map(
    (name) =>
      new ValidatorProcess({
        name,
        folder: at('net', 'nodes', name),
        nodeMain,
        arguments: [],
        readyTimeoutMs: 60_000,
        variables,
      }),
  )
  const west = processes[3] as ValidatorProcess
  endings.push(() => Promise.all(processes.map((process) => process.stop())))

  await assert.rejects(west.start(), /no agent listens on .*start one with "cresset key agent"/)
  const agent = await startAgent()
  await Promise.all(processes.map((process) => process.start()))

  const genesis = genesisFromJson(await readFile(at('net', 'genesis.json'), 'utf8'))
  const founder = await openKeyFile(at('net', 'keys', 'founder.key'))
  // North is never stopped: it knows the newest sequence.
  const client = new Client({ genesis, nodes: [genesis.nodes[1]?.endpoints.api ?? ''] })
  await awaitFirstBlock([genesis.nodes[1]?.endpoints.api ?? ''], 60_000)
  const pay = () =>
    send(client, [founder], {
      kind: 'transfer',
      body: { to: new Uint8Array(32).fill(7), amount: 1n, memo: new Uint8Array(0) },
    })
  for (let count = 0; count < 3; count++) assert.equal((await pay()).receipt.code, 'ok')

  // Three of four make a quorum: with one file's node down, the votes of token and agent are both needed.
  const east = processes[0] as ValidatorProcess
  await east.stop()
  for (let count = 0; count < 3; count++) assert.equal((await pay()).receipt.code, 'ok')
  await east.start()

  // The agent dies: its node stops before it votes, and the other three go on.
  const ended = new Promise<void>((resolve) => west.onExit(resolve))
  agent.kill('SIGKILL')
  await once(agent, 'exit')
  await pay()
  await ended
  assert.match(await readFile(west.logPath, 'utf8'), /"reason":"key-unavailable".*no agent listens on/)
  for (let count = 0; count < 3; count++) assert.equal((await pay()).receipt.code, 'ok')

  const again = await startAgent()
  await west.start()
  await east.stop()
  assert.equal((await pay()).receipt.code, 'ok')
  await west.stop()
  again.kill('SIGTERM')
  await once(again, 'exit')
})
