import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ZoneLoad, ZoneStatus } from '@cresset/dns-server'
import { formatName, parseAbsoluteName } from '@cresset/dns-wire'
import { NameServerStatistics } from '../name-server-statistics.ts'
import type { ZoneOperations } from '../zone-operations.ts'
import type { ControlAnswers, ControlCommand, ControlReply, ControlRequest } from './protocol.ts'
import { ZoneControl, type ZoneControlOptions } from './zone-control.ts'

const SIGNED_AGAIN = Date.UTC(2026, 10, 22)
const END = Date.UTC(2026, 10, 24) / 1_000
const status = (name: string, own: Partial<ZoneStatus> = {}): ZoneStatus => ({
  apex: parseAbsoluteName(name),
  path: `${name}.zone`,
  records: 3,
  serial: 7,
  loadedAtMs: 0,
  isFrozen: false,
  isUpdated: false,
  problem: undefined,
  earliestExpiration: undefined,
  keys: [],
  ...own,
})
const key = { tag: 4711, algorithm: 15, flags: 257, signsHere: true, ds: new Uint8Array(36) }
const zones = [
  status('a', { keys: [key], earliestExpiration: END }),
  status('b', { keys: [{ ...key, signsHere: false }], earliestExpiration: END + 1, problem: 'b.zone:1: no' }),
  status('.', { keys: [key], isFrozen: true }),
]
const loaded: ZoneLoad = { apex: parseAbsoluteName('a'), path: 'a.zone', outcome: 'kept', reason: 'a.zone:1: no' }
const operations = {
  nextSigningMs: SIGNED_AGAIN,
  status: () => zones,
  reload: async () => [loaded, { ...loaded, outcome: 'unchanged' }],
  reloadOne: async () => [loaded],
  thaw: async () => [loaded],
  freeze: async () => true,
} as unknown as ZoneOperations

function handled(request: ControlRequest, options: Partial<ZoneControlOptions> = {}): Promise<ControlReply> {
  const statistics = (): never => assert.fail('not asked for')
  return new ZoneControl({ zones: operations, files: operations, statistics, ...options }).handle(request)
}

async function asked<K extends ControlCommand>(
  command: K,
  zone?: string,
  options: Partial<ZoneControlOptions> = {},
): Promise<ControlAnswers[K]> {
  const reply = await handled(zone === undefined ? { command } : { command, zone }, options)
  assert.ok('ok' in reply, JSON.stringify(reply))
  return reply.ok as ControlAnswers[K]
}

async function refused(request: ControlRequest): Promise<string | undefined> {
  const reply = await handled(request)
  return 'error' in reply ? reply.error.code : undefined
}

test('a zone with what its secondaries have', async () => {
  const apex = parseAbsoluteName('a')
  const target = { address: '2001:db8::1', port: 53 }
  const secondaries = () => [
    { target, apex, serial: 6, lagSeconds: 7.5 },
    { target: { ...target, port: 54 }, apex, serial: undefined, lagSeconds: 9 },
    { target, apex: parseAbsoluteName('b'), serial: 7, lagSeconds: 0 },
  ]
  const [told] = (await asked('zone-list', 'a', { secondaries })).zones
  assert.deepEqual(told?.secondaries, [
    { secondary: '[2001:db8::1]:53', serial: 6, lagSeconds: 7.5 },
    { secondary: '[2001:db8::1]:54', serial: null, lagSeconds: 9 },
  ])
})

test('of many zones the secondaries are looked at once', async () => {
  let looks = 0
  const secondaries = () => {
    looks += 1
    return zones.map(({ apex }) => ({ apex, target: { address: '192.0.2.53', port: 53 }, serial: 7, lagSeconds: 0 }))
  }
  const told = (await asked('zone-list', undefined, { secondaries })).zones
  assert.deepEqual(
    told.map((zone) => zone.secondaries.length),
    [1, 1, 1],
  )
  assert.equal(looks, 1)
})

test('zones with what is due: signed again only where this server signs, and none that is frozen', async () => {
  const { zones: told } = await asked('zone-list')
  assert.deepEqual(
    told.map(({ zone, signedAgainAt, signaturesEndAt, frozen, problem }) => [
      zone,
      signedAgainAt,
      signaturesEndAt,
      frozen,
      problem,
    ]),
    [
      ['a', '2026-11-22T00:00:00.000Z', '2026-11-24T00:00:00.000Z', false, null],
      ['b', null, '2026-11-24T00:00:01.000Z', false, 'b.zone:1: no'],
      ['.', null, null, true, null],
    ],
  )
  const { keys } = await asked('key-list', 'A.')
  assert.deepEqual(
    keys.map(({ tag, signedAgainAt, ds }) => [tag, signedAgainAt, ds]),
    [[4711, '2026-11-22T00:00:00.000Z', `a. DS 0 0 0 ${'00'.repeat(32)}`]],
  )
})

