import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { queryServer } from '@cresset/dns-server'
import { formatRdata, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { newTransferCounters, readTsigKeyFile, serveZoneFiles, type ZoneServer } from '@cresset/node'
import { makeCredentials, type TestCredentials } from '../../../dns/server/src/testing/tls-credentials.ts'
import { skipWithout } from '../../../tools/system-tools.ts'
import { freePort, startNsdSecondary } from '../secondary-servers.ts'

const apex = parseAbsoluteName('example.org')
const secret = Buffer.alloc(32, 5).toString('base64')
const WAIT_MS = 60_000
let folder = ''
let server: ZoneServer
let tlsPort = 0
const secondaryPort = await freePort()
const counters = newTransferCounters()
const problems: string[] = []

const zoneText = (serial: number): string => `$TTL 3600
@ SOA ns1 hostmaster ${serial} 3600 600 604800 300
@ NS ns1
ns1 A 192.0.2.1
${Array.from({ length: 200 }, (_, index) => `host${index} A 192.0.2.${index}\n`).join('')}version TXT "${serial}"
`

async function writeCredentials(name: string, { certificate, privateKey }: TestCredentials): Promise<void> {
  await writeFile(join(folder, `${name}.crt`), certificate)
  await writeFile(join(folder, `${name}.key`), privateKey, { mode: 0o600 })
}

const skip = skipWithout('openssl', 'nsd', 'kdig')
const old = skip === false ? makeCredentials('ns1.example.org') : undefined
const next = skip === false ? makeCredentials('ns1.example.org') : undefined

before(async () => {
  if (old === undefined || next === undefined) return
  folder = await mkdtemp(join(tmpdir(), 'cresset-xot-'))
  const key = `key "transfer" { algorithm hmac-sha256; secret "${secret}"; };\n`
  await writeFile(join(folder, 'key'), key, { mode: 0o600 })
  await writeFile(join(folder, 'zone'), zoneText(1))
  const secondary = makeCredentials('ns2.example.org')
  await writeCredentials('server', old)
  await writeCredentials('secondary', secondary)
  await writeFile(join(folder, 'bundle'), old.certificate + next.certificate)
  const tsig = await readTsigKeyFile(join(folder, 'key'))
  server = await serveZoneFiles({
    zones: [{ apex, path: join(folder, 'zone') }],
    listen: [{ host: '127.0.0.1', port: 0 }],
    tls: {
      listen: [{ host: '127.0.0.1', port: 0 }],
      files: { certificate: join(folder, 'server.crt'), privateKey: join(folder, 'server.key') },
    },
    keyFolder: join(folder, 'keys'),
    transfers: { keys: [tsig], prefixes: [], tls: { fingerprints: [secondary.fingerprint] } },
    transferCounters: counters,
    notify: [{ address: '127.0.0.1', port: secondaryPort, key: tsig }],
    onProblem: (message) => problems.push(message),
  })
  tlsPort = portOf(server.tlsEndpoints)
})
after(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const portOf = (endpoints: readonly string[]): number => Number(endpoints[0]?.split(':')[1])

function kdig(...given: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile('kdig', ['@127.0.0.1', ...given], (_error, stdout, stderr) => resolve(stdout + stderr))
  })
}

test('queries by TLS are answered in full blocks; zones are given to nobody without the certificate', {
  skip,
  timeout: 60_000,
}, async () => {
  const strict = ['-p', String(tlsPort), `+tls-ca=${join(folder, 'bundle')}`, '+tls-hostname=ns1.example.org']
  const said = await kdig(...strict, '+padding', '+dnssec', 'host7.example.org', 'A')
  assert.match(said, /TLS1\.3/)
  assert.match(said, /PADDING: \d+ B/)
  assert.match(said, /Received 468 B/)
  assert.match(said, /host7\.example\.org\.\s+3600\s+IN\s+A\s+192\.0\.2\.7/)
  const key = ['-y', `hmac-sha256:transfer:${secret}`]
  for (const given of [strict, ['-p', String(portOf(server.endpoints))]])
    assert.match(await kdig(...given, ...key, 'example.org', 'AXFR'), /REFUSED/)
  assert.equal(counters.refused, 2)
})

async function versionAt(port: number): Promise<string | undefined> {
  try {
    const asked = { name: parseAbsoluteName('version.example.org'), type: RecordType.TXT }
    const { answers } = await queryServer({ address: '127.0.0.1', port }, asked)
    return answers[0] && formatRdata(RecordType.TXT, answers[0].rdata)
  } catch {
    return undefined
  }
}

test('NSD follows a zone by TLS with a client certificate, also after the certificate of the primary was replaced', {
  skip,
  timeout: 110_000,
}, async () => {
  const nsd = await startNsdSecondary({
    folder: join(folder, 'nsd'),
    port: secondaryPort,
    primaryPort: tlsPort,
    secret,
    zones: ['example.org.'],
    tls: {
      hostName: 'ns1.example.org',
      bundle: join(folder, 'bundle'),
      certificate: join(folder, 'secondary.crt'),
      privateKey: join(folder, 'secondary.key'),
    },
  })
  const until = async (version: string): Promise<void> => {
    const deadlineMs = Date.now() + WAIT_MS
    while ((await versionAt(secondaryPort)) !== version) {
      if (Date.now() > deadlineMs) assert.fail(`${version} did not come\n${nsd.log()}`)
      await pause(50)
    }
  }
  try {
    await until('"1"')
    assert.ok(counters.whole >= 1)
    await writeFile(join(folder, 'server.key'), 'nonsense', { mode: 0o600 })
    await server.reload()
    assert.match(problems.join(), /TLS goes on with the certificate from before: .*server\.key/)
    await writeCredentials('server', next as TestCredentials)
    await writeFile(join(folder, 'zone'), zoneText(2))
    await server.reload()
    await until('"2"')
    assert.equal(counters.changes, 1)
    assert.equal(problems.length, 1)
  } finally {
    await nsd.stop()
  }
})
