import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { formatRdata, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { serveZoneFiles, type ZoneServer } from '@cresset/node'
import { skipWithout } from '../../tools/system-tools.ts'
import { Unbound } from './unbound.ts'

const HOUR_MS = 3_600_000
/** Of all records and denials, so that what a resolver remembers ends while the test waits. */
const TTL_SECONDS = 2
const skip = skipWithout('unbound')
let folder = ''
let path = ''
let server: ZoneServer
let next = 0

const text = (serial: number, more = ''): string => `$TTL ${TTL_SECONDS}
@ SOA ns hostmaster ${serial} 3600 600 604800 ${TTL_SECONDS}
@ NS ns
ns A 127.0.0.1
www A 192.0.2.80
${more}`

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-resolver-time-'))
  path = join(folder, 'zone')
  await writeFile(path, text(1))
  server = await serveZoneFiles({
    zones: [{ apex: parseAbsoluteName('example.org'), path }],
    listen: [{ host: '127.0.0.1', port: 0 }],
    keyFolder: join(folder, 'keys'),
  })
})
after(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

async function withUnbound(more: readonly string[], use: (unbound: Unbound) => Promise<void>): Promise<void> {
  const [signer] = server.loads[0]?.result?.signers ?? []
  const unbound = await Unbound.start({
    folder: join(folder, `unbound${next++}`),
    anchor: `example.org. IN DS ${formatRdata(RecordType.DS, signer as Uint8Array)}`,
    stubs: { 'example.org': Number(server.endpoints[0]?.split(':')[1]) },
    more,
  })
  try {
    await use(unbound)
  } finally {
    await unbound.stop()
  }
}

/** Its clock stands there; it makes no allowance of its own. */
function clockAt(ms: number): string[] {
  const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(0, 14)
  return [`val-override-date: "${digits}"`, 'val-sig-skew-min: 0', 'val-sig-skew-max: 0']
}

test('a resolver whose clock is off by almost an hour, or by a day and more, still validates', {
  skip,
  timeout: 110_000,
}, async () => {
  for (const offMs of [-HOUR_MS + 300_000, HOUR_MS, 54 * HOUR_MS])
    await withUnbound(clockAt(Date.now() + offMs), async (unbound) => {
      const { rcode, isSecure } = await unbound.ask('www.example.org A')
      assert.deepEqual([rcode, isSecure], ['NOERROR', true], `${offMs} ms off\n${unbound.log()}`)
    })
})

test('it refuses what is not signed yet, and what is older than its signatures hold', {
  skip,
  timeout: 110_000,
}, async () => {
  for (const [offMs, reason] of [
    [-2 * HOUR_MS, /before inception|not yet/],
    [7 * 24 * HOUR_MS, /expired/],
  ] as const)
    await withUnbound(clockAt(Date.now() + offMs), async (unbound) => {
      assert.equal((await unbound.ask('www.example.org A')).rcode, 'SERVFAIL')
      assert.match(unbound.log(), reason)
    })
})

test(
  'a name that is made after it was denied is found when the denial has ended',
  {
    skip,
    timeout: 110_000,
  },
  () =>
    withUnbound([], async (unbound) => {
      assert.equal((await unbound.ask('late.example.org A')).rcode, 'NXDOMAIN')
      await writeFile(path, text(2, 'late A 192.0.2.99\n'))
      assert.equal((await server.reload())[0]?.outcome, 'loaded')
      await pause((TTL_SECONDS + 1) * 1_000)
      const { rcode, isSecure, message } = await unbound.ask('late.example.org A')
      assert.deepEqual([rcode, isSecure], ['NOERROR', true], unbound.log())
      assert.deepEqual([...(message.answers[0]?.rdata ?? [])], [192, 0, 2, 99])
    }),
)
