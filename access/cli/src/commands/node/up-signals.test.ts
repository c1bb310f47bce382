import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '@cresset/node'
import { skipWithout } from '../../../../../tools/system-tools.ts'
import { runCommand } from '../../testing/run-command.ts'

const main = resolve(import.meta.dirname, '../../main.ts')
let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-up-'))
  const port = await freePorts(20_000 + Math.floor(Math.random() * 10_000), 3)
  const ports = { '--agreement-port': port, '--api-port': port + 1, '--dns-port': port + 2 }
  const flags = Object.entries(ports).flatMap(([flag, value]) => [flag, String(value)])
  const dir = join(folder, 'network')
  const init = ['network', 'init', '--dir', dir, '--zone', 'acme.internal', '--validators', '1', ...flags]
  assert.equal((await runCommand(init, {})).code, 0)
})
after(() => rm(folder, { recursive: true }))

/** What a program says on both outputs, line by line. */
function listen(child: ChildProcess): { says(text: RegExp): Promise<void> } {
  const said: string[] = []
  const waiting: (() => void)[] = []
  for (const output of [child.stdout, child.stderr])
    createInterface(output as NodeJS.ReadableStream).on('line', (line) => {
      said.push(line)
      for (const look of waiting) look()
    })
  return {
    says: (text) =>
      new Promise((done) => {
        const look = (): void => {
          if (said.some((line) => text.test(line))) done()
        }
        waiting.push(look)
        look()
      }),
  }
}

const nodeFolder = (): string => join(folder, 'network', 'nodes', 'node1')
const upCommand = (): string[] => [
  ...[process.execPath, '--conditions=cresset-source', main],
  ...['node', 'up', '--dir', nodeFolder()],
]

test('SIGHUP from an operator says what a node does not read again, and SIGTERM ends it', {
  timeout: 60_000,
}, async (context) => {
  const [program = '', ...args] = upCommand()
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  context.after(() => child.kill('SIGKILL'))
  const { says } = listen(child)
  await says(/Ctrl-C ends it/)
  for (const _time of [1, 2]) child.kill('SIGHUP')
  await says(/the query log begins anew; node\.json, .* are read by a start alone: stop the node and start it again/)
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  assert.deepEqual(await exited, [0, null])
})

test('a terminal that closes ends a node', { skip: skipWithout('script'), timeout: 60_000 }, async (context) => {
  const child = spawn('script', ['-q', '-c', [...upCommand(), '--json'].join(' '), '/dev/null'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  context.after(() => child.kill('SIGKILL'))
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const { pid } = JSON.parse(line) as { pid: number }
  // The terminal goes with the program that holds its other end.
  child.kill('SIGKILL')
  const runs = (): boolean => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  while (runs()) await sleep(20)
  const log = await readFile(join(nodeFolder(), 'node.log'), 'utf8')
  assert.equal(JSON.parse(log.trimEnd().split('\n').at(-1) ?? '').msg, 'node stopped')
})
