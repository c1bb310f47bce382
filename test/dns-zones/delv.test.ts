import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { queryServer } from '@cresset/dns-server'
import { formatRdata, parseAbsoluteName, RecordType, readUint32 } from '@cresset/dns-wire'
import { type Denial, serveZoneFiles, type ZoneServer } from '@cresset/node'
import { skipWithout } from '../../tools/system-tools.ts'

const apex = parseAbsoluteName('example.org')
const zone = `$TTL 3600
@ SOA ns1 hostmaster 7 3600 600 604800 300
@ NS ns1
ns1 A 192.0.2.1
www A 192.0.2.80
www HTTPS 1 WWW alpn=h2
*.wild TXT "x"
old DNAME www
a.b.c A 192.0.2.7
secure NS ns.secure
secure DS 1 15 2 ${'ab'.repeat(32)}
ns.secure A 192.0.2.9
plain NS ns.plain
`
const skip = skipWithout('delv')
let folder = ''
let server: ZoneServer
let port = 0

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-signed-'))
  await writeFile(join(folder, 'zone'), zone)
  server = await start()
})
after(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

async function start(denial?: Denial): Promise<ZoneServer> {
  const started = await serveZoneFiles({
    zones: [{ apex, path: join(folder, 'zone') }],
    listen: [{ host: '127.0.0.1', port: 0 }],
    keyFolder: join(folder, 'keys'),
    signing: { denial },
  })
  port = Number(started.endpoints[0]?.split(':')[1])
  return started
}

async function ask(type: number): Promise<Uint8Array[]> {
  const { answers } = await queryServer({ address: '127.0.0.1', port }, { name: apex, type })
  return answers.map(({ rdata }) => rdata)
}

/** What delv says of a question, with the zone's key as its anchor. */
async function delv(question: string): Promise<string> {
  const [dnskey] = await ask(RecordType.DNSKEY)
  const [flags, protocol, algorithm, key] = formatRdata(RecordType.DNSKEY, dnskey as Uint8Array).split(' ')
  const anchors = join(folder, 'anchors')
  await writeFile(anchors, `trust-anchors { example.org. static-key ${flags} ${protocol} ${algorithm} "${key}"; };\n`)
  const given = ['@127.0.0.1', '-p', String(port), '-a', anchors, '+root=example.org', ...question.split(' ')]
  return await new Promise((resolve) => {
    execFile('delv', given, (_error, stdout, stderr) => resolve(stdout + stderr))
  })
}

test('delv validates data, wildcards, denials, delegations and redirections of a zone that is signed here', {
  skip,
  timeout: 60_000,
}, async () => {
  for (const [question, verdict] of [
    ['example.org SOA', /^; fully validated/m],
    ['www.example.org A', /^; fully validated/m],
    ['www.example.org HTTPS', /^; fully validated/m],
    ['x.wild.example.org TXT', /^; fully validated/m],
    ['secure.example.org DS', /^; fully validated/m],
    ['x.wild.example.org A', /negative response, fully validated[\s\S]*ncache nxrrset/],
    ['b.c.example.org A', /negative response, fully validated[\s\S]*ncache nxrrset/],
    ['plain.example.org DS', /negative response, fully validated[\s\S]*ncache nxrrset/],
    ['none.example.org A', /negative response, fully validated[\s\S]*ncache nxdomain/],
    ['x.www.example.org AAAA', /negative response, fully validated[\s\S]*ncache nxdomain/],
    ['x.old.example.org A', /fully validated/],
  ] as const)
    assert.match(await delv(question), verdict, question)
})

/** With `.example.org`, of 255 bytes. */
const longest = [63, 63, 63, 49].map((length) => 'a'.repeat(length)).join('.')

test('delv validates what is signed for the question in a zone with compact denial', {
  skip,
  timeout: 60_000,
}, async () => {
  await server.stop()
  server = await start('compact')
  try {
    for (const [question, verdict, types] of [
      ['x.wild.example.org TXT', /^; fully validated/m, /^x\.wild\.example\.org\.\s+3600\s+IN\s+RRSIG\s+TXT 15 4 /m],
      ['www.example.org TXT', /negative response, fully validated[\s\S]*ncache nxrrset/, /A RRSIG NSEC HTTPS/],
      ['x.wild.example.org A', /negative response, fully validated[\s\S]*ncache nxrrset/, /TXT RRSIG NSEC/],
      ['b.c.example.org A', /negative response, fully validated[\s\S]*ncache nxrrset/, /org\. RRSIG NSEC/],
      ['plain.example.org DS', /negative response, fully validated[\s\S]*ncache nxrrset/, /NS RRSIG NSEC/],
      ['none.example.org A', /negative response, fully validated[\s\S]*ncache nxrrset/, /org\. RRSIG NSEC/],
      ['*.none.example.org A', /negative response, fully validated[\s\S]*ncache nxrrset/, /org\. RRSIG NSEC/],
      [`${longest}.example.org A`, /negative response, fully validated[\s\S]*ncache nxrrset/, /org\. RRSIG NSEC/],
      ['none.example.org NSEC', /^; fully validated/m, /\\000\.none\.example\.org\. RRSIG NSEC (NXNAME|TYPE128)$/m],
      ['x.old.example.org A', /fully validated/, /DNAME/],
    ] as const) {
      const said = await delv(question)
      assert.match(said, verdict, question)
      assert.match(said, types, question)
    }
  } finally {
    await server.stop()
    server = await start()
  }
})

test('the key stays, with mode 0600, and the serial rises with each signing, also after a restart', async () => {
  const [key] = await ask(RecordType.DNSKEY)
  const serial = async (): Promise<number> => {
    const [soa] = await ask(RecordType.SOA)
    return readUint32(soa as Uint8Array, (soa as Uint8Array).length - 20)
  }
  const first = await serial()
  assert.equal((await stat(join(folder, 'keys/example.org.pem'))).mode & 0o777, 0o600)
  await server.stop()
  server = await start()
  assert.deepEqual((await ask(RecordType.DNSKEY))[0], key)
  assert.equal(await serial(), first + 1)
  await writeFile(join(folder, 'zone'), zone.replace(' 7 ', ' 2000 '))
  await server.reload()
  assert.equal(await serial(), 2000)
  assert.equal(await readFile(join(folder, 'keys/example.org.serial'), 'utf8'), '2000\n')
  await server.reload()
  assert.equal(await serial(), 2000)
})

test('a key file that is none, and a zone that is signed already, are refused in a line', async () => {
  const keyFolder = join(folder, 'bad-keys')
  const path = join(folder, 'zone')
  const serve = (file: string, keys: string) =>
    serveZoneFiles({ zones: [{ apex, path: file }], listen: [], keyFolder: keys })
  await serve(path, keyFolder).then((started) => started.stop())
  await writeFile(join(keyFolder, 'example.org.pem'), 'nonsense')
  await assert.rejects(serve(path, keyFolder), /example\.org\.pem: it holds no private key/)
  const signed = join(folder, 'signed')
  await writeFile(signed, `${zone}@ RRSIG SOA 15 2 3600 20300101000000 20200101000000 1 @ AAAA\n`)
  await assert.rejects(serve(signed, join(folder, 'other-keys')), /signed is signed already, and is not signed again/)
})
