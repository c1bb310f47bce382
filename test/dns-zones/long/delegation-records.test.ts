import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { serveDns, ZoneFiles } from '@cresset/dns-server'
import { formatName, formatRdata, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { type Prefix, parsePrefix, serveZoneFiles, type ZoneServer } from '@cresset/node'
import { ZoneSigningFolder } from '../../../node/src/zone-server/zone-signing.ts'
import { skipWithout } from '../../../tools/system-tools.ts'
import { assess } from '../dnsviz.ts'
import { Unbound } from '../unbound.ts'

const run = promisify(execFile)
const head = '$TTL 600\n@ SOA ns1.host.example. hostmaster 1 3600 600 604800 300\n'
const files: Readonly<Record<string, string>> = {
  'child.example': `${head}@ NS ns1.host.example.\nwww A 192.0.2.80\n`,
  'leaving.example': `${head}@ NS ns1.host.example.\n`,
  'host.example': `${head}@ NS ns1\nns1 A 127.0.0.1\n`,
}
let folder = ''
let server: ZoneServer
let port = 0
const anchors = new Map<string, string>()

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-delegation-records-'))
  const zones: { apex: Uint8Array; path: string }[] = []
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text)
    zones.push({ apex: parseAbsoluteName(name), path: join(folder, name) })
  }
  server = await serveZoneFiles({
    zones,
    listen: [{ host: '127.0.0.1', port: 0 }],
    transfers: { keys: [], prefixes: [parsePrefix('127.0.0.0/8') as Prefix] },
    keyFolder: join(folder, 'keys'),
    signing: {
      hasDelegationRecords: true,
      hasSignals: true,
      withoutDelegation: [parseAbsoluteName('leaving.example')],
    },
  })
  port = Number(server.endpoints[0]?.split(':')[1])
  for (const { apex, result } of server.loads)
    anchors.set(formatName(apex), formatRdata(RecordType.DS, result?.signers?.[0] as Uint8Array))
})
after(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

const dig = async (...given: string[]): Promise<string> =>
  (await run('dig', ['@127.0.0.1', '-p', String(port), '+dnssec', '+noall', '+answer', ...given])).stdout

/** What dnssec-cds makes of a zone's records, which it checks by a DS that is known. */
async function madeOf(zone: string): Promise<string> {
  const [present, published] = [join(folder, `dsset-${zone}.`), join(folder, `published-${zone}`)]
  await writeFile(present, `${zone}. 600 IN DS ${anchors.get(`${zone}.`)}\n`)
  let text = ''
  for (const type of ['CDS', 'CDNSKEY', 'DNSKEY']) text += await dig(zone, type)
  await writeFile(published, text)
  return (await run('dnssec-cds', ['-u', '-s', '-86400', '-f', published, '-d', present, zone])).stdout
}

test('dnssec-cds takes what a zone asks for, and finds that it has it', {
  skip: skipWithout('dig', 'dnssec-cds'),
  timeout: 60_000,
}, async () => {
  assert.equal(await madeOf('child.example'), 'send\n')
})

test('RFC 8078 4: a zone that wants no DS any more says so in both types, as Knot checks them', {
  // Not by dnssec-cds 9.18: it makes a DS of algorithm 0 out of this CDNSKEY.
  skip: skipWithout('dig', 'kdig', 'kzonecheck'),
  timeout: 60_000,
}, async () => {
  const kdig = async (type: string): Promise<string> =>
    (await run('kdig', ['@127.0.0.1', '-p', String(port), '+short', 'leaving.example', type])).stdout
  assert.deepEqual([await kdig('CDS'), await kdig('CDNSKEY')], ['0 0 0 00\n', '0 3 0 AA==\n'])
  // Not the zone with the signals: Knot 3.2 takes all CDS records for those of the apex.
  for (const zone of ['child.example', 'leaving.example']) {
    const lines = (await dig(zone, 'AXFR')).trimEnd().split('\n')
    const path = join(folder, `taken-${zone}`)
    const check = async (kept: readonly string[]): Promise<string> => {
      await writeFile(path, `${kept.join('\n')}\n`)
      return await run('kzonecheck', ['-v', '-d', 'on', '-o', zone, path]).then(
        ({ stdout }) => stdout,
        (error: { stdout: string }) => error.stdout,
      )
    }
    assert.match(await check(lines.slice(0, -1)), /No semantic error found/, zone)
    assert.match(
      await check(lines.slice(0, -1).filter((line) => !/\sCDNSKEY\s+\d/.test(line))),
      /invalid|missing|error/i,
    )
  }
})

test('RFC 9615: a resolver that can validate the zone of a server finds the first keys of a zone there', {
  skip: skipWithout('unbound', 'dig', 'kdig'),
  timeout: 60_000,
}, async () => {
  const unbound = await Unbound.start({
    folder: join(folder, 'unbound'),
    anchor: `host.example. IN DS ${anchors.get('host.example.')}`,
    stubs: { 'example.': port },
  })
  try {
    const own = await unbound.ask('child.example CDS')
    assert.deepEqual([own.rcode, own.isSecure], ['NOERROR', false], 'nothing leads to it yet')
    const name = '_dsboot.child.example._signal.ns1.host.example'
    for (const type of ['CDS', 'CDNSKEY'] as const) {
      const { rcode, isSecure, message } = await unbound.ask(`${name} ${type}`)
      assert.deepEqual([rcode, isSecure], ['NOERROR', true], unbound.log())
      const shown = message.answers.filter((one) => one.type === RecordType[type]).map(({ rdata }) => rdata)
      const zones = own.message.answers
      if (type === 'CDS')
        assert.deepEqual(
          shown,
          zones.filter((one) => one.type === RecordType.CDS).map(({ rdata }) => rdata),
        )
      assert.equal(shown.length, 1)
    }
    const gone = await unbound.ask('_dsboot.leaving.example._signal.ns1.host.example CDS')
    assert.deepEqual([gone.rcode, gone.isSecure], ['NXDOMAIN', true])
    const { stdout } = await run('kdig', ['@127.0.0.1', '-p', String(port), '+dnssec', name, 'CDS'])
    assert.match(stdout, /\sRRSIG\s+CDS 15 /)
  } finally {
    await unbound.stop()
  }
})

test('dnsviz finds no error and nothing doubtful before, while and after a key is replaced', {
  skip: skipWithout('dig', 'dnsviz'),
  timeout: 110_000,
}, async () => {
  const HOUR_MS = 3_600_000
  const apex = parseAbsoluteName('child.example')
  let laterMs = 0
  const open = (): ZoneSigningFolder =>
    new ZoneSigningFolder(join(folder, 'rolled'), { hasDelegationRecords: true, nowMs: () => Date.now() + laterMs })
  const states: string[] = []
  for (const step of ['old', 'published', 'active', 'removed']) {
    const signing = open()
    const zones = new ZoneFiles([{ apex, path: join(folder, 'child.example') }], signing)
    await zones.load()
    if (step === 'published') await signing.keys.roll(apex)
    if (step === 'published') await zones.resignOne(apex)
    const dns = await serveDns({ address: '127.0.0.1', port: 0, source: zones.source })
    try {
      const servers = { 'child.example+': ['ns1.host.example', dns.port] } as const
      const names = ['child.example', 'www.child.example', 'absent.child.example']
      const { faults, statuses } = await assess({ folder, names, servers, anchor: ['child.example', dns.port] })
      assert.deepEqual(faults, [], step)
      assert.equal(statuses.get('/child.example./zone'), 'SECURE')
      states.push((signing.keys.life(apex)?.keys ?? []).map(({ state }) => state).join(' '))
    } finally {
      await dns.close()
    }
    if (step === 'active') await signing.keys.confirm(apex)
    laterMs += 48 * HOUR_MS
  }
  assert.deepEqual(states, ['active', 'active published', 'retired active', 'active'])
})
