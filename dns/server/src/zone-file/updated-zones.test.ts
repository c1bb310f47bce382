import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { appendFile, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseAbsoluteName, parseMessage } from '@cresset/dns-wire'
import fc from 'fast-check'
import { applyDifference } from '../journal/apply-difference.ts'
import { dsRdata, zoneKeyOf } from '../sign/zone-key.ts'
import type { ZoneSigning } from '../sign/zone-signing.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { ask } from '../testing/ask.ts'
import { updateMessage } from '../testing/update-text.ts'
import { linesOf } from '../testing/zone-records.ts'
import { planUpdate } from '../update/plan-update.ts'
import { parseUpdateGrant } from '../update/update-grant.ts'
import { ZoneFileError } from './open-master-file.ts'
import { ZoneFiles } from './zone-files.ts'

const folder = await mkdtemp(join(tmpdir(), 'cresset-updated-zones-'))
after(() => rm(folder, { recursive: true, force: true }))
let worlds = 0

const apex = parseAbsoluteName('example')
const grants = [parseUpdateGrant('k@example') ?? assert.fail()]
const head = (serial: number): string =>
  `$TTL 60\n@ SOA ns host ${serial} 3600 600 604800 60\n@ NS ns\nns A 192.0.2.1\nwww A 192.0.2.80\n${filler}`
/** Differences are kept as long as they are smaller than the zone. */
const filler = Array.from({ length: 40 }, (_, index) => `filler${index} TXT "${'x'.repeat(100)}"\n`).join('')

const key = zoneKeyOf(generateKeyPairSync('ed25519').privateKey, 257)
const signed: ZoneSigning = { keysOf: async () => ({ keys: [key] }), serialFor: async (_apex, serial) => serial }

class World {
  readonly folder = join(folder, String(worlds++))
  readonly path = `${this.folder}.zone`
  readonly journal = join(this.folder, 'example.journal')
  zones: ZoneFiles
  readonly #signing: ZoneSigning | undefined

  constructor(signing?: ZoneSigning) {
    this.#signing = signing
    this.zones = this.#open()
  }

  #open(): ZoneFiles {
    const storage = { pathOf: () => this.journal, mayBeUpdated: () => true, maxRecords: 300 }
    return new ZoneFiles([{ apex, path: this.path }], this.#signing, storage)
  }

  /** As after a crash: closing writes nothing. */
  async restart(): Promise<string> {
    await this.zones.close()
    this.zones = this.#open()
    return await this.load()
  }

  /** `loaded`, or `kept: reason`. */
  async load(): Promise<string> {
    const [load] = await this.zones.load()
    return load?.reason === undefined ? (load?.outcome ?? '') : `${load.outcome}: ${load.reason}`
  }

  async update(...updates: string[]): Promise<string> {
    const [outcome] = await this.updateTogether([updates])
    return outcome as string
  }

  /** `changed`, or `refused: text`. */
  async updateTogether(all: readonly (readonly string[])[]): Promise<string[]> {
    const plans = all.map((updates) => {
      const { answers, authorities } = parseMessage(updateMessage({ zone: 'example', updates }))
      return (zone: MemoryZone) => planUpdate(zone, answers, authorities, grants)
    })
    const outcomes = await this.zones.updateTogether(apex, plans)
    return outcomes.map(({ kind, text }) => (text === '' ? kind : `${kind}: ${text}`))
  }

  get serial(): number | undefined {
    return this.zones.status()[0]?.serial
  }

  get lines(): string[] {
    const zone = this.zones.zones.zone(apex)
    return zone === undefined ? [] : linesOf(zone.entries()).sort()
  }

  answer(question: string): string[] {
    return ask(this.zones.source, question).answer
  }
}

const open: World[] = []
after(() => Promise.all(open.map(({ zones }) => zones.close())))

async function started(signing?: ZoneSigning): Promise<World> {
  const world = new World(signing)
  open.push(world)
  await writeFile(world.path, head(7))
  assert.equal(await world.load(), 'loaded')
  return world
}

