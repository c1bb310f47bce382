import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { skipWithout } from '../../tools/system-tools.ts'
import { type DelegatingZone, serveDelegatingZone, servePresignedZone } from './delegating-zone.ts'
import { assess, type Findings } from './dnsviz.ts'
import { type Ran, runToEnd } from './run-to-end.ts'

const RUN_MS = 100_000
let folder = ''
let zone: DelegatingZone

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-validators-'))
  zone = await serveDelegatingZone(join(folder, 'zones'))
})
after(async () => {
  await zone.stop()
  await rm(folder, { recursive: true })
})

const run = (program: string, given: readonly string[]): Promise<Ran> => runToEnd(program, given, { cwd: folder })

const digAt = (port: number, ...given: string[]): Promise<Ran> =>
  run('dig', ['@127.0.0.1', '-p', String(port), '+noall', '+answer', ...given])

/** The zone as dig takes it, without the SOA that ends a transfer, in a file. */
async function transferred(apex: string, port = zone.port): Promise<string> {
  const { output } = await digAt(port, apex, 'AXFR')
  const lines = output.trimEnd().split('\n')
  assert.match(lines.at(-1) as string, /\sSOA\s/)
  const path = join(folder, `${apex}.${port}`)
  await writeFile(path, `${lines.slice(0, -1).join('\n')}\n`)
  return path
}

/** With one record spoilt, to see that a checker checks. */
async function spoilt(path: string): Promise<string> {
  const { output } = await run('sed', ['s/192\\.0\\.2\\.80/192.0.2.66/; s/192\\.0\\.2\\.9$/192.0.2.66/', path])
  await writeFile(`${path}.spoilt`, output)
  return `${path}.spoilt`
}

const apexes = ['example.org', 'secure.example.org']

test('ldns-verify-zone finds a transferred zone complete and signed', {
  skip: skipWithout('dig', 'ldns-verify-zone'),
  timeout: RUN_MS,
}, async () => {
  for (const apex of apexes) {
    const path = await transferred(apex)
    const keys = join(folder, `${apex}.keys`)
    await writeFile(keys, (await digAt(zone.port, apex, 'DNSKEY')).output)
    const verified = await run('ldns-verify-zone', ['-V', '3', '-k', keys, path])
    assert.equal(verified.status, 0, verified.output)
    assert.match(verified.output, /Zone is verified and complete/)
    assert.notEqual((await run('ldns-verify-zone', ['-k', keys, await spoilt(path)])).status, 0)
  }
})

test('dnssec-verify finds a transferred zone fully signed', {
  skip: skipWithout('dig', 'dnssec-verify'),
  timeout: RUN_MS,
}, async () => {
  for (const apex of apexes) {
    const path = await transferred(apex)
    // One key has both roles (-z); without the flag a second one is asked for that signs all but the keys.
    const verified = await run('dnssec-verify', ['-z', '-o', apex, path])
    assert.equal(verified.status, 0, verified.output)
    assert.match(verified.output, /Zone fully signed:\s+Algorithm: ED25519: KSKs: 1 active/)
    assert.notEqual((await run('dnssec-verify', ['-z', '-o', apex, await spoilt(path)])).status, 0)
  }
})

test('kzonecheck finds no fault in a transferred zone', {
  skip: skipWithout('dig', 'kzonecheck'),
  timeout: RUN_MS,
}, async () => {
  for (const apex of apexes) {
    const path = await transferred(apex)
    const checked = await run('kzonecheck', ['-v', '-d', 'on', '-o', apex, path])
    assert.equal(checked.status, 0, checked.output)
    assert.match(checked.output, /No semantic error found/)
    assert.doesNotMatch(checked.output, /warning/i)
    assert.notEqual((await run('kzonecheck', ['-d', 'on', '-o', apex, await spoilt(path)])).status, 0)
  }
})

