import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { queryServer } from '@cresset/dns-server'
import { formatRdata, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { runCommand } from '../../testing/run-command.ts'

const zone = `$TTL 3600
@ SOA ns1 hostmaster 7 3600 600 604800 300
@ NS ns1
@ NS ns2.example.net.
ns1 A 192.0.2.1
www A 192.0.2.80
`
let folder = ''
let path = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-dns-'))
  path = join(folder, 'example.org.zone')
  await writeFile(path, zone)
})
after(() => rm(folder, { recursive: true }))

async function cresset(...commandLine: string[]) {
  const { code, stdout, stderr } = await runCommand(commandLine, { CRESSET_STATE: join(folder, 'state') })
  return { code, stdout: stdout.replaceAll(folder, ''), stderr: stderr.replaceAll(folder, '') }
}

test('dns check: what is wrong has a file and a line, as editors jump to it; a good zone is one line', async () => {
  assert.deepEqual(await cresset('dns', 'check', path), {
    code: 0,
    stdout: 'example.org: 5 records, serial 7, no warning\n',
    stderr: '',
  })
  const broken = join(folder, 'broken')
  await writeFile(broken, `${zone}www A 192.0.2.80\na A x\nb\n`)
  assert.deepEqual(await cresset('dns', 'check', '--zone', 'example.org', broken), {
    code: 1,
    stdout: '',
    stderr: `/broken:7: warning: www.example.org. A: is there twice
/broken:8: error: not an IPv4 address
/broken:9: error: the record has no type
cresset: example.org cannot be served: 2 errors
`,
  })
  const json = JSON.parse((await cresset('dns', 'check', '--zone', 'example.org', broken, '--json')).stdout)
  assert.match(
    json.error.message,
    /^example\.org cannot be served: 2 errors; the first: .*broken:8: error: not an IPv4/,
  )
})

test('wrong arguments are one line', async () => {
  const refuses = async (code: number, text: RegExp, ...commandLine: string[]) => {
    const told = await cresset('dns', ...commandLine)
    assert.deepEqual([told.code, told.stdout], [code, ''])
    assert.match(told.stderr, text)
    assert.match(told.stderr, /^cresset: [^\n]+\n$/)
  }
  await refuses(2, /cannot read \/none: there is no such file/, 'check', join(folder, 'none'))
  await refuses(2, /is not a file/, 'check', folder)
  await refuses(2, /a name has an empty label; give a name such as example.org/, 'check', '--zone', 'a..b', path)
  await writeFile(join(folder, 'lone'), '@ 5 SOA ns h 1 3 2 6 5\n')
  await refuses(2, /give --zone, or --zone-list for many/, 'serve')
  await refuses(2, /cannot read \/none: there is no such file/, 'serve', '--zone-list', join(folder, 'none'))
  await refuses(2, /give NAME:FILE, such as example\.org:FILE/, 'serve', '--zone', path)
  await refuses(
    2,
    /the zone example\.org\. is given twice/,
    'serve',
    ...['a', 'b'].flatMap((file) => ['--zone', `Example.org:${file}`]),
  )
  await refuses(2, /--listen 53: give an address and a port/, 'serve', '--zone', `a:${path}`, '--listen', '53')
  await refuses(2, /whole number from 512 to 65535/, 'serve', '--zone', `a:${path}`, '--max-udp-size', '100')
  await refuses(2, /give --sign as well/, 'serve', '--zone', `a:${path}`, '--algorithm', 'ed25519')
  await refuses(
    2,
    /Allowed choices are ed25519, ecdsap256sha256/,
    ...['serve', '--sign', '--algorithm', 'rsasha256', '--zone', `a:${path}`],
  )
  const key = join(folder, 'key')
  await writeFile(
    key,
    `key "Transfer" { algorithm hmac-sha256; secret "${Buffer.alloc(32, 5).toString('base64')}"; };`,
    {
      mode: 0o600,
    },
  )
  const serve = ['serve', '--zone', `example.org:${path}`, '--tsig-key', key]
  await refuses(
    2,
    /--notify ns\.example\.org: give an address, such as 192\.0\.2\.53/,
    ...serve,
    '--notify',
    'ns.example.org',
  )
  await refuses(2, /--notify x@::1: no --tsig-key has the name x$/m, ...serve, '--notify', 'x@::1')
  await refuses(2, /example\.org\. cannot be a zone with a file and the catalog/, ...serve, '--catalog', 'Example.org')
  const long = [63, 63, 63, 30].map((length) => 'x'.repeat(length)).join('.')
  await refuses(2, /is too long for a catalog/, ...serve, '--catalog', long)
  await refuses(
    2,
    /--catalog: nobody could take it; give --tsig-key or --allow-transfer/,
    ...['serve', '--zone', `example.org:${path}`, '--catalog', 'catalog.example'],
  )
  await refuses(2, /: other\.test\. has no NS/, 'serve', '--zone', `other.test:${join(folder, 'lone')}`)
})

test('dns serve: answers, reads changed files at SIGHUP, keeps a zone whose file broke, ends at SIGTERM', {
  timeout: 60_000,
}, async (context) => {
  const main = resolve(import.meta.dirname, '../../main.ts')
  const child = spawn(
    process.execPath,
    ['--conditions=cresset-source', main, 'dns', 'serve', '--zone', `example.org:${path}`, '--listen', '127.0.0.1:0'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  context.after(() => child.kill('SIGKILL'))
  const said: string[] = []
  const waiting: { text: RegExp; done: (line: string) => void }[] = []
  const hear = (line: string): void => {
    said.push(line)
    for (const { text, done } of waiting) if (text.test(line)) done(line)
  }
  createInterface(child.stdout).on('line', hear)
  createInterface(child.stderr).on('line', hear)
  const says = (text: RegExp): Promise<string> =>
    new Promise((done) => {
      waiting.push({ text, done })
    })
  const started = Promise.all([says(/^listens/), says(/Ctrl-C ends it/)])
  const [listens] = await started
  const port = Number(/:(\d+)$/.exec(listens)?.[1])
  const address = async (): Promise<string[]> => {
    const question = { name: parseAbsoluteName('www.example.org'), type: RecordType.A }
    const { answers } = await queryServer({ address: '127.0.0.1', port }, question)
    return answers.map(({ type, rdata }) => formatRdata(type, rdata))
  }
  assert.deepEqual(await address(), ['192.0.2.80'])
  const reload = async (text: string, answer: RegExp): Promise<void> => {
    const told = says(answer)
    await writeFile(path, text)
    child.kill('SIGHUP')
    await told
  }
  await reload(zone.replace('192.0.2.80', '192.0.2.81').replace(' 7 ', ' 8 '), /^example\.org: 5 records, serial 8$/)
  assert.deepEqual(await address(), ['192.0.2.81'])
  await reload(`${zone}oops\n`, /^warning: example\.org is served as it was: .*zone:7: the record has no type$/)
  assert.deepEqual(await address(), ['192.0.2.81'])
  await reload(zone, /^warning: example\.org changed, and its serial did not rise: no secondary will take it$/)
  assert.deepEqual(await address(), ['192.0.2.80'])
  const unchanged = says(/^no file has changed$/)
  child.kill('SIGHUP')
  await unchanged
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null], said.join('\n'))
})