for (const [name, signing] of [
  ['unsigned', undefined],
  ['signed', signed],
] as const)
  test(`${name}: what is acknowledged is there after a crash, and secondaries go on from before it`, async () => {
    const world = await started(signing)
    const first = (world.zones.zones.zone(apex) ?? assert.fail()).copy()
    assert.equal(await world.update('new.example 60 IN TXT "1"'), 'changed')
    assert.equal(await world.update('www.example 0 ANY A', 'a.b.example 60 IN A 192.0.2.9'), 'changed')
    assert.equal(await world.update('new.example 60 IN TXT "1"'), 'unchanged')
    assert.deepEqual(world.answer('new.example. TXT'), ['new.example. 60 TXT "1"'])
    const { lines, serial } = world
    assert.equal(serial, 9)
    assert.equal(await world.restart(), 'loaded')
    assert.deepEqual([world.lines, world.serial], [lines, 9])
    const differences = world.zones.zones.differences?.(apex, 7, '') ?? assert.fail()
    assert.equal(differences.length, 2)
    for (const difference of differences) applyDifference(first, difference)
    assert.deepEqual(linesOf(first.entries()).sort(), lines)
    const [status] = world.zones.status()
    assert.deepEqual([status?.records, status?.isUpdated], [45, true])
    // And it goes on.
    assert.equal(await world.update('third.example 60 IN TXT "3"'), 'changed')
    assert.equal(world.zones.zones.differences?.(apex, 7, '')?.length, 3)
    assert.equal(await world.load(), 'unchanged')
  })

test('a file that is read again leads on from before a restart too', async () => {
  const world = await started()
  await writeFile(world.path, `${head(8)}more A 192.0.2.4\n`)
  assert.equal(await world.load(), 'loaded')
  assert.equal(await world.restart(), 'loaded')
  assert.equal(world.zones.zones.differences?.(apex, 7, '')?.length, 1)
  // Edited while the server was down.
  await writeFile(world.path, `${head(9)}more A 192.0.2.5\n`)
  assert.equal(await world.restart(), 'loaded')
  assert.deepEqual(world.answer('more.example. A'), ['more.example. 60 A 192.0.2.5'])
  assert.equal(world.zones.zones.differences?.(apex, 7, '')?.length, 2)
})

test('a file that is edited beside updates is not read, also not after a restart; one that is only touched is the same', async () => {
  const world = await started()
  assert.equal(await world.update('new.example 60 IN TXT "1"'), 'changed')
  await writeFile(world.path, head(7))
  assert.equal(await world.load(), 'unchanged')
  await writeFile(world.path, head(20))
  const reason = `kept: ${world.path} was edited while the zone takes updates, and is not read: move it away, and "cresset dns zone freeze example" writes the zone there, to be edited`
  assert.equal(await world.load(), reason)
  assert.equal(await world.restart(), reason)
  assert.deepEqual([world.answer('new.example. TXT').length, world.serial], [1, 8])
  assert.match(world.zones.status()[0]?.problem ?? '', /was edited/)
  assert.equal(await world.update('second.example 60 IN TXT "2"'), 'changed')
  await assert.rejects(world.zones.freeze(apex), /was edited while the zone takes updates; move it away, and the zone/)
  await rename(world.path, `${world.path}.mine`)
  assert.equal(await world.zones.freeze(apex), true)
  assert.match(await readFile(world.path, 'utf8'), /^second +TXT +"2"$/m)
  assert.equal((await world.zones.thaw(apex))?.outcome, 'unchanged')
  assert.equal(world.zones.status()[0]?.problem, undefined)
})

