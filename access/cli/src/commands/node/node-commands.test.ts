import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runCommand } from '../../testing/run-command.ts'

let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-cli-'))
})
after(() => rm(folder, { recursive: true }))

const cresset = (...commandLine: string[]) => runCommand(commandLine, { CRESSET_STATE: join(folder, 'state') })

/** One line on stderr, nothing on stdout, and with --json one object. */
async function refuses(code: number, text: RegExp, ...commandLine: string[]): Promise<void> {
  const told = await cresset(...commandLine)
  assert.equal(told.code, code, told.stderr)
  assert.match(told.stderr, text)
  assert.match(told.stderr, /^cresset: [^\n]+\n$/)
  const json = await cresset(...commandLine, '--json')
  assert.equal(json.code, code)
  assert.match(JSON.parse(json.stdout).error.message, text)
}

test('what cannot be a node is said in a line, and no folder is made', async () => {
  const dir = join(folder, 'none')
  const init = ['node', 'init', '--dir', dir]
  await refuses(2, /required option '--name <label>' not specified/, ...init)
  await refuses(2, /where do the others reach this machine\? give --host ADDRESS/, ...init, '--name', 'west')
  await refuses(
    2,
    /give --zone: others reach the API as west\.ns\.ZONE/,
    ...init,
    '--name',
    'west',
    '--host',
    '192.0.2.4',
  )
  await refuses(2, /use a label of a-z, 0-9 and -/, ...init, '--name', 'W', '--kind', 'local')
  await refuses(2, /Allowed choices are validator, follower, local/, ...init, '--name', 'w', '--kind', 'king')
  await refuses(
    2,
    /a local node serves this machine alone/,
    ...init,
    '--name',
    'w',
    '--kind',
    'local',
    '--host',
    '192.0.2.4',
    '--zone',
    'acme',
  )
  await refuses(2, /whole number from 1 to 65535/, ...init, '--name', 'w', '--kind', 'local', '--api-port', '0')
  await refuses(
    2,
    /--listen no address!: give an address/,
    ...init,
    '--name',
    'w',
    '--kind',
    'local',
    '--listen',
    'no address!',
  )
  await refuses(2, /holds no node; make one with "cresset node init/, 'node', 'status', '--dir', dir)
  await refuses(2, /node.json: there is no such file/, 'node', 'up', '--dir', dir)
})

test('a new node says what comes next, and is not made twice', async () => {
  const dir = join(folder, 'west')
  const init = [
    'node',
    'init',
    '--dir',
    dir,
    '--name',
    'west',
    '--host',
    '192.0.2.4',
    '--zone',
    'acme',
    '--listen',
    '127.0.0.1',
    '--api-port',
    '1',
  ]
  const made = await cresset(...init)
  assert.equal(made.code, 0, made.stderr)
  assert.match(made.stdout, /next: send .*announcement\.json to the consortium/)
  const announced = JSON.parse(await readFile(join(dir, 'announcement.json'), 'utf8'))
  assert.deepEqual(announced.endpoints, {
    agreement: '192.0.2.4:7400',
    api: 'https://west.ns.acme:1',
    dns: '192.0.2.4:5300',
  })
  assert.deepEqual(JSON.parse(await readFile(join(dir, 'node.json'), 'utf8')).listen, {
    agreement: '127.0.0.1:7400',
    api: '127.0.0.1:1',
    dns: '127.0.0.1:5300',
  })
  await refuses(2, /is not empty/, ...init)
  const status = await cresset('node', 'status', '--dir', dir)
  assert.equal(status.code, 5)
  assert.match(status.stdout, /does {2}nothing: it is not running/)
  assert.match(status.stdout, /next: send .*announcement\.json to the consortium, and take up its answer/)
  await refuses(
    2,
    /genesis\.json: there is no such file; run "cresset node join FILE" first/,
    'node',
    'up',
    '--dir',
    dir,
  )
})

test('a joining file that is none, or is not there, is a wrong argument', async () => {
  const dir = join(folder, 'west')
  const path = join(folder, 'joining.json')
  await refuses(2, /there is no such file/, 'node', 'join', join(folder, 'nothing.json'), '--dir', dir)
  await refuses(2, /cannot read /, 'node', 'join', folder, '--dir', dir)
  for (const content of ['', '{}', '[]', 'null', '{"version":1}']) {
    await writeFile(path, content)
    await refuses(2, /joining\.json: (not JSON|an object with exactly)/, 'node', 'join', path, '--dir', dir)
  }
  await writeFile(path, ' '.repeat(2_000_000))
  await refuses(2, /2,?000,?000 bytes|too long/, 'node', 'join', path, '--dir', dir)
})
