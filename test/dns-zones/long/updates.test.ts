import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { parseUpdateGrant, queryServer } from '@cresset/dns-server'
import {
  formatName,
  formatRcode,
  formatRdata,
  formatRecordType,
  parseAbsoluteName,
  RecordType,
} from '@cresset/dns-wire'
import { newTransferCounters, readTsigKeyFile, serveZoneFiles, type ZoneServer } from '@cresset/node'
import { skipWithout } from '../../../tools/system-tools.ts'
import { freePort, startKnotSecondary } from '../secondary-servers.ts'

const apex = parseAbsoluteName('example.org')
const secret = Buffer.alloc(32, 5).toString('base64')
const WAIT_MS = 60_000
const LEAST_HOSTS = 60
let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-updates-'))
  for (const [name, bytes] of [
    ['transfer', 5],
    ['editor', 6],
  ] as const) {
    const own = Buffer.alloc(32, bytes).toString('base64')
    const text = `key "${name}" {\n\talgorithm hmac-sha256;\n\tsecret "${own}";\n};\n`
    await writeFile(join(folder, `${name}.key`), text, { mode: 0o600 })
  }
})
after(() => rm(folder, { recursive: true, force: true }))

const zoneText = `$TTL 3600
@ SOA ns1 hostmaster 100 3600 600 604800 300
@ NS ns1
ns1 A 192.0.2.1
www A 192.0.2.80
secure NS ns.secure
ns.secure A 192.0.2.9
${Array.from({ length: LEAST_HOSTS }, (_, index) => `host${index} A 192.0.2.${index}\n`).join('')}`

interface Primary {
  readonly server: ZoneServer
  readonly port: number
  readonly counters: ReturnType<typeof newTransferCounters>
}

async function serve(name: string, port: number, secondaryPort: number, isSigned: boolean): Promise<Primary> {
  const counters = newTransferCounters()
  const key = await readTsigKeyFile(join(folder, 'transfer.key'))
  const editor = await readTsigKeyFile(join(folder, 'editor.key'))
  const grants = [parseUpdateGrant('editor@example.org') ?? assert.fail()]
  const server = await serveZoneFiles({
    zones: [{ apex, path: join(folder, `${name}.zone`) }],
    listen: [{ host: '127.0.0.1', port }],
    ...(isSigned && { keyFolder: join(folder, `${name}-keys`) }),
    transfers: { keys: [key], prefixes: [] },
    transferCounters: counters,
    notify: [{ address: '127.0.0.1', port: secondaryPort, key }],
    journal: join(folder, `${name}-journal`),
    updates: { keys: [editor], grants, updatesPerSecond: 1_000 },
  })
  return { server, port, counters }
}

/** Runs `nsupdate` or `knsupdate` on a script, and gives its exit status and all that it said. */
async function run(program: string, port: number, lines: readonly string[], keyArguments: readonly string[]) {
  const child = spawn(program, keyArguments, { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text))
  child.stdin.end(`${[`server 127.0.0.1 ${port}`, 'zone example.org', ...lines, 'send'].join('\n')}\n`)
  const [status] = (await once(child, 'close')) as [number]
  return { status, said }
}

const nsupdate = (port: number, ...lines: string[]) => run('nsupdate', port, lines, ['-k', join(folder, 'editor.key')])
const knsupdate = (port: number, ...lines: string[]) =>
  run('knsupdate', port, lines, ['-y', `hmac-sha256:editor:${Buffer.alloc(32, 6).toString('base64')}`])

async function answers(port: number, name: string, type: number): Promise<string[]> {
  const asked = { name: parseAbsoluteName(name), type, dnssecOk: true, timeoutMs: 5_000 }
  const message = await queryServer({ address: '127.0.0.1', port }, asked)
  const lines = [...message.answers, ...message.authorities].map(({ name: owner, ttl, type: found, rdata }) =>
    `${formatName(owner)} ${ttl} ${formatRecordType(found)} ${formatRdata(found, rdata)}`.toLowerCase(),
  )
  return [formatRcode(message.rcode), ...lines.sort()]
}

async function serialOf(port: number): Promise<number> {
  try {
    const [, line = ''] = (await answers(port, 'example.org', RecordType.SOA)).filter((text) => !text.includes('rrsig'))
    return Number(line.split(' ')[5])
  } catch {
    return Number.NaN
  }
}

async function until(what: string, isThere: () => Promise<boolean>, log: () => string): Promise<void> {
  const deadlineMs = Date.now() + WAIT_MS
  while (!(await isThere())) {
    if (Date.now() > deadlineMs) assert.fail(`${what} did not come\n${log().slice(-6_000)}`)
    await pause(50)
  }
}