for (const [name, signing] of [
  ['unsigned', undefined],
  ['signed', signed],
] as const)
  test(`${name}: a freeze writes the zone to its file, which can be edited then`, async () => {
    const world = await started(signing)
    const { mode } = await stat(world.path)
    assert.equal(await world.update('new.example 60 IN TXT "1"', 'sub.example 60 IN NS ns.sub.example.'), 'changed')
    assert.equal(await world.zones.freeze(apex), true)
    assert.equal(await world.update('x.example 60 IN TXT "1"'), 'refused: the zone is frozen')
    const text = await readFile(world.path, 'utf8')
    assert.match(text, /^\$ORIGIN example\.\n\$TTL 60\n@ +SOA +ns\.example\. host\.example\. 8 3600 600 604800 60$/m)
    assert.doesNotMatch(text, /RRSIG|NSEC|DNSKEY|ZONEMD/)
    assert.equal(text.split('\n').length, 2 + 46 + 1)
    assert.equal((await stat(world.path)).mode, mode)
    await writeFile(world.path, text.replace(' 8 3600', ' 9 3600').replace('"1"', '"by hand"'))
    const load = await world.zones.thaw(apex)
    assert.deepEqual([load?.outcome, load?.hasStaleSerial], ['loaded', false])
    assert.deepEqual(world.answer('new.example. TXT'), ['new.example. 60 TXT "by hand"'])
    assert.equal(await world.update('x.example 60 IN TXT "1"'), 'changed')
    assert.equal(world.zones.zones.differences?.(apex, 7, '')?.length, 3)
    assert.equal(await world.restart(), 'loaded')
    assert.equal(world.answer('x.example. TXT').length, 1)
  })

for (const [name, signing] of [
  ['unsigned', undefined],
  ['signed', signed],
] as const)
  test(`${name}: a freeze that ends before it noted that the file is written is no edit`, async () => {
    const world = await started(signing)
    await world.update('new.example 60 IN TXT "1"', 'svc.example 60 IN HTTPS 1 www.example. alpn=h2')
    const journal = await readFile(world.journal)
    await world.zones.freeze(apex)
    await world.zones.close()
    await writeFile(world.journal, journal)
    assert.equal(await world.restart(), 'loaded')
    assert.deepEqual([world.zones.status()[0]?.isUpdated, world.serial], [false, 8])
    assert.equal(await world.restart(), 'loaded')
    assert.equal(world.zones.status()[0]?.isUpdated, false)
  })

test('a file with a mistake leaves what is stored, also at the start', async () => {
  const world = await started()
  await writeFile(world.path, `${head(8)}wrong A x\n`)
  assert.match(await world.restart(), /^kept: \S+\.zone:\d+: not an IPv4 address$/)
  assert.equal(world.serial, 7)
})

test('a zone grows to a bound, and may always shrink', async () => {
  const world = await started()
  const some = (from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, index) => `h${from + index}.example 60 IN A 192.0.2.1`)
  assert.equal(await world.update(...some(0, 256)), 'changed')
  assert.equal(world.zones.status()[0]?.records, 300)
  assert.equal(await world.update(...some(256, 257)), 'refused: the zone would have too many records')
  assert.equal(await world.update('h0.example 0 ANY A', ...some(256, 257)), 'changed')
  assert.equal(await world.update('h1.example 0 ANY A'), 'changed')
  assert.equal(world.zones.status()[0]?.records, 299)
  // Together they would be over it, one by one the first is not.
  assert.deepEqual(await world.updateTogether([some(300, 301), some(301, 302)]), [
    'changed',
    'refused: the zone would have too many records',
  ])
  assert.equal(world.zones.status()[0]?.records, 300)
})

test('a change that cannot be written down is not made', async () => {
  const world = await started()
  const { lines } = world
  await appendFile(world.journal, 'x')
  assert.equal(await world.update('new.example 60 IN TXT "1"'), 'failed: the change cannot be written down')
  // What was decided behind it counts no more than itself.
  const [none, ...failed] = await world.updateTogether([
    ['none.example 0 ANY ANY'],
    ['new.example 60 IN TXT "1"'],
    ['new.example 60 IN TXT "1"'],
  ])
  assert.equal(none, 'unchanged')
  assert.deepEqual(failed, Array(2).fill('failed: the change cannot be written down'))
  assert.deepEqual(world.lines, lines)
  assert.match(world.zones.status()[0]?.problem ?? '', /example\.journal was changed by another program$/)
  // What was not whole is cut off when it is opened again.
  assert.equal(await world.restart(), 'loaded')
  assert.equal(await world.update('new.example 60 IN TXT "1"'), 'changed')
  assert.equal(world.zones.status()[0]?.problem, undefined)
})