test('one zone or all, as the command allows; what became of them is told to the server too', async () => {
  const heard: (readonly ZoneLoad[])[] = []
  const onLoads = (loads: readonly ZoneLoad[]): unknown => heard.push(loads)
  const reload = await asked('zone-reload', undefined, { onLoads: (loads) => void onLoads(loads) })
  const kept = { zone: 'a', outcome: 'kept', records: null, serial: null, reason: 'a.zone:1: no', staleSerial: false }
  assert.deepEqual(reload, { zones: [kept, { ...kept, outcome: 'unchanged' }] })
  assert.equal(heard.length, 1)
  assert.deepEqual(await asked('zone-thaw', 'a'), { zones: [kept] })
  for (const command of ['zone-freeze', 'zone-thaw'] as const) assert.equal(await refused({ command }), 'bad-request')
  for (const command of ['zone-list', 'zone-reload', 'zone-freeze', 'zone-thaw', 'key-list'] as const) {
    assert.equal(await refused({ command, zone: 'none' }), 'no-such-zone', command)
    assert.equal(await refused({ command, zone: 'a..' }), 'bad-request', command)
  }
})

test('zones of the ledger have no files; their keys have holders', async () => {
  const anchor = { ...key, signsHere: false, holder: 'anchor' }
  const waiting = { ...key, flags: 256, signsHere: false, holder: 'node2', waitsUntilMs: SIGNED_AGAIN }
  const own = status('acme', { earliestExpiration: END })
  const zone = {
    ...own,
    path: undefined,
    records: undefined,
    rrsets: 40,
    anchorExpiration: END + 9,
    keys: [anchor, waiting],
  }
  const options: Partial<ZoneControlOptions> = {
    zones: { nextSigningMs: undefined, status: () => [zone] },
    files: undefined,
  }
  for (const command of ['key-roll', 'key-confirm'] as const) {
    const reply = await handled({ command, zone: 'acme' }, options)
    assert.equal('error' in reply && reply.error.code, 'ledger-zone')
  }
  const { zones: told } = await asked('zone-list', undefined, options)
  assert.deepEqual(
    told.map(({ file, records, rrsets, anchorSignaturesEndAt }) => [file, records, rrsets, anchorSignaturesEndAt]),
    [[null, null, 40, '2026-11-24T00:00:09.000Z']],
  )
  const { keys } = await asked('key-list', 'acme', options)
  assert.deepEqual(
    keys.map(({ holder, waitsUntil, signaturesEndAt, signedAgainAt }) => [
      holder,
      waitsUntil,
      signaturesEndAt,
      signedAgainAt,
    ]),
    [
      ['anchor', null, '2026-11-24T00:00:09.000Z', null],
      ['node2', '2026-11-22T00:00:00.000Z', '2026-11-24T00:00:00.000Z', null],
    ],
  )
  for (const command of ['zone-reload', 'zone-freeze', 'zone-thaw'] as const) {
    const reply = await handled({ command, zone: 'acme' }, options)
    assert.ok('error' in reply && reply.error.code === 'failed' && /no file to read/.test(reply.error.message))
  }
})

test('secondaries are told of one zone or of all, if there are any', async () => {
  const told: string[][] = []
  const notify = (apexes: readonly Uint8Array[]): number => {
    told.push(apexes.map(formatName))
    return 2
  }
  assert.deepEqual(await asked('zone-notify', 'b', { notify }), { zones: ['b'], secondaries: 2 })
  await asked('zone-notify', undefined, { notify })
  assert.deepEqual(told, [['b.'], ['a.', 'b.', '.']])
  assert.equal(await refused({ command: 'zone-notify' }), 'failed')
})

test('a zone whose signatures have ended is a problem; counts without queries are there', () => {
  const transfers = { whole: 1, changes: 0, soaOnly: 0, refused: 0 }
  const statistics = new NameServerStatistics(operations, transfers, undefined)
  assert.deepEqual(statistics.problems(END * 1_000 - 1), [])
  assert.deepEqual(statistics.problems(END * 1_000), ['a.: signatures have ended'])
  assert.deepEqual(statistics.problems(END * 1_000 + 1_000), ['a.: signatures have ended', 'b.: signatures have ended'])
  const { queries, rateLimited, queryLog, zones: count, transfers: given } = statistics.report()
  assert.deepEqual([queries, rateLimited, queryLog, count, given], [{ udp: {}, tcp: {} }, null, null, 3, transfers])
  statistics.countNotifies({ told: 1, givenUp: 2 })
  assert.deepEqual(statistics.report().notifies, { told: 1, givenUp: 2 })
})
