import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { Namespaces } from './namespaces.ts'

const probe = Namespaces.make(0)
const skip = 'skip' in probe ? probe.skip : false
if (!('skip' in probe)) probe.remove()

const PORT = 7000
const listens = `require('net').createServer((socket) => socket.end()).listen(${PORT}, () => console.log('listens'))`

/** Whether a connection to the address comes about, for a program that these words start. */
function reaches(address: string, prefix: readonly string[]): boolean {
  const connects = `const socket = require('net').connect(${PORT}, '${address}', () => process.exit(0))
    socket.on('error', () => process.exit(1)), setTimeout(() => process.exit(1), 1500)`
  const [program = '', ...words] = [...prefix, process.execPath, '-e', connects]
  return spawnSync(program, words).status === 0
}

function make(count: number, reachable: boolean): Namespaces {
  const made = Namespaces.make(count, { reachable })
  return 'skip' in made ? assert.fail(made.skip) : made
}

test('what one sends reaches the others, until a direction is cut or a cable is pulled', {
  skip,
  timeout: 90_000,
}, async () => {
  const made = make(2, true)
  const [program, ...words] = made.prefix(1)
  const server = spawn(program, [...words, process.execPath, '-e', listens], { stdio: ['ignore', 'pipe', 'ignore'] })
  /** From the other one, and from this process. */
  const found = (): boolean[] => [made.prefix(0), []].map((prefix) => reaches(made.address(1), prefix))
  const isWhole = (): boolean => found().every((isReached) => isReached)
  /** What was mended is found again after a moment. */
  const becomesWhole = (): boolean => isWhole() || isWhole() || isWhole()
  try {
    await once(server.stdout, 'data')
    assert.ok(becomesWhole())
    for (const [from, to] of [
      [0, 1],
      [1, 0],
    ] as const) {
      made.cut(from, to)
      assert.deepEqual(found(), [false, true])
      made.healAll()
      assert.ok(becomesWhole())
    }
    made.setLink(1, false)
    assert.deepEqual(found(), [false, false])
    made.setLink(1, true)
    assert.ok(becomesWhole())
  } finally {
    server.kill('SIGKILL')
    await once(server, 'exit')
    made.remove()
  }
  const left = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout
  assert.ok(!left.includes(made.prefix(0)[3] as string), left)
})

test('one that this process is no part of is a network of its own', { skip, timeout: 90_000 }, async () => {
  const made = make(1, false)
  const [program, ...words] = made.prefix(0)
  const server = spawn(program, [...words, process.execPath, '-e', listens], { stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    await once(server.stdout, 'data')
    assert.equal(reaches(made.address(0), made.prefix(0)), true)
    // A gateway may answer for every address, so a connection from here would prove nothing.
    const own = spawnSync('ip', ['-o', 'address'], { encoding: 'utf8' }).stdout
    assert.ok(!own.includes(made.address(0).replace(/\d+$/, '')), own)
  } finally {
    server.kill('SIGKILL')
    await once(server, 'exit')
    made.remove()
  }
})