test('updates that wait together are one version, each done on what those before it left', async () => {
  const world = await started(signed)
  const outcomes = await world.updateTogether([
    ['new.example 60 IN TXT "1"'],
    ['new.example 60 IN CNAME www.example.'],
    ['old.example 60 IN DNSKEY 257 3 15 AAAA', 'example 0 ANY DNSKEY'],
    ['new.example 60 IN TXT "2"', 'b.new.example 60 IN TXT "3"'],
  ])
  const refused = 'refused: records of DNSSEC are made by the server'
  assert.deepEqual(outcomes, ['changed', 'unchanged', refused, 'changed'])
  assert.equal(world.serial, 9)
  assert.equal(world.zones.zones.differences?.(apex, 7, '')?.length, 1)
  assert.deepEqual(world.answer('new.example. TXT').sort(), ['new.example. 60 TXT "1"', 'new.example. 60 TXT "2"'])
  const { lines } = world
  assert.equal(await world.restart(), 'loaded')
  assert.deepEqual(world.lines, lines)
  const soa = (serial: number): string[] => [`example 60 IN SOA ns.example. host.example. ${serial} 3600 600 604800 60`]
  // Each is greater than the one before, and the last is not greater than the first.
  const [half, around] = [9 + 2 ** 31 - 1, (9 + 2 ** 32 - 2) % 2 ** 32]
  assert.deepEqual(await world.updateTogether([soa(half), soa(around)]), ['changed', 'changed'])
  assert.equal(world.serial, around)
  assert.deepEqual(
    [half, 9].map((serial) => world.zones.zones.differences?.(apex, serial, '')?.length),
    [1, 2],
  )
})

test('a journal that is damaged stops the zone; without it the file is read', async () => {
  const world = await started()
  await world.update('new.example 60 IN TXT "1"')
  const bytes = await readFile(world.journal)
  bytes[60] = (bytes[60] as number) ^ 1
  await writeFile(world.journal, bytes)
  assert.match(await world.restart(), /^kept: \S+ is damaged: [^\n]+; bring it back from a backup, or move it away$/)
  assert.equal(world.serial, undefined)
  await rm(world.journal)
  assert.equal(await world.load(), 'loaded')
  assert.equal(world.serial, 7)
})

test('signing that comes, goes, or has another key, after a restart', async () => {
  const world = await started(signed)
  await world.update('new.example 60 IN TXT "1"')
  const count = (type: string): number => world.lines.filter((text) => text.split(' ')[2] === type).length
  const other = zoneKeyOf(generateKeyPairSync('ed25519').privateKey, 257)
  const again = async (signing: ZoneSigning | undefined): Promise<void> => {
    const storage = { pathOf: () => world.journal, mayBeUpdated: () => true }
    await world.zones.close()
    world.zones = new ZoneFiles([{ apex, path: world.path }], signing, storage)
    assert.equal(await world.load(), 'loaded')
    assert.equal(world.answer('new.example. TXT').length, 1)
  }
  await again({ ...signed, keysOf: async () => ({ keys: [other] }) })
  assert.deepEqual([world.serial, count('DNSKEY'), world.zones.status()[0]?.keys[0]?.tag], [9, 1, other.tag])
  await again(undefined)
  assert.deepEqual([world.serial, count('RRSIG'), count('NSEC'), count('DNSKEY')], [10, 0, 0, 0])
  await again(signed)
  assert.deepEqual([world.serial, count('DNSKEY'), world.zones.status()[0]?.isUpdated], [11, 1, true])
})