for (const isSigned of [true, false]) {
  const name = isSigned ? 'signed' : 'plain'
  test(`${name}: BIND's nsupdate and Knot's knsupdate change the zone, and Knot follows by differences, also over a restart`, {
    skip: skipWithout('nsupdate', 'knsupdate', 'knotd'),
    timeout: 180_000,
  }, async (context) => {
    const [port, secondaryPort] = [await freePort(), await freePort()]
    await writeFile(join(folder, `${name}.zone`), zoneText)
    let primary = await serve(name, port, secondaryPort, isSigned)
    context.after(() => primary.server.stop())
    const settings = { folder: join(folder, `${name}-knot`), port: secondaryPort, primaryPort: port, secret }
    const knot = await startKnotSecondary({ ...settings, zones: ['example.org.'], isSigned, hasDigest: false })
    context.after(() => knot.stop())
    await until('the zone', async () => (await serialOf(secondaryPort)) === 100, knot.log)
    const questions: readonly [string, number][] = [
      ...['example.org', 'www', 'new', 'x.new', 'deep.below', 'below', 'none', 'sub', 'a.sub', 'secure', 'host3'],
    ].flatMap((label) =>
      [RecordType.A, RecordType.TXT, RecordType.NS].map((type): [string, number] => [
        label.includes('.org') ? label : `${label}.example.org`,
        type,
      ]),
    )
    const followed = async (serial: number): Promise<void> => {
      await until(`serial ${serial}`, async () => (await serialOf(secondaryPort)) === serial, knot.log)
      for (const [asked, type] of questions)
        assert.deepEqual(await answers(secondaryPort, asked, type), await answers(port, asked, type), asked)
    }
    const changes: readonly [typeof nsupdate, string[]][] = [
      [nsupdate, ['update add new.example.org 60 TXT "one"', 'update delete www.example.org A']],
      [knsupdate, ['prereq yxdomain new.example.org', 'update add www.example.org 300 A 192.0.2.81']],
      [nsupdate, ['prereq nxrrset below.example.org A', 'update add deep.below.example.org 60 A 192.0.2.7']],
      [knsupdate, ['add sub.example.org 60 NS ns.sub.example.org.', 'add ns.sub.example.org 60 A 192.0.2.8']],
      [nsupdate, ['update delete secure.example.org NS', 'update delete host3.example.org']],
    ]
    let serial = 100
    for (const [program, lines] of changes) {
      const { status, said } = await program(port, ...lines)
      assert.equal(status, 0, said)
      await followed(++serial)
    }
    assert.deepEqual([primary.counters.whole, primary.counters.changes], [1, changes.length], knot.log())
    // What is not to be.
    const refused = await nsupdate(port, 'prereq yxdomain none.example.org', 'update add x.example.org 60 TXT "x"')
    assert.match(refused.said, /update failed: NXDOMAIN/)
    const missing = await knsupdate(port, 'prereq nxdomain new.example.org', 'update add x.example.org 60 TXT "x"')
    assert.match(missing.said, /YXDOMAIN/)
    assert.match((await run('nsupdate', port, ['update add x.example.org 60 TXT "x"'], [])).said, /REFUSED/)
    const wrong = ['-y', `hmac-sha256:editor:${secret}`]
    assert.match((await run('nsupdate', port, ['update add x.example.org 60 TXT "x"'], wrong)).said, /BADSIG|NOTAUTH/)
    const transfer = ['-y', `hmac-sha256:transfer:${secret}`]
    assert.match((await run('nsupdate', port, ['update add x.example.org 60 TXT "x"'], transfer)).said, /REFUSED/)
    assert.equal(await serialOf(port), serial)
    // A restart, with a change that the secondary hears of only afterwards.
    await primary.server.stop()
    primary = await serve(name, port, secondaryPort, isSigned)
    assert.equal((await nsupdate(port, 'update add new.example.org 60 TXT "two"')).status, 0)
    await followed(++serial)
    assert.deepEqual([primary.counters.whole, primary.counters.changes], [0, 1], knot.log())
    // Many at once, from both: each is there.
    const many = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? nsupdate : knsupdate)(port, `update add m${index}.example.org 60 TXT "${index}"`),
      ),
    )
    assert.deepEqual(
      many.map(({ status }) => status),
      many.map(() => 0),
      many.map(({ said }) => said).join(''),
    )
    await followed(serial + many.length)
    assert.equal(primary.counters.whole, 0)
    for (const index of many.keys())
      assert.equal((await answers(secondaryPort, `m${index}.example.org`, RecordType.TXT))[0], 'NOERROR')
    assert.match(await readFile(join(folder, `${name}.zone`), 'latin1'), / 100 /, 'the file is as it was')
  })
}
