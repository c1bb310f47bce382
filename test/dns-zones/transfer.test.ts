import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parseAbsoluteName } from '@cresset/dns-wire'
import { parsePrefix, readTsigKeyFile, serveZoneFiles, type ZoneServer } from '@cresset/node'
import { skipWithout } from '../../tools/system-tools.ts'

const HOSTS = 3_000
const apex = parseAbsoluteName('example.org')
const zone = `$TTL 3600
@ SOA ns1 hostmaster 7 3600 600 604800 300
@ NS ns1
ns1 A 192.0.2.1
${Array.from({ length: HOSTS }, (_, index) => `host${index} TXT "a record that takes some room, number ${index}"`).join('\n')}
`
const secret = Buffer.alloc(32, 5).toString('base64')
const skip = skipWithout('dig')
let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-transfer-'))
  await writeFile(join(folder, 'zone'), zone)
  await writeFile(join(folder, 'key'), `key "transfer" {\n\talgorithm hmac-sha256;\n\tsecret "${secret}";\n};\n`, {
    mode: 0o600,
  })
})
after(() => rm(folder, { recursive: true }))

async function serve(prefixes: readonly string[]): Promise<{ server: ZoneServer; port: string }> {
  const server = await serveZoneFiles({
    zones: [{ apex, path: join(folder, 'zone') }],
    listen: [{ host: '127.0.0.1', port: 0 }],
    transfers: {
      keys: [await readTsigKeyFile(join(folder, 'key'))],
      prefixes: prefixes.map((text) => parsePrefix(text)!),
    },
  })
  return { server, port: server.endpoints[0]?.split(':')[1] as string }
}

const dig = (port: string, ...given: string[]): Promise<string> =>
  new Promise((resolve) => {
    execFile('dig', ['@127.0.0.1', '-p', port, '+tries=1', ...given], (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    )
  })
const key = ['-y', `hmac-sha256:transfer:${secret}`]
const recordsOf = (text: string): number => text.split('\n').filter((line) => /^[^;\s]/.test(line)).length

test('dig takes the zone with the key, checks each message, and gets nothing without it', {
  skip,
  timeout: 60_000,
}, async () => {
  const { server, port } = await serve([])
  try {
    const whole = await dig(port, ...key, 'example.org', 'AXFR')
    assert.equal(recordsOf(whole), HOSTS + 4 + (whole.match(/^transfer\./gm)?.length ?? 0), whole.slice(-600))
    assert.match(whole, /XFR size: 3004 records \(messages ([5-9]|[1-9]\d)/)
    assert.doesNotMatch(whole, /Couldn't verify|BADSIG|expected/)
    assert.match(await dig(port, 'example.org', 'AXFR'), /Transfer failed/)
    const wrong = Buffer.alloc(32, 6).toString('base64')
    assert.match(await dig(port, '-y', `hmac-sha256:transfer:${wrong}`, 'example.org', 'AXFR'), /NOTAUTH|BADSIG|verify/)
    assert.match(await dig(port, '-y', `hmac-sha256:other:${secret}`, 'example.org', 'SOA'), /BADKEY/)
    // Plain questions are signed too, by UDP.
    const answer = await dig(port, ...key, 'host7.example.org', 'TXT')
    assert.match(answer, /status: NOERROR/)
    assert.match(answer, /transfer\.\s+0\s+ANY\s+TSIG\s+hmac-sha256\..*NOERROR/)
    assert.match(await dig(port, ...key, 'elsewhere.org', 'AXFR'), /Transfer failed/)
  } finally {
    await server.stop()
  }
})

test('by address; who has the serial already gets the SOA alone', { skip, timeout: 60_000 }, async () => {
  const { server, port } = await serve(['127.0.0.0/8'])
  try {
    assert.match(await dig(port, 'example.org', 'AXFR'), /XFR size: 3004 records/)
    assert.match(await dig(port, 'example.org', 'IXFR=6'), /XFR size: 3004 records/)
    assert.match(await dig(port, 'example.org', 'IXFR=7'), /XFR size: 1 records \(messages 1/)
  } finally {
    await server.stop()
  }
})

test('a key file that others can read, or that holds none, is refused without showing what it holds', async () => {
  const path = join(folder, 'bad')
  const refuses = async (text: string, problem: RegExp, mode = 0o600) => {
    await rm(path, { force: true })
    await writeFile(path, text, { mode })
    await assert.rejects(readTsigKeyFile(path), (error: Error) => {
      assert.match(error.message, problem)
      assert.ok(!error.message.includes('c2VjcmV0'))
      return true
    })
  }
  await refuses(`key x { algorithm hmac-sha256; secret "${secret}"; };`, /chmod 600/, 0o644)
  await refuses('c2VjcmV0', /it holds no key; make one with tsig-keygen/)
  await refuses(`key x { algorithm hmac-md5; secret "${secret}"; };`, /its algorithm is none of hmac-sha224/)
  await refuses('key x { algorithm hmac-sha256; secret "c2VjcmV0"; };', /less than 16 bytes/)
  await refuses('key x { algorithm hmac-sha256; secret "c2VjcmV0c2"; };', /not well-formed/)
  await refuses(`key x..y { algorithm hmac-sha256; secret "${secret}"; };`, /not well-formed/)
  await assert.rejects(readTsigKeyFile(join(folder, 'none')), /no such file/)
})