test('a zone whose keys changed takes no updates until it is signed by them, and no signature goes to its file', async () => {
  const world = await started(signed)
  assert.equal(await world.update('old.example 60 IN TXT "0"'), 'changed')
  await world.zones.close()
  const other = zoneKeyOf(generateKeyPairSync('ed25519').privateKey, 257)
  let problem: string | undefined = 'no room'
  const signing = {
    keysOf: async () => ({ keys: [other] }),
    async serialFor(_apex: Uint8Array, serial: number) {
      if (problem !== undefined) throw new ZoneFileError(problem)
      return serial
    },
  }
  const storage = { pathOf: () => world.journal, mayBeUpdated: () => true }
  world.zones = new ZoneFiles([{ apex, path: world.path }], signing, storage)
  assert.equal(await world.load(), 'kept: no room')
  const { lines } = world
  assert.ok(lines.some((text) => text.includes(' RRSIG ')))
  assert.equal(await world.update('new.example 60 IN TXT "1"'), 'refused: what changes could not be signed')
  assert.deepEqual(world.lines, lines)
  await world.zones.freeze(apex)
  assert.doesNotMatch(await readFile(world.path, 'utf8'), /DNSKEY|RRSIG|NSEC/)
  problem = undefined
  await world.zones.thaw(apex)
  await world.zones.resign()
  assert.equal(await world.update('new.example 60 IN TXT "1"'), 'changed')
})

test('changes that are longer than the zone are put together, and those that secondaries may want stay', async () => {
  const world = await started()
  const size = async (): Promise<number> => (await stat(world.journal)).size
  const sizes: number[] = []
  for (let index = 0; index < 14; index++) {
    const big = Array.from({ length: 200 }, (_, part) => `big.example 60 IN TXT "${'x'.repeat(230)} ${index} ${part}"`)
    assert.equal(await world.update('big.example 0 ANY TXT', ...big), 'changed')
    sizes.push(await size())
  }
  assert.ok(Math.max(...sizes) > 1_000_000 && (sizes.at(-1) as number) < 500_000, sizes.join())
  const { lines } = world
  const known = world.zones.zones.differences?.(apex, 20, '')?.length
  assert.equal(await world.restart(), 'loaded')
  assert.deepEqual(world.lines, lines)
  assert.equal(world.zones.zones.differences?.(apex, 20, '')?.length, known)
  assert.equal(world.serial, 21)
})

test('new signatures day by day leave no journal that grows for ever', async (context) => {
  const start = Date.now()
  context.mock.timers.enable({ apis: ['Date'], now: start })
  const world = await started(signed)
  const hosts = Array.from({ length: 600 }, (_, index) => `host${index} A 192.0.2.1\n`).join('')
  await writeFile(world.path, `${head(8)}${hosts}`)
  assert.equal(await world.load(), 'loaded')
  const sizes: number[] = []
  for (let day = 1; day <= 8; day++) {
    context.mock.timers.setTime(start + day * 86_400_000)
    await world.zones.resign()
    sizes.push((await stat(world.journal)).size)
  }
  const isShorter = (size: number, index: number): boolean => size < (sizes[index - 1] ?? 0)
  assert.ok(sizes.some(isShorter), sizes.join())
  const { lines } = world
  assert.equal(await world.restart(), 'loaded')
  assert.deepEqual(world.lines, lines)
})

test('signatures that are stored are made again before they end', async (context) => {
  const world = await started(signed)
  const ends = (): number => world.zones.status()[0]?.earliestExpiration ?? 0
  const [first, start] = [ends(), Date.now()]
  await world.zones.close()
  const storage = { pathOf: () => world.journal, mayBeUpdated: () => true }
  world.zones = new ZoneFiles([{ apex, path: world.path }], signed, storage)
  const [again] = await world.zones.load()
  assert.deepEqual(again?.result?.signers, [dsRdata(apex, key.dnskey)])
  assert.deepEqual([ends(), world.serial], [first, 7])
  context.mock.timers.enable({ apis: ['Date'], now: start + 2 * 86_400_000 })
  assert.equal(await world.restart(), 'loaded')
  assert.ok(ends() > first + 86_400)
  assert.equal(world.serial, 8)
})

