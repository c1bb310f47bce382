import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connect } from 'node:tls'
import { buildQuery, formatRcode, parseAbsoluteName, parseMessage, RecordType } from '@cresset/dns-wire'
import { makeCredentials } from '../../../dns/server/src/testing/tls-credentials.ts'
import { skipWithout } from '../../../tools/system-tools.ts'
import { serveZoneFiles, type ZoneServer } from './serve-zone-files.ts'
import { readTlsFiles } from './tls-files.ts'

const skip = skipWithout('openssl')
const loopback = { host: '127.0.0.1', port: 0 }
let folder = ''
const files = { certificate: '', privateKey: '' }

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-tls-'))
  files.certificate = join(folder, 'server.crt')
  files.privateKey = join(folder, 'server.key')
  await writeFile(
    join(folder, 'zone'),
    '$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\n@ NS ns.elsewhere.test.\nns A 192.0.2.1\n',
  )
})
after(() => rm(folder, { recursive: true }))

async function writeCredentials(host: string): Promise<void> {
  const { certificate, privateKey } = makeCredentials(host)
  await writeFile(files.certificate, certificate)
  await writeFile(files.privateKey, privateKey, { mode: 0o600 })
}

/** Asks for an address by TLS; gives whose certificate was shown, and the code. */
async function ask(endpoint: string): Promise<[string | undefined, string]> {
  const [host, port] = endpoint.split(':') as [string, string]
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['dot'] })
  await once(socket, 'secureConnect')
  const query = buildQuery({ id: 1, name: parseAbsoluteName('ns.example.org'), type: RecordType.A })
  socket.write(Buffer.concat([Uint8Array.of(0, query.length), query]))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  const subject = socket.getPeerX509Certificate()?.subject
  socket.destroy()
  return [subject, formatRcode(parseMessage(answer.subarray(2)).rcode)]
}

test('a certificate and its key are checked before they are used, and what is wrong is told in a line', {
  skip,
}, async () => {
  await writeCredentials('ns1.example.org')
  assert.ok((await readTlsFiles(files)).endsAtMs > Date.now())
  const refused = (given: typeof files, reason: RegExp): Promise<void> =>
    assert.rejects(readTlsFiles(given), { name: 'StartError', message: reason })
  await chmod(files.privateKey, 0o644)
  await refused(files, /server\.key.*0644/)
  await chmod(files.privateKey, 0o600)
  await refused({ ...files, certificate: join(folder, 'none') }, /none: there is no such file/)
  await refused({ ...files, certificate: join(folder, 'zone') }, /zone: it holds no certificate in PEM/)
  const other = join(folder, 'other.key')
  await writeFile(other, makeCredentials('ns2.example.org').privateKey, { mode: 0o600 })
  await refused({ ...files, privateKey: other }, /other\.key: it is not the key of .*server\.crt/)
  await writeFile(other, 'not a key', { mode: 0o600 })
  await refused({ ...files, privateKey: other }, /other\.key: it holds no private key in PEM/)
  await writeFile(other, Buffer.alloc(200_000, 0x61))
  await refused({ ...files, certificate: other }, /more than 131072 bytes/)
})

test('answers by TLS, with the certificate as it is read again', { skip }, async () => {
  await writeCredentials('ns1.example.org')
  const problems: string[] = []
  const renewed: number[] = []
  const server: ZoneServer = await serveZoneFiles({
    zones: [{ apex: parseAbsoluteName('example.org'), path: join(folder, 'zone') }],
    listen: [loopback],
    tls: { listen: [loopback], files },
    onProblem: (message) => problems.push(message),
    onCertificate: ({ endsAtMs }) => renewed.push(endsAtMs),
  })
  try {
    const [endpoint = ''] = server.tlsEndpoints
    assert.deepEqual(await ask(endpoint), ['CN=ns1.example.org', 'NOERROR'])
    await writeFile(files.certificate, 'half of a certifi')
    await server.reload()
    assert.deepEqual(await ask(endpoint), ['CN=ns1.example.org', 'NOERROR'])
    assert.match(problems.join('\n'), /^TLS goes on with the certificate from before: .*server\.crt: it holds no/)
    await writeCredentials('ns2.example.org')
    await server.reload()
    assert.deepEqual(await ask(endpoint), ['CN=ns2.example.org', 'NOERROR'])
    assert.equal(problems.length, 1)
    await server.reload()
    assert.equal(renewed.length, 1)
    assert.ok((renewed[0] as number) > Date.now())
  } finally {
    await server.stop()
  }
})

test('a port that is taken is told with the option that changes it', { skip }, async () => {
  await writeCredentials('ns1.example.org')
  const zones = [{ apex: parseAbsoluteName('example.org'), path: join(folder, 'zone') }]
  const first = await serveZoneFiles({ zones, listen: [loopback] })
  try {
    const port = Number(first.endpoints[0]?.split(':')[1])
    const taken = serveZoneFiles({ zones, listen: [loopback], tls: { listen: [{ ...loopback, port }], files } })
    await assert.rejects(taken, /port \d+ is in use; .*--tls-listen/)
  } finally {
    await first.stop()
  }
})
