import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { skipWithout } from '../../tools/system-tools.ts'

const run = promisify(execFile)
const skip = skipWithout('dig', 'kdig', 'dnssec-keygen', 'dnssec-signzone')
const digest = 'D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A'
const long = `${digest}${digest.slice(0, 32)}`

/** Every type that is not made by signing, as master files and dig write it; X is the zone. */
const records = [
  '@ SOA ns1.X. hostmaster.X. 7 3600 600 604800 300',
  '@ NS ns1.X.',
  '@ NS ns2.example.net.',
  `@ CDS 12345 13 2 ${digest}`,
  '@ CDNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=',
  '@ CSYNC 66 3 A NS AAAA',
  // A scheme for private use: nobody can say that the digest is not that of the zone.
  `@ ZONEMD 7 240 1 ${long}`,
  'ns1 A 192.0.2.1',
  'www AAAA 2001:db8::1',
  'cname CNAME www.X.',
  'ptr PTR www.X.',
  'hinfo HINFO "PC-Intel-700mhz" "Redhat Linux 7.1"',
  'mx MX 10 mail.X.',
  'txt TXT "Mixed Case" "two \\"quoted\\" \\\\ back" "\\000\\255;@"',
  'rp RP admin.people.X. txt.X.',
  'afsdb AFSDB 1 afsdb.X.',
  'loc LOC 42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m',
  '_sip._tcp SRV 1 2 5060 www.X.',
  'naptr NAPTR 100 50 "s" "z3950+I2L+I2C" "" _z3950._tcp.X.',
  'old DNAME new.X.',
  'sub NS ns.example.net.',
  `sub DS 60485 13 2 ${digest}`,
  'ssh SSHFP 4 2 123456789ABCDEF67890123456789ABCDEF67890123456789ABCDEF123456789',
  `_443._tcp.www TLSA 3 1 1 ${digest}`,
  `abc._smimecert SMIMEA 3 1 1 ${digest}`,
  'pgp OPENPGPKEY mDMEXvRrLRYJKwYBBAHaRw8BAQdA',
  '_dns SVCB 1 www.X. alpn="dot" port=853 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1',
  'https HTTPS 1 . alpn="h2,h3" port=8443 ech=AEX+DQ== key65400="abc"',
  'elsewhere HTTPS 0 www.X.',
  'spf SPF "v=spf1 mx -all"',
  'eui48 EUI48 00-00-5e-00-53-2a',
  'eui64 EUI64 00-00-5e-ef-10-00-00-2a',
  'uri URI 10 1 "https://www.example.net/Path"',
  'caa CAA 0 issue "ca.example.net; account=230123"',
  'cert CERT PKIX 0 0 MAA=',
  'private TYPE65534 \\# 5 0F12340001',
  'unknown TYPE731 \\# 6 ABCDEF012345',
]

/** What signing adds. */
const signingTypes = ['RRSIG', 'NSEC', 'DNSKEY', 'NSEC3', 'NSEC3PARAM']

interface Line {
  readonly owner: string
  readonly type: string
  readonly rdata: string
}

/** Fields before the last one, which programs cut into pieces. */
const fieldsBeforeLast: Readonly<Record<string, number>> = {
  ...{
    DNSKEY: 3,
    CDNSKEY: 3,
    RRSIG: 8,
    DS: 3,
    CDS: 3,
    SSHFP: 2,
    TLSA: 3,
    SMIMEA: 3,
    ZONEMD: 3,
    CERT: 3,
    OPENPGPKEY: 0,
  },
  ...{ TYPE65534: 2, TYPE731: 2 },
}

function lineOf(text: string): Line {
  const [owner = '', , , type = '', ...fields] = text.trim().split(/\s+/)
  const before = fieldsBeforeLast[type]
  const rdata = before === undefined ? fields : [...fields.slice(0, before), fields.slice(before).join('')]
  // Owners of NSEC3 are hashes, which have no case.
  return { owner: owner.toLowerCase(), type, rdata: type === 'NSEC3' ? rdata.join(' ').toLowerCase() : rdata.join(' ') }
}

/** How kdig writes what dig and master files write in another way. */
function asKdig({ owner, type, rdata }: Line): Line {
  const changed: Readonly<Record<string, (text: string) => string>> = {
    SVCB: (text) => text.replace(/alpn="([^"]*)"/, 'alpn=$1'),
    HTTPS: (text) => text.replace(/alpn="([^"]*)"/, 'alpn=$1'),
    CERT: (text) => text.replace('PKIX', '1'),
    EUI48: (text) => text.toUpperCase(),
    EUI64: (text) => text.toUpperCase(),
    LOC: (text) => text.replaceAll('.000', '').replaceAll('.00m', 'm'),
  }
  return { owner, type, rdata: changed[type]?.(rdata) ?? rdata }
}

const textOf = ({ owner, type, rdata }: Line): string => `${owner} ${type} ${rdata}`
const zones = ['plain.test', 'nsec.test', 'nsec3.test'] as const
type Zone = (typeof zones)[number]
const expected = new Map<Zone, readonly Line[]>()
let folder = ''
let child: ChildProcess
let port = ''