test('without a chain: what changes is signed, and denied by records made for the question', async () => {
  const world = await started({ ...signed, denialOf: () => 'compact' })
  assert.equal(await world.update('new.example 60 IN TXT "1"'), 'changed')
  const types = (): string[] => [...new Set(world.lines.map((text) => text.split(' ')[2] ?? ''))].sort()
  assert.deepEqual(types(), ['A', 'DNSKEY', 'NS', 'RRSIG', 'SOA', 'TXT'])
  assert.ok(world.lines.some((text) => text.startsWith('new.example. 60 RRSIG TXT ')))
  assert.equal(await world.restart(), 'loaded')
  assert.deepEqual([world.serial, world.zones.zones.zone(apex)?.compact !== undefined], [8, true])
})

test("what a zone shows of another one (RFC 9615) stays the server's own, over updates, restarts and freezes", async () => {
  const own = join(folder, 'signals')
  const paths = { a: `${own}-a`, b: `${own}-b` }
  const soa = '$TTL 60\n@ SOA ns.b. host 7 3600 600 604800 60\n@ NS ns.b.\n'
  await writeFile(paths.a, soa)
  await writeFile(paths.b, `${soa}ns A 192.0.2.1\n`)
  const zoneNames = Object.entries(paths).map(([label, path]) => ({ apex: parseAbsoluteName(label), path }))
  const signing = { ...signed, hasSignals: true, keysOf: async () => ({ keys: [key], delegation: [key.dnskey] }) }
  const storage = {
    pathOf: (name: Uint8Array) => `${own}-${String.fromCharCode(name[1] as number)}.journal`,
    mayBeUpdated: () => true,
  }
  const b = parseAbsoluteName('b')
  let zones = new ZoneFiles(zoneNames, signing, storage)
  const load = async (): Promise<string[]> => {
    assert.deepEqual(
      (await zones.load()).map(({ outcome }) => outcome),
      ['loaded', 'loaded'],
    )
    return (await zones.signal()).map(({ outcome }) => outcome)
  }
  const signals = (): string[] =>
    linesOf(zones.zones.zone(b)?.entries() ?? [])
      .filter((text) => text.startsWith('_dsboot'))
      .map((text) => text.split(' ')[2] ?? '')
      .sort()
  assert.deepEqual(await load(), ['loaded'])
  const shown = ['CDNSKEY', 'CDS', 'NSEC', 'RRSIG', 'RRSIG', 'RRSIG']
  assert.deepEqual(signals(), shown)
  const { answers, authorities } = parseMessage(updateMessage({ zone: 'b', updates: ['new.b 60 IN TXT "1"'] }))
  const mayChangeB = [parseUpdateGrant('k@b') ?? assert.fail()]
  const update = () => zones.update(b, (zone) => planUpdate(zone, answers, authorities, mayChangeB))
  assert.equal((await update()).kind, 'changed')
  // Who may change the zone may not speak for the other one in it, nor silence it.
  const [signal = ''] = linesOf(zones.zones.zone(b)?.entries() ?? []).filter((text) => text.startsWith('_dsboot'))
  const place = signal.split(' ')[0]?.replace(/\.$/, '')
  for (const line of [`${place} 0 ANY ANY`, `${place} 0 ANY CDS`, `${place} 60 IN CDS 0 0 0 00`]) {
    const { authorities: own } = parseMessage(updateMessage({ zone: 'b', updates: [line] }))
    const outcome = await zones.update(b, (zone) => planUpdate(zone, [], own, mayChangeB))
    assert.deepEqual([outcome.kind, outcome.text], ['refused', 'records of DNSSEC are made by the server'], line)
    assert.deepEqual(signals(), shown)
  }
  for (let restarts = 0; restarts < 2; restarts++) {
    await zones.close()
    zones = new ZoneFiles(zoneNames, signing, storage)
    await load()
    assert.deepEqual([signals(), (await update()).kind], [shown, 'unchanged'])
  }
  // Another server of the zone that is shown is one more place.
  const toServer = parseMessage(updateMessage({ zone: 'a', updates: ['a 60 IN NS ns2.b.'] })).authorities
  const mayChangeA = [parseUpdateGrant('k@a') ?? assert.fail()]
  const changed = await zones.update(parseAbsoluteName('a'), (zone) => planUpdate(zone, [], toServer, mayChangeA))
  assert.equal(changed.kind, 'changed')
  assert.deepEqual(
    (await zones.signal()).map(({ outcome }) => outcome),
    ['loaded'],
  )
  assert.equal(signals().length, 2 * shown.length)
  await zones.freeze(b)
  assert.doesNotMatch(await readFile(paths.b, 'utf8'), /_dsboot|CDS|CDNSKEY|DNSKEY|RRSIG/)
  await zones.close()
})

