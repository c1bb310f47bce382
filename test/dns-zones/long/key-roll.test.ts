import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { queryServer } from '@cresset/dns-server'
import { formatRdata, formatRecordType, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { askControl, type KeyReport, serveZoneFiles, type ZoneServer } from '@cresset/node'
import { skipWithout } from '../../../tools/system-tools.ts'
import { Asking } from '../asking.ts'
import { freePort } from '../secondary-servers.ts'
import { Unbound } from '../unbound.ts'

const run = promisify(execFile)
const TTL_SECONDS = 2
const apex = parseAbsoluteName('child.example')
const head = `$TTL ${TTL_SECONDS}\n@ SOA ns hostmaster 1 3600 600 604800 ${TTL_SECONDS}\n@ NS ns\nns A 127.0.0.1\n`

/** The zone above: its file is what its operator makes of CDS records. */
class ZoneAbove {
  readonly #path: string
  #serial = 1
  #server: ZoneServer | undefined

  constructor(folder: string) {
    this.#path = join(folder, 'example')
  }

  async serve(folder: string, ds: readonly string[]): Promise<{ port: number; anchor: string }> {
    await this.#write(ds)
    const server = await serveZoneFiles({
      zones: [{ apex: parseAbsoluteName('example'), path: this.#path }],
      listen: [{ host: '127.0.0.1', port: 0 }],
      keyFolder: join(folder, 'keys-above'),
    })
    this.#server = server
    const [signer] = server.loads[0]?.result?.signers ?? []
    return { port: portOf(server), anchor: `example. IN DS ${formatRdata(RecordType.DS, signer as Uint8Array)}` }
  }

  async put(ds: readonly string[]): Promise<void> {
    await this.#write(ds)
    assert.equal((await this.#server?.reload())?.[0]?.outcome, 'loaded')
  }

  async #write(ds: readonly string[]): Promise<void> {
    const below = ['child NS ns.child', 'ns.child A 127.0.0.1', ...ds.map((text) => `child DS ${text}`)]
    await writeFile(this.#path, `${head.replace(' 1 ', ` ${this.#serial++} `)}${below.join('\n')}\n`)
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
  }
}

const portOf = ({ endpoints }: ZoneServer): number => Number(endpoints[0]?.split(':')[1])

test('a key is replaced under a validating resolver, with a start in between and the DS taken from CDS, and no query fails', {
  skip: skipWithout('unbound', 'dnssec-cds', 'dig'),
  timeout: 110_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-key-roll-'))
  const control = join(folder, 'run', 'dns.sock')
  const file = join(folder, 'child')
  await writeFile(file, `${head}www A 192.0.2.80\n`)
  const port = await freePort()
  const serve = (): Promise<ZoneServer> =>
    serveZoneFiles({
      zones: [{ apex, path: file }],
      listen: [{ host: '127.0.0.1', port }],
      keyFolder: join(folder, 'keys'),
      control,
      signing: { propagationSeconds: 1, dsTtlSeconds: TTL_SECONDS, hasDelegationRecords: true },
    })
  let server = await serve()
  const above = new ZoneAbove(folder)
  const dsOf = (tag: number, keys: readonly KeyReport[]): string =>
    (keys.find((key) => key.tag === tag)?.ds ?? '').replace(/^.* DS /, '')
  const keysNow = async (): Promise<readonly KeyReport[]> =>
    (await askControl(control, 'key-list', 'child.example', 5_000)).keys
  /** The records of a type, as text, and how many signatures there are over them. */
  const served = async (type: number): Promise<{ records: string[]; signatures: number }> => {
    const { answers } = await queryServer(
      { address: '127.0.0.1', port },
      { name: apex, type, dnssecOk: true, transport: 'tcp' },
    )
    const records = answers.filter((one) => one.type === type).map(({ rdata }) => formatRdata(type, rdata))
    return { records, signatures: answers.filter((one) => formatRecordType(one.type) === 'RRSIG').length }
  }
  const until = async (event: string | undefined): Promise<readonly KeyReport[]> => {
    for (const untilMs = Date.now() + 30_000; ; await pause(50)) {
      const keys = await keysNow()
      if (keys[0]?.next?.event === event) return keys
      assert.ok(Date.now() < untilMs, `${event} in ${JSON.stringify(keys)}`)
    }
  }
  const [first] = await keysNow()
  assert.ok(first)
  const old = first.tag
  const oldDs = dsOf(old, [first])
  const { port: portAbove, anchor } = await above.serve(folder, [oldDs])
  const stubs = { 'example.': portAbove, 'child.example.': port }
  const unbound = await Unbound.start({ folder: join(folder, 'unbound'), anchor, stubs })
  const asking = new Asking(unbound, (round) => ({
    'www.child.example A': 'NOERROR',
    [`absent${round}.child.example A`]: 'NXDOMAIN',
    'child.example DNSKEY': 'NOERROR',
  }))
  try {
    await pause(1_000)
    const rolled = (await askControl(control, 'key-roll', 'child.example', 10_000)).keys
    const next = rolled.find(({ state }) => state === 'published')?.tag as number
    assert.deepEqual(
      rolled.map(({ tag, state }) => [tag, state]).sort(),
      [
        [next, 'published'],
        [old, 'active'],
      ].sort(),
    )
    assert.deepEqual([(await served(RecordType.DNSKEY)).signatures, (await served(RecordType.SOA)).signatures], [2, 1])
    assert.deepEqual((await served(RecordType.CDS)).records, [oldDs])
    await assert.rejects(askControl(control, 'key-confirm', 'child.example', 5_000), /does not sign yet/)
    await asking.without(async () => {
      await server.stop()
      server = await serve()
    })
    const active = await until('confirmed')
    assert.deepEqual(Object.fromEntries(active.map(({ tag, state }) => [tag, state])), {
      [old]: 'retired',
      [next]: 'active',
    })
    assert.deepEqual([(await served(RecordType.DNSKEY)).signatures, (await served(RecordType.SOA)).signatures], [2, 1])
    assert.deepEqual((await served(RecordType.CDS)).records, [dsOf(next, active)])

    // BIND's own tool makes the new DS of what the zone publishes, checked by the DS that there is.
    const present = join(folder, 'dsset-child.example.')
    await writeFile(present, `child.example. ${TTL_SECONDS} IN DS ${oldDs}\n`)
    const published = join(folder, 'published')
    let text = ''
    for (const type of ['CDS', 'CDNSKEY', 'DNSKEY'])
      text += (
        await run('dig', ['@127.0.0.1', '-p', String(port), '+dnssec', '+noall', '+answer', 'child.example', type])
      ).stdout
    await writeFile(published, text)
    const { stdout: made } = await run('dnssec-cds', ['-s', '-86400', '-f', published, '-d', present, 'child.example'])
    const [, newDs = ''] = /\bDS\s+(.*)$/m.exec(made) ?? []
    const bare = (ds: string): string => ds.replace(/\s/g, '').toLowerCase()
    assert.equal(bare(newDs), bare(dsOf(next, active)))
    await above.put([newDs])
    await askControl(control, 'key-confirm', 'child.example', 5_000)
    const [only, ...more] = await until(undefined)
    assert.deepEqual([only?.tag, only?.state, more.length], [next, 'active', 0])
    assert.deepEqual((await served(RecordType.DNSKEY)).records.length, 1)
    // Whatever the resolver remembers of before has ended by then.
    await pause(2 * TTL_SECONDS * 1_000)
    await asking.end()
    assert.deepEqual(asking.failures, [], unbound.log())
    assert.ok(asking.answered > 200, `${asking.answered} answers`)
    assert.doesNotMatch(await readFile(join(folder, 'keys', 'child.example.keys'), 'utf8'), /next/)
  } finally {
    await asking.end()
    await unbound.stop()
    await above.stop()
    await server.stop()
    await rm(folder, { recursive: true })
  }
})