test('a zone with NSEC3 that was signed elsewhere comes whole out of a transfer', {
  skip: skipWithout('dig', 'dnssec-signzone', 'ldns-verify-zone', 'dnssec-verify', 'kzonecheck'),
  timeout: RUN_MS,
}, async () => {
  for (const denial of ['nsec3', 'nsec3-opt-out'] as const) {
    const other = await servePresignedZone(join(folder, denial), denial)
    try {
      const path = await transferred('example.org', other.port)
      for (const [program, ...given] of [
        ['ldns-verify-zone', path],
        ['dnssec-verify', '-z', '-o', 'example.org', path],
        ['kzonecheck', '-d', 'on', '-o', 'example.org', path],
      ] as const) {
        const verified = await run(program, given)
        assert.equal(verified.status, 0, `${denial}: ${program}: ${verified.output}`)
      }
    } finally {
      await other.stop()
    }
  }
})

test('kdig +dnssec shows signatures, and the spans that deny', {
  skip: skipWithout('kdig'),
  timeout: RUN_MS,
}, async () => {
  const kdig = async (question: string): Promise<string> =>
    (await run('kdig', ['@127.0.0.1', '-p', String(zone.port), '+dnssec', ...question.split(' ')])).output
  const signed = (type: string): RegExp => new RegExp(`\\sRRSIG\\s+${type} 15 `)
  for (const [question, ...wanted] of [
    ['www.example.org HTTPS', signed('HTTPS'), /ANSWER: 2;/],
    ['www.example.org A', signed('A'), /Flags: qr aa/, /EDNS PSEUDOSECTION[\s\S]*flags: do/],
    ['x.wild.example.org TXT', signed('TXT'), signed('NSEC')],
    ['x.old.example.org A', signed('DNAME'), /x\.old\.example\.org\.\s+3600\s+IN\s+CNAME\s+x\.www\.example\.org\./],
    ['none.example.org A', /status: NXDOMAIN/, signed('SOA'), signed('NSEC')],
    ['b.c.example.org A', /status: NOERROR/, /ANSWER: 0;/, signed('NSEC')],
    ['x.secure.example.org DS', /status: NXDOMAIN/, signed('NSEC')],
    ['secure.example.org DS', signed('DS')],
    ['x.plain.example.org A', /\sNSEC\s+secure\.example\.org\. NS RRSIG NSEC/, signed('NSEC')],
    ['example.org DNSKEY', /DNSKEY\s+257 3 15 /, signed('DNSKEY')],
  ] as const) {
    const said = await kdig(question)
    for (const pattern of wanted) assert.match(said, pattern, question)
  }
})

function dnsviz(names: readonly string[], anchored: boolean): Promise<Findings> {
  return assess({
    folder,
    names,
    servers: {
      'example.org+': ['ns1.example.org', zone.port],
      'secure.example.org': ['ns.secure.example.org', zone.port],
      'plain.example.org': ['ns.plain.example.org', zone.plainPort],
    },
    anchor: anchored ? ['example.org', zone.port] : undefined,
  })
}

test('dnsviz finds no error and nothing doubtful, and every answer secure', {
  skip: skipWithout('dig', 'dnsviz'),
  timeout: RUN_MS,
}, async () => {
  const names = 'example.org www.example.org x.wild.example.org b.c.example.org none.example.org x.www.example.org'
  const { faults, statuses } = await dnsviz([...names.split(' '), 'x.old.example.org'], true)
  assert.deepEqual(faults, [])
  assert.ok(statuses.size > 200, `${statuses.size} statuses`)
  const bad = [...statuses].filter(([, status]) => !['SECURE', 'VALID', 'NOERROR', 'NXDOMAIN'].includes(status))
  assert.deepEqual(bad, [])
  assert.equal(statuses.get('/example.org./zone'), 'SECURE')
})

test('dnsviz finds the delegations as they are: one with a good DS, one that is proven to have none', {
  skip: skipWithout('dig', 'dnsviz'),
  timeout: RUN_MS,
}, async () => {
  // Without an anchor: with one, 0.9.4 ends with a KeyError on a zone that is not signed.
  const { faults, statuses } = await dnsviz(['example.org', 'www.secure.example.org', 'www.plain.example.org'], false)
  assert.deepEqual(faults, [])
  assert.equal(statuses.get('/secure.example.org./delegation'), 'SECURE')
  assert.equal(statuses.get('/secure.example.org./delegation/ds/0'), 'VALID')
  assert.equal(statuses.get('/plain.example.org./delegation'), 'INSECURE')
  assert.equal(statuses.get('/plain.example.org./delegation/insecurity_proof/0'), 'VALID')
})