test('a zone that is signed elsewhere takes no updates', async () => {
  const world = new World()
  await writeFile(world.path, `${head(7)}@ DNSKEY 257 3 15 ${Buffer.alloc(32, 1).toString('base64')}\n`)
  assert.match(await world.load(), /is signed already: what updates change could not be signed$/)
})

const owner = fc.constantFrom('a', 'b', 'a.b', 'c.a.b', '*.b').map((label) => `${label}.example`)
const line = fc.oneof(
  fc.tuple(owner, fc.nat(3)).map(([name, last]) => `${name} 60 IN A 192.0.2.${last}`),
  fc.tuple(owner, fc.nat(3)).map(([name, text]) => `${name} ${60 + text} IN TXT "${text}"`),
  fc.tuple(owner, owner).map(([name, to]) => `${name} 60 IN CNAME ${to}.`),
  fc.tuple(owner, fc.constantFrom('A', 'TXT', 'CNAME', 'ANY')).map(([name, type]) => `${name} 0 ANY ${type}`),
  fc.tuple(owner, fc.nat(3)).map(([name, last]) => `${name} 0 NONE A 192.0.2.${last}`),
)
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(fc.array(line, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
  },
  { weight: 1, arbitrary: fc.constant('restart' as const) },
)

/** Records as lists of lines, each update done as the RFC's prose has it. */
class NaiveZone {
  #records: { owner: string; type: string; ttl: number; data: string }[] = []

  update(text: string): void {
    const [name = '', ttl, recordClass, type = '', ...rest] = text.split(' ')
    const data = rest.join(' ')
    const others = this.#records.filter(({ owner: other }) => other !== name)
    const own = this.#records.filter(({ owner: other }) => other === name)
    if (recordClass === 'ANY') this.#records = [...others, ...own.filter((one) => type !== 'ANY' && one.type !== type)]
    else if (recordClass === 'NONE')
      this.#records = [...others, ...own.filter((one) => one.type !== type || one.data !== data)]
    else {
      if (own.some((one) => (one.type === 'CNAME') !== (type === 'CNAME'))) return
      const kept = own.filter((one) => one.type !== type || (type !== 'CNAME' && one.data !== data))
      const all = [...kept, { owner: name, type, ttl: Number(ttl), data }]
      this.#records = [...others, ...all.map((one) => (one.type === type ? { ...one, ttl: Number(ttl) } : one))]
    }
  }

  get lines(): string[] {
    return this.#records.map(({ owner: name, type, ttl, data }) => `${name}. ${ttl} ${type} ${data}`).sort()
  }
}

test('any updates and restarts come to what a list of records comes to', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const world = await started()
      const naive = new NaiveZone()
      const base = world.lines.filter((text) => !text.includes(' SOA '))
      for (const next of steps) {
        if (next === 'restart') assert.equal(await world.restart(), 'loaded')
        else {
          const { serial } = world
          const expected: string[] = []
          for (const updates of next) {
            const before = naive.lines
            for (const text of updates) naive.update(text)
            expected.push(before.join() === naive.lines.join() ? 'unchanged' : 'changed')
          }
          assert.deepEqual(await world.updateTogether(next), expected)
          assert.equal(world.serial, (serial as number) + expected.filter((kind) => kind === 'changed').length)
        }
        const expected = [...base, ...naive.lines].sort()
        assert.deepEqual(
          world.lines.filter((text) => !text.includes(' SOA ')),
          expected,
        )
      }
      await world.zones.close()
    }),
    { numRuns: 25 },
  )
})