before(async () => {
  if (skip !== false) return
  folder = await mkdtemp(join(tmpdir(), 'cresset-types-'))
  const path = (zone: Zone): string => join(folder, zone)
  for (const zone of zones)
    await writeFile(path(zone), `$TTL 3600\n${records.join('\n').replaceAll('X.', `${zone}.`)}\n`)
  const served = await Promise.all(
    zones.map(async (zone) => {
      if (zone === 'plain.test') return path(zone)
      await run('dnssec-keygen', ['-q', '-K', folder, '-a', 'ECDSAP256SHA256', '-f', 'KSK', zone])
      const denial = zone === 'nsec3.test' ? ['-3', 'aabb', '-H', '1'] : []
      // Smart signing takes the key from its folder, and takes CDS and CDNSKEY away that are not of it: those stand in the plain zone.
      const options = ['-q', '-S', '-K', folder, '-z', '-O', 'full', '-o', zone, '-f', `${path(zone)}.signed`]
      await run('dnssec-signzone', [...options, ...denial, path(zone)], { cwd: folder })
      return `${path(zone)}.signed`
    }),
  )
  for (const [index, zone] of zones.entries()) {
    const text = await readFile(served[index] as string, 'utf8')
    const lines =
      zone === 'plain.test'
        ? records.map((record) => record.replaceAll('X.', `${zone}.`).replace(/^(\S+) /, `$1.${zone}. 3600 IN `))
        : text.split('\n').filter((line) => line !== '' && !line.startsWith(';'))
    expected.set(
      zone,
      lines.map((line) => lineOf(line.replace(/^@\./, ''))),
    )
  }
  const main = resolve(import.meta.dirname, '../../access/cli/src/main.ts')
  const given = zones.flatMap((zone, index) => ['--zone', `${zone}:${served[index]}`])
  const words = ['--conditions=cresset-source', main, 'dns', 'serve', '--json', '--listen', '127.0.0.1:0', ...given]
  child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'ignore'] })
  const [line] = (await once(createInterface(child.stdout as NodeJS.ReadableStream), 'line')) as [string]
  port = (JSON.parse(line) as { listen: [string] }).listen[0].split(':')[1] as string
})
after(async () => {
  child?.kill('SIGKILL')
  if (folder !== '') await rm(folder, { recursive: true })
})

/** Asks many questions by one process, dig by UDP and kdig by TCP; gives the lines of answer and authority by question. */
async function ask(program: 'dig' | 'kdig', questions: readonly string[], ...options: string[]) {
  const own = program === 'dig' ? ['+nosplit'] : ['+tcp']
  const common = ['@127.0.0.1', '-p', port, '+norecurse', '+noall', '+question', '+answer', '+authority', ...own]
  const words = [...common, ...options, ...questions.flatMap((question) => question.split(' '))]
  const { stdout } = await run(program, words, { maxBuffer: 2 ** 24 })
  const byQuestion = new Map<string, Line[]>()
  let lines: Line[] = []
  for (const text of stdout.split('\n')) {
    const question = /^;+\s*(\S+)\s+IN\s+(\S+)\s*$/.exec(text)
    if (question !== null) {
      lines = []
      byQuestion.set(`${question[1]?.toLowerCase()} ${question[2]}`, lines)
    } else if (/^[^;\s]/.test(text)) lines.push(lineOf(text))
  }
  return byQuestion
}

for (const program of ['dig', 'kdig'] as const) {
  for (const zone of zones) {
    test(`${program} prints every record of ${zone} as its file has it`, { skip }, async () => {
      const written = (expected.get(zone) ?? []).map((line) => (program === 'dig' ? line : asKdig(line)))
      const hashed = new Set(written.filter(({ type }) => type === 'NSEC3').map(({ owner }) => owner))
      // Of a delegation the zone answers NS and DS: who asks for more is sent on (RFC 4035 section 3.1.4).
      const isSentOn = ({ owner, type }: Line): boolean => owner === `sub.${zone}.` && ['NSEC', 'RRSIG'].includes(type)
      const asked = written.filter((line) => !hashed.has(line.owner) && !isSentOn(line))
      const questions = [...new Set(asked.map(({ owner, type }) => `${owner} ${type}`))]
      const isSigned = zone !== 'plain.test'
      const given = await ask(program, questions, isSigned ? '+dnssec' : '+nodnssec')
      for (const question of questions) {
        const ofIt = ({ owner, type }: Line): boolean => `${owner} ${type}` === question
        const found = (given.get(question) ?? []).filter(ofIt).map(textOf).sort()
        assert.deepEqual(found, asked.filter(ofIt).map(textOf).sort(), question)
      }
      const types = new Set(written.map(({ type }) => type))
      const missing = [...records.map((record) => record.split(' ')[1] as string), ...(isSigned ? signingTypes : [])]
      const other = zone === 'nsec3.test' ? ['NSEC'] : ['NSEC3', 'NSEC3PARAM']
      assert.deepEqual(
        missing.filter((type) => !types.has(type) && !(isSigned && other.includes(type))),
        [],
      )
      if (zone !== 'nsec3.test') return
      // A type that is nowhere: each denial shows the record of its name. No question has it by its own name.
      const denials = await ask(program, [...new Set(asked.map(({ owner }) => `${owner} TYPE64999`))], '+dnssec')
      const shown = new Set(
        [...denials.values()]
          .flat()
          .filter(({ owner }) => hashed.has(owner))
          .map(textOf),
      )
      const ofOwners = written.filter(({ owner }) => hashed.has(owner)).map(textOf)
      assert.deepEqual(
        [...shown].filter((line) => !ofOwners.includes(line)),
        [],
      )
      assert.ok(shown.size > 40, `${shown.size} of ${ofOwners.length}`)
    })
  }
}
