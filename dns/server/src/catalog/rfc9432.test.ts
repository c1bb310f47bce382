import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { queryServer } from '../query.ts'
import { soaSerial } from '../records.ts'
import { serveDns } from '../serve.ts'
import { ZoneStore } from '../store/zone-store.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { linesOf } from '../testing/zone-records.ts'
import { parsePrefix } from '../transfer/prefix.ts'
import { memberLabel } from './catalog-zone.ts'
import { combinedTransferSource } from './combined-source.ts'
import { ZoneCatalog } from './zone-catalog.ts'

const apex = parseAbsoluteName('catalog.example')
const names = (...texts: string[]): Uint8Array[] => texts.map((text) => parseAbsoluteName(text))
const label = (text: string): string => memberLabel(parseAbsoluteName(text))
const contentOf = (catalog: ZoneCatalog): string[] => linesOf(catalog.zone(apex)?.entries() ?? []).sort()

test('4: SOA, NS "invalid.", version 2, and a PTR with a label of its own for each member', () => {
  const catalog = new ZoneCatalog(apex)
  assert.equal(catalog.soa, undefined)
  catalog.setMembers(names('example.org', 'example.com', '.'), 1_800_000_000)
  assert.deepEqual(contentOf(catalog), [
    ...['.', 'example.com.', 'example.org.']
      .map((name) => `${label(name)}.zones.catalog.example. 0 PTR ${name}`)
      .sort(),
    'catalog.example. 0 NS invalid.',
    'catalog.example. 0 SOA invalid. invalid. 1800000000 3600 600 2147483646 0',
    'version.catalog.example. 0 TXT "2"',
  ])
})

test('4.1: labels stay and the serial rises while members come and go; the change alone is a difference', () => {
  const catalog = new ZoneCatalog(apex)
  const many = Array.from({ length: 20 }, (_, index) => `zone${index}.example`)
  assert.equal(catalog.hasMembers([]), false)
  catalog.setMembers(names(...many), 5)
  assert.ok(catalog.hasMembers(names(...many.toReversed())))
  assert.equal(catalog.hasMembers(names(...many.slice(1))), false)
  assert.equal(catalog.hasMembers(names(...many.slice(1), 'x.example')), false)
  assert.equal(soaSerial(catalog.soa as Uint8Array), 5)
  const before = contentOf(catalog)
  catalog.setMembers(names(...many.slice(1), 'new.example'), 6)
  assert.equal(soaSerial(catalog.soa as Uint8Array), 6)
  const rest = contentOf(catalog).filter((line) => !before.includes(line) && !line.includes(' SOA '))
  assert.deepEqual(rest, [`${label('new.example')}.zones.catalog.example. 0 PTR new.example.`])
  const [difference] = catalog.differences(apex, 5) ?? []
  assert.ok(difference !== undefined && difference.removed.length > 0 && difference.removed.length < 120)
  assert.equal(catalog.differences(parseAbsoluteName('zone1.example'), 5), undefined)
  const removed = catalog.zone(apex)
  catalog.setMembers([], 7)
  assert.notEqual(catalog.zone(apex), removed)
  assert.equal(contentOf(catalog).length, 3)
})

test('an apex with no room for members is refused at once', () => {
  const long = parseAbsoluteName([63, 63, 63, 30].map((length) => 'x'.repeat(length)).join('.'))
  assert.throws(() => new ZoneCatalog(long), /is too long for a catalog/)
})

test('6: the catalog is for those who may take zones; others learn nothing of it', async () => {
  const store = new ZoneStore()
  store.replace(zoneOf('example', '@ 60 SOA ns host 1 2 3 4 5\n'), 1)
  const catalog = new ZoneCatalog(apex)
  catalog.setMembers(names('example'), 5)
  const serve = async (prefix: string) => {
    const transfers = {
      source: combinedTransferSource(store, catalog),
      rules: { keys: [], prefixes: [parsePrefix(prefix)!] },
      hidden: catalog.source,
    }
    const server = await serveDns({ address: '127.0.0.1', port: 0, source: store, transfers })
    after(() => server.close())
    return server
  }
  const ask = async (server: { port: number }, name: Uint8Array, type: number) =>
    await queryServer({ address: '127.0.0.1', port: server.port }, { name, type, transport: 'tcp' })
  const [friend, stranger] = [await serve('127.0.0.0/8'), await serve('192.0.2.0/24')]
  const version = parseAbsoluteName('version.catalog.example')
  assert.equal((await ask(friend, version, RecordType.TXT)).answers.length, 1)
  assert.deepEqual((await ask(friend, apex, RecordType.AXFR)).answers.length, 5)
  assert.equal((await ask(friend, parseAbsoluteName('example'), RecordType.SOA)).answers.length, 1)
  // The zone that is served above it denies the name, as it does any other.
  assert.equal((await ask(stranger, version, RecordType.TXT)).rcode, 3)
  assert.equal((await ask(stranger, apex, RecordType.SOA)).rcode, 3)
  assert.equal((await ask(stranger, apex, RecordType.AXFR)).rcode, 5)
})
