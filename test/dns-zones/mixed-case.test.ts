import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { answer, serveDns, ZoneFiles } from '@cresset/dns-server'
import { formatName, formatRecordType, lowerCaseName, parseAbsoluteName, readName, readUint16 } from '@cresset/dns-wire'
import { skipWithout } from '../../tools/system-tools.ts'
import { Unbound } from './unbound.ts'

const ZONE = `$TTL 300
@ SOA ns hostmaster 1 3600 600 604800 60
@ NS ns
ns A 127.0.0.1
www A 192.0.2.80
alias CNAME a.rather.long
*.rather.long A 192.0.2.81
old DNAME new
host.new A 192.0.2.82
many TXT ${Array.from({ length: 28 }, (_, index) => `"text number ${index} of many"`).join(' ')}
`

/** Question, code, and how many records answer it. */
const expected: readonly (readonly [string, string, number])[] = [
  ['www.example.org A', 'NOERROR', 1],
  ['alias.example.org A', 'NOERROR', 2],
  ['host.old.example.org A', 'NOERROR', 3],
  ['absent.example.org A', 'NXDOMAIN', 0],
  ['www.example.org AAAA', 'NOERROR', 0],
  // Too long for 512 bytes: the same question by TCP.
  ['many.example.org TXT', 'NOERROR', 1],
]

const HEADER_BYTES = 12

test('unbound believes answers by the case of its question (use-caps-for-id)', {
  skip: skipWithout('unbound'),
}, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-case-'))
  context.after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'zone'), ZONE)
  const apex = lowerCaseName(parseAbsoluteName('example.org'))
  const files = new ZoneFiles([{ apex, path: join(folder, 'zone') }])
  await files.load()
  const asked: string[] = []
  const server = await serveDns({
    address: '127.0.0.1',
    port: 0,
    source: (query, transport) => {
      const { name, end } = readName(query, HEADER_BYTES)
      asked.push(`${formatName(name)} ${formatRecordType(readUint16(query, end))} ${transport}`)
      return answer(query, files.source, { transport, maxUdpBytes: 512 })
    },
  })
  context.after(() => server.close())
  const more = ['use-caps-for-id: yes', 'qname-minimisation: no']
  const unbound = await Unbound.start({ folder: join(folder, 'unbound'), stubs: { 'example.org': server.port }, more })
  context.after(() => unbound.stop())
  for (const [question, rcode, answers] of expected) {
    const resolved = await unbound.ask(question)
    assert.deepEqual([resolved.rcode, resolved.message.answers.length], [rcode, answers], `${question}: ${asked}`)
  }
  // Else nothing was tried: some question came in other letters than it has here.
  assert.ok(
    asked.some((question) => /^[^ ]*[A-Z]/.test(question)),
    asked.join(' '),
  )
  // A second question, in lower case, would say that the first answer was not believed.
  const names = asked.filter((name) => name.endsWith(' udp')).map((name) => name.toLowerCase())
  assert.equal(new Set(names).size, names.length, asked.join(' '))
  assert.ok(asked.some((name) => name.toLowerCase() === 'many.example.org. txt tcp'))
})
