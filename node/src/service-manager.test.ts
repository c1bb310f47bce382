import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { reportToManager } from './report-to-manager.ts'
import { openServiceManager, watchdogIntervalMs } from './service-manager.ts'

const skip = process.platform === 'linux' ? false : 'datagram sockets of the service manager are Linux only'

/** What systemd is to a service: a bound datagram socket. */
async function bind(address: string): Promise<{ take(): string | undefined; close(): void }> {
  const koffi = (await import('koffi').then((module) => module.default)) as unknown as typeof import('koffi')
  const library = koffi.load(null)
  const socket = library.func('socket', 'int', ['int', 'int', 'int'])
  const bindTo = library.func('bind', 'int', ['int', 'void *', 'uint'])
  const receive = library.func('recv', 'long', ['int', 'void *', 'size_t', 'int'])
  const close = library.func('close', 'int', ['int'])
  const name = new TextEncoder().encode(address)
  if (address.startsWith('@')) name[0] = 0
  const place = Uint8Array.of(1, 0, ...name)
  const fd = socket(1, 2, 0) as number
  assert.equal(bindTo(fd, place, place.length), 0)
  return {
    take() {
      const bytes = Buffer.alloc(4096)
      const length = Number(receive(fd, bytes, bytes.length, 0x40))
      return length < 0 ? undefined : bytes.toString('utf8', 0, length)
    },
    close: () => void close(fd),
  }
}

for (const kind of ['path', 'abstract'] as const) {
  test(`the service manager hears of start, steps, life and stop, at a socket with ${kind} name`, {
    skip,
  }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cresset-node-'))
    const address = kind === 'path' ? join(folder, 'notify') : `@cresset-${process.pid}`
    const manager = await bind(address)
    try {
      let progress = 'waits to be admitted'
      const status = { progress, problems: ['one thing\nis wrong'] }
      const node = { status: () => ({ ...status, progress }) as never }
      const variables = { NOTIFY_SOCKET: address, WATCHDOG_USEC: '40000', WATCHDOG_PID: String(process.pid) }
      const stop = await reportToManager(node, variables)
      assert.equal(manager.take(), 'READY=1')
      assert.equal(manager.take(), 'STATUS=waits to be admitted; one thing is wrong')
      progress = 'follows at height 7'
      const heard = new Set<string | undefined>()
      for (let turn = 0; turn < 200 && !(heard.size > 2); turn++) {
        await delay(10)
        heard.add(manager.take())
      }
      stop()
      assert.ok(heard.has('WATCHDOG=1'))
      assert.ok(heard.has('STATUS=follows at height 7; one thing is wrong'))
      let last: string | undefined
      for (let next = manager.take(); next !== undefined; next = manager.take()) last = next
      assert.equal(last, 'STOPPING=1\nSTATUS=stops')
    } finally {
      manager.close()
      await rm(folder, { recursive: true })
    }
  })
}

test('without a service manager, or with one that is gone, a node goes on', { skip }, async () => {
  assert.equal(await openServiceManager(undefined), undefined)
  assert.equal(await openServiceManager('relative'), undefined)
  assert.equal(await openServiceManager(`/${'x'.repeat(200)}`), undefined)
  const manager = await openServiceManager('/nowhere/notify')
  manager?.tell('READY=1')
  manager?.close()
})

test('the watchdog is fed twice as often as it asks, if it is ours', () => {
  assert.equal(watchdogIntervalMs({ WATCHDOG_USEC: '30000000' }, 5), 15_000)
  assert.equal(watchdogIntervalMs({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '5' }, 5), 15_000)
  assert.equal(watchdogIntervalMs({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '6' }, 5), undefined)
  assert.equal(watchdogIntervalMs({}, 5), undefined)
  assert.equal(watchdogIntervalMs({ WATCHDOG_USEC: 'soon' }, 5), undefined)
})
