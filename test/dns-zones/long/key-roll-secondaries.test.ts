import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { queryServer } from '@cresset/dns-server'
import { formatRdata, parseAbsoluteName, RecordType, readRrsig } from '@cresset/dns-wire'
import { askControl, type KeyReport, readTsigKeyFile, serveZoneFiles } from '@cresset/node'
import { skipWithout } from '../../../tools/system-tools.ts'
import { Asking } from '../asking.ts'
import { freePort, type Secondary, startKnotSecondary, startNsdSecondary } from '../secondary-servers.ts'
import { Unbound } from '../unbound.ts'

const TTL_SECONDS = 2
const apex = parseAbsoluteName('example.org')
const secret = Buffer.alloc(32, 5).toString('base64')

/** A primary that signs its zone and tells the secondaries at these ports. */
async function startPrimary(folder: string, ttlSeconds: number, propagationSeconds: number, ports: readonly number[]) {
  const control = join(folder, 'run', 'dns.sock')
  const [path, keyPath] = [join(folder, 'zone'), join(folder, 'key')]
  await writeFile(keyPath, `key "transfer" { algorithm hmac-sha256; secret "${secret}"; };\n`, { mode: 0o600 })
  const head = `@ SOA ns hostmaster 1 3600 600 604800 ${ttlSeconds}\n@ NS ns\nns A 127.0.0.1\nwww A 192.0.2.80\n`
  await writeFile(path, `$TTL ${ttlSeconds}\n${head}`)
  const key = await readTsigKeyFile(keyPath)
  const server = await serveZoneFiles({
    zones: [{ apex, path }],
    listen: [{ host: '127.0.0.1', port: 0 }],
    keyFolder: join(folder, 'keys'),
    control,
    signing: { propagationSeconds, dsTtlSeconds: 0 },
    transfers: { keys: [key], prefixes: [] },
    notify: ports.map((port) => ({ address: '127.0.0.1', port, key })),
  })
  const primaryPort = Number(server.endpoints[0]?.split(':')[1])
  return { server, control, settings: { primaryPort, secret, zones: ['example.org.'] } }
}

test('a key is replaced under resolvers that ask Knot and NSD alone, and no query fails', {
  skip: skipWithout('unbound', 'knotd', 'nsd'),
  timeout: 110_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-key-roll-secondaries-'))
  const ports = [await freePort(), await freePort()] as const
  const { server, control, settings } = await startPrimary(folder, TTL_SECONDS, 4, ports)
  const secondaries: Secondary[] = []
  /** Tags of the keys that a secondary lists, and of that which signs its SOA. */
  const shownBy = async (port: number): Promise<{ listed: number; signer: number | undefined }> => {
    const ask = async (type: number) =>
      (await queryServer({ address: '127.0.0.1', port }, { name: apex, type, dnssecOk: true, timeoutMs: 5_000 }))
        .answers
    const listed = (await ask(RecordType.DNSKEY)).filter(({ type }) => type === RecordType.DNSKEY).length
    const signature = (await ask(RecordType.SOA)).find(({ type }) => type === RecordType.RRSIG)
    return { listed, signer: signature && readRrsig(signature.rdata)?.keyTag }
  }
  const untilBoth = async (what: string, holds: (shown: Awaited<ReturnType<typeof shownBy>>) => boolean) => {
    for (const untilMs = Date.now() + 30_000; ; await pause(100)) {
      const shown = await Promise.all(
        ports.map((port) => shownBy(port).catch(() => ({ listed: 0, signer: undefined }))),
      )
      if (shown.every(holds)) return
      assert.ok(
        Date.now() < untilMs,
        `${what}: ${JSON.stringify(shown)}\n${secondaries.map(({ log }) => log()).join('\n')}`,
      )
    }
  }
  const keysNow = async (): Promise<readonly KeyReport[]> =>
    (await askControl(control, 'key-list', 'example.org', 5_000)).keys
  let unbound: Unbound | undefined
  let asking: Asking | undefined
  try {
    // With dnssec-validation Knot 3.2 takes keys with SEP, when there are two, for none that sign records.
    const knot = { ...settings, isSigned: false, hasDigest: true }
    secondaries.push(await startKnotSecondary({ ...knot, folder: join(folder, 'knot'), port: ports[0] }))
    secondaries.push(await startNsdSecondary({ ...settings, folder: join(folder, 'nsd'), port: ports[1] }))
    await untilBoth('the zone', ({ listed }) => listed === 1)
    const [signer] = server.loads[0]?.result?.signers ?? []
    const anchor = `example.org. IN DS ${formatRdata(RecordType.DS, signer as Uint8Array)}`
    unbound = await Unbound.start({ folder: join(folder, 'unbound'), anchor, stubs: { 'example.org': ports } })
    asking = new Asking(unbound, (round) => ({
      'www.example.org A': 'NOERROR',
      [`absent${round}.example.org A`]: 'NXDOMAIN',
    }))
    await askControl(control, 'key-roll', 'example.org', 10_000)
    await untilBoth('both keys', ({ listed }) => listed === 2)
    const tags = Object.fromEntries((await keysNow()).map(({ state, tag }) => [state, tag]))
    await untilBoth('signatures by the new key', (shown) => shown.signer === tags.published)
    // Nobody else here has the new key as an anchor: the old one stays until the end.
    await pause((2 * TTL_SECONDS + 1) * 1_000)
    await asking.end()
    assert.deepEqual(asking.failures, [], unbound.log())
    assert.ok(asking.answered > 50, `${asking.answered} answers`)
    await askControl(control, 'key-confirm', 'example.org', 5_000)
    await untilBoth('the new key alone', ({ listed }) => listed === 1)
    assert.deepEqual(
      (await keysNow()).map(({ tag, state }) => [tag, state]),
      [[tags.published, 'active']],
    )
  } finally {
    await asking?.end()
    await unbound?.stop()
    for (const secondary of secondaries) await secondary.stop()
    await server.stop()
    await rm(folder, { recursive: true })
  }
})

test('a key waits while a secondary does not take the list with it', {
  skip: skipWithout('knotd'),
  timeout: 60_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-key-roll-late-'))
  const port = await freePort()
  const { server, control, settings } = await startPrimary(folder, 1, 1, [port])
  let knot: Secondary | undefined
  try {
    // It validates, and refuses two keys with SEP.
    knot = await startKnotSecondary({ ...settings, port, folder: join(folder, 'knot') })
    const asked = { name: apex, type: RecordType.SOA }
    for (const untilMs = Date.now() + 20_000; ; await pause(100)) {
      const answered = await queryServer({ address: '127.0.0.1', port }, asked).catch(() => undefined)
      if (answered !== undefined && answered.answers.length > 0) break
      assert.ok(Date.now() < untilMs, knot.log())
    }
    await askControl(control, 'key-roll', 'example.org', 10_000)
    let keys: readonly KeyReport[] = []
    while (keys[0]?.next?.waitsFor == null) {
      await pause(100)
      keys = (await askControl(control, 'key-list', 'example.org', 5_000)).keys
    }
    assert.deepEqual(keys.map(({ state }) => state).sort(), ['active', 'published'])
    assert.ok(Date.parse(keys[0]?.next?.at ?? '') < Date.now())
    assert.match(keys[0]?.next?.waitsFor ?? '', new RegExp(`^127\\.0\\.0\\.1:${port}, which has serial 1 and not 2$`))
  } finally {
    await knot?.stop()
    await server.stop()
    await rm(folder, { recursive: true })
  }
})
