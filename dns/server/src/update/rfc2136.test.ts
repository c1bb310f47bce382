import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatName, lowerCaseName, parseAbsoluteName, parseMessage, RecordType } from '@cresset/dns-wire'
import fc from 'fast-check'
import type { MemoryZone } from '../store/memory-zone.ts'
import { ZoneStore } from '../store/zone-store.ts'
import { signQuery } from '../testing/sign-query.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { type UpdateText, updateMessage } from '../testing/update-text.ts'
import { linesOf } from '../testing/zone-records.ts'
import { TsigKey } from '../tsig/tsig-key.ts'
import { checkTsig } from '../tsig/tsig-session.ts'
import { planUpdate } from './plan-update.ts'
import { parseUpdateGrant } from './update-grant.ts'
import { isUpdate } from './update-message.ts'
import { type UpdateOutcome, UpdateServer } from './update-server.ts'
import type { RrsetChange } from './zone-draft.ts'

const NOW = 1_800_000_000
const key = new TsigKey(parseAbsoluteName('editor'), 'hmac-sha256', new Uint8Array(32).fill(7))
const guest = new TsigKey(parseAbsoluteName('guest'), 'hmac-sha256', new Uint8Array(32).fill(8))
const stranger = new TsigKey(parseAbsoluteName('stranger'), 'hmac-sha256', new Uint8Array(32).fill(9))

const text = `@ 300 SOA ns1 host 7 3600 600 604800 60
@ 300 NS ns1
@ 300 NS ns2
ns1 300 A 192.0.2.1
ns2 300 A 192.0.2.2
www 300 A 192.0.2.80
www 300 A 192.0.2.81
www 300 TXT "x"
alias 300 CNAME www
deep.below 300 TXT "the name above it has no records"
old 300 DNAME www
svc 300 HTTPS 1 WWW.example.
`

interface World {
  readonly server: UpdateServer
  zone(): MemoryZone
  /** Each version that was made. */
  readonly changes: (readonly RrsetChange[])[]
}

/** A server whose zone changes in memory alone; \`grants\` are given as on the command line. */
function world(zoneText = text, grants = ['editor@example', 'guest@home.example', 'guest@www.example:TXT']): World {
  const store = new ZoneStore()
  let generation = 1
  store.replace(zoneOf('example', zoneText), generation)
  const zone = (): MemoryZone => store.zone(parseAbsoluteName('example')) as MemoryZone
  const changes: (readonly RrsetChange[])[] = []
  const target = {
    source: store,
    async update(_apex: Uint8Array, plan: Parameters<ConstructorParameters<typeof UpdateServer>[1]['update']>[1]) {
      const decided = plan(zone())
      if (decided.kind === 'answer')
        return { ...decided, kind: decided.rcode === 5 ? 'refused' : 'unchanged' } satisfies UpdateOutcome
      changes.push(decided.changes)
      const put = decided.changes.flatMap(({ rrset }) => rrset ?? [])
      const remove = decided.changes.filter(({ rrset }) => rrset === undefined)
      store.apply([{ apex: parseAbsoluteName('example'), put, remove }], ++generation)
      return { kind: 'changed', rcode: 0, text: '' } satisfies UpdateOutcome
    },
  }
  const parsed = grants.map((grant) => parseUpdateGrant(grant) ?? assert.fail(grant))
  const rules = { keys: [key, guest, stranger], grants: parsed, updatesPerSecond: 1_000 }
  return { server: new UpdateServer(rules, target, () => 0), zone, changes }
}

let clock = NOW

/** The response code by its name, and what people are told. */
async function send(
  { server }: World,
  update: UpdateText | Uint8Array,
  signer: TsigKey | 'unsigned' = key,
): Promise<{ rcode: string; text: string; bytes: Uint8Array }> {
  const message = update instanceof Uint8Array ? update : updateMessage({ udpPayloadBytes: 1232, ...update })
  assert.ok(isUpdate(message))
  // Each has a time of its own: the same message again is another matter.
  const now = clock++
  const verdict =
    signer === 'unsigned' ? undefined : checkTsig(signQuery(message, signer, now), [key, guest, stranger], now)
  assert.ok(verdict === undefined || verdict.kind === 'good')
  const { session, ...given } = verdict?.kind === 'good' ? verdict : { message, session: undefined }
  const response = await server.answer(given.message, session, { transport: 'tcp' })
  const parsed = parseMessage(response)
  assert.deepEqual([parsed.opcode, parsed.flags.isResponse, parsed.answers, parsed.authorities], [5, true, [], []])
  assert.equal(parsed.id, 4711)
  const said = parsed.edns?.options.find(({ code }) => code === 15)?.data.subarray(2) ?? new Uint8Array()
  const names: Record<number, string> = { 6: 'YXDOMAIN', 7: 'YXRRSET', 8: 'NXRRSET', 9: 'NOTAUTH', 10: 'NOTZONE' }
  const low: Record<number, string> = { 0: 'NOERROR', 1: 'FORMERR', 2: 'SERVFAIL', 3: 'NXDOMAIN', 5: 'REFUSED' }
  const rcode = names[parsed.rcode] ?? low[parsed.rcode] ?? String(parsed.rcode)
  return { rcode, text: Buffer.from(said).toString(), bytes: response }
}

const linesOfZone = (zone: MemoryZone): string[] => linesOf(zone.entries()).sort()

/** What the zone has after the updates that it had not before, and the other way around, but for the SOA. */
async function effect(
  updates: string[],
  zoneText = text,
): Promise<{ rcode: string; gone: string[]; come: string[]; serial: number }> {
  const own = world(zoneText)
  const before = linesOfZone(own.zone())
  const { rcode } = await send(own, { zone: 'example', updates })
  const after = linesOfZone(own.zone())
  const isData = (line: string): boolean => !line.includes(' SOA ')
  const soa = after.find((line) => !isData(line)) ?? ''
  return {
    rcode,
    gone: before.filter((line) => isData(line) && !after.includes(line)),
    come: after.filter((line) => isData(line) && !before.includes(line)),
    serial: Number(soa.split(' ')[5]),
  }
}

const none = { gone: [], come: [] }
const unchanged = { rcode: 'NOERROR', ...none, serial: 7 }

test('2.3, 3.1: the zone section names one zone by its SOA, of which this is the primary', async () => {
  const own = world()
  assert.equal((await send(own, { zone: 'example' })).rcode, 'NOERROR')
  assert.equal((await send(own, { zone: 'EXAMPLE' })).rcode, 'NOERROR')
  assert.equal((await send(own, { zone: 'example', zoneType: RecordType.A })).rcode, 'FORMERR')
  assert.equal((await send(own, { zone: 'other' })).rcode, 'NOTAUTH')
  assert.equal((await send(own, { zone: 'www.example' })).rcode, 'NOTAUTH')
  assert.equal((await send(own, { zone: 'example', zoneClass: 3 })).rcode, 'NOTAUTH')
  const empty = updateMessage({ zone: 'example' })
  for (const count of [0, 2]) {
    const message = empty.slice()
    message[5] = count
    assert.equal((await send(own, message, 'unsigned')).rcode, 'FORMERR')
  }
  assert.equal(own.changes.length, 0)
})

test('2.4, 3.2: prerequisites, each form', async () => {
  const cases: [string, string][] = [
    // 2.4.1: an RRset is there, whatever it holds.
    ['www.example 0 ANY A', 'NOERROR'],
    ['WWW.example 0 ANY TXT', 'NOERROR'],
    ['www.example 0 ANY AAAA', 'NXRRSET'],
    ['none.example 0 ANY A', 'NXRRSET'],
    // 2.4.2: with these records; see below for several.
    ['www.example 0 IN TXT "x"', 'NOERROR'],
    ['www.example 0 IN TXT "y"', 'NXRRSET'],
    ['www.example 0 IN A 192.0.2.80', 'NXRRSET'],
    ['alias.example 0 IN CNAME WWW.EXAMPLE.', 'NOERROR'],
    ['svc.example 0 IN HTTPS 1 www.example.', 'NOERROR'],
    // 2.4.3: it is not there.
    ['www.example 0 NONE AAAA', 'NOERROR'],
    ['www.example 0 NONE A', 'YXRRSET'],
    // 2.4.4 and 2.4.5: the name is in use, or is not; an empty non-terminal is not.
    ['www.example 0 ANY ANY', 'NOERROR'],
    ['none.example 0 ANY ANY', 'NXDOMAIN'],
    ['below.example 0 ANY ANY', 'NXDOMAIN'],
    ['none.example 0 NONE ANY', 'NOERROR'],
    ['below.example 0 NONE ANY', 'NOERROR'],
    ['www.example 0 NONE ANY', 'YXDOMAIN'],
    // 3.2.1 to 3.2.5: what is no prerequisite.
    ['www.example 1 ANY A', 'FORMERR'],
    ['www.example 1 NONE A', 'FORMERR'],
    ['www.example 1 IN TXT "x"', 'FORMERR'],
    ['www.example 0 ANY A 192.0.2.80', 'FORMERR'],
    ['www.example 0 NONE A 192.0.2.80', 'FORMERR'],
    ['www.example 0 3 A', 'FORMERR'],
    ['www.example 0 IN ANY', 'FORMERR'],
    ['www.example 0 ANY AXFR', 'FORMERR'],
    ['www.other 0 ANY A', 'NOTZONE'],
    ['other 0 NONE ANY', 'NOTZONE'],
  ]
  for (const [line, rcode] of cases) {
    const own = world()
    const reply = await send(own, { zone: 'example', prerequisites: [line], updates: ['new.example 60 IN TXT "y"'] })
    assert.equal(reply.rcode, rcode, line)
    assert.equal(own.changes.length, rcode === 'NOERROR' ? 1 : 0, line)
  }
})

test('3.2.3: an RRset with these records has them all, and no other; TTL and order do not count', async () => {
  const both = ['www.example 0 IN A 192.0.2.81', 'www.example 0 IN A 192.0.2.80']
  for (const [prerequisites, rcode] of [
    [both, 'NOERROR'],
    [[...both, 'www.example 0 IN A 192.0.2.80'], 'NOERROR'],
    [[...both, 'www.example 0 IN A 192.0.2.82'], 'NXRRSET'],
    [[...both, 'www.example 0 IN TXT "x"', 'ns1.example 0 IN A 192.0.2.1'], 'NOERROR'],
    [[...both, 'www.example 0 IN TXT "x"', 'ns1.example 0 IN A 192.0.2.2'], 'NXRRSET'],
    // Of several the first that is not met counts, and the comparison comes last.
    [['www.example 0 IN TXT "y"', 'www.example 0 NONE A'], 'YXRRSET'],
  ] as const)
    assert.equal((await send(world(), { zone: 'example', prerequisites })).rcode, rcode)
})

test('3.4.1: the prescan refuses the whole update', async () => {
  const good = 'new.example 60 IN TXT "y"'
  for (const [line, rcode] of [
    ['www.other 60 IN A 192.0.2.1', 'NOTZONE'],
    ['www.example 60 3 A 192.0.2.1', 'FORMERR'],
    ['www.example 60 IN ANY', 'FORMERR'],
    ['www.example 60 IN AXFR', 'FORMERR'],
    ['www.example 60 IN A', 'FORMERR'],
    ['www.example 60 ANY A', 'FORMERR'],
    ['www.example 0 ANY A 192.0.2.80', 'FORMERR'],
    ['www.example 0 ANY MAILA', 'FORMERR'],
    ['www.example 60 NONE A 192.0.2.80', 'FORMERR'],
    ['www.example 0 NONE ANY', 'FORMERR'],
    ['www.example 0 NONE MAILB', 'FORMERR'],
  ] as const)
    for (const updates of [
      [line, good],
      [good, line],
    ]) {
      const own = world()
      assert.equal((await send(own, { zone: 'example', updates })).rcode, rcode, line)
      assert.equal(own.changes.length, 0, line)
    }
})

test('2.5.1, 3.4.2.2: add to an RRset; the same record again has the newer TTL', async () => {
  assert.deepEqual(await effect(['www.example 300 IN A 192.0.2.82', 'new.x.example 60 IN TXT "y"']), {
    rcode: 'NOERROR',
    gone: [],
    come: ['new.x.example. 60 TXT "y"', 'www.example. 300 A 192.0.2.82'],
    serial: 8,
  })
  assert.deepEqual(await effect(['WWW.Example 60 IN A 192.0.2.80']), {
    rcode: 'NOERROR',
    gone: ['www.example. 300 A 192.0.2.80', 'www.example. 300 A 192.0.2.81'],
    come: ['www.example. 60 A 192.0.2.80', 'www.example. 60 A 192.0.2.81'],
    serial: 8,
  })
  assert.deepEqual(
    await effect(['www.example 300 IN A 192.0.2.80', 'svc.example 300 IN HTTPS 1 www.example.']),
    unchanged,
  )
})

test('3.4.2.2: a CNAME and other records keep one another out; CNAME, DNAME and SOA are replaced', async () => {
  assert.deepEqual(await effect(['www.example 60 IN CNAME ns1.example.']), unchanged)
  assert.deepEqual(await effect(['alias.example 60 IN A 192.0.2.9']), unchanged)
  assert.deepEqual(await effect(['old.example 60 IN CNAME ns1.example.']), unchanged)
  assert.deepEqual(await effect(['alias.example 60 IN DNAME ns1.example.']), unchanged)
  assert.deepEqual(await effect(['alias.example 300 IN CNAME ns1.example.', 'old.example 300 IN DNAME ns2.example.']), {
    rcode: 'NOERROR',
    gone: ['alias.example. 300 CNAME www.example.', 'old.example. 300 DNAME www.example.'],
    come: ['alias.example. 300 CNAME ns1.example.', 'old.example. 300 DNAME ns2.example.'],
    serial: 8,
  })
  // In one update, since each is done after those before it.
  assert.deepEqual(
    (await effect(['www.example 0 ANY ANY', 'www.example 300 IN CNAME ns1.example.', 'www.example 300 IN A 192.0.2.9']))
      .come,
    ['www.example. 300 CNAME ns1.example.'],
  )
})

test('3.4.2.2, 3.6: an SOA counts when its serial is greater (RFC 1982), and is the serial then', async () => {
  const soa = (serial: number): string => `example 300 IN SOA ns1.example. host.example. ${serial} 3600 600 604800 90`
  assert.equal((await effect([soa(9)])).serial, 9)
  assert.equal((await effect([soa(9), 'new.example 60 IN TXT "y"'])).serial, 9)
  assert.deepEqual(await effect([soa(7)]), unchanged)
  assert.deepEqual(await effect([soa(6)]), unchanged)
  assert.equal((await effect([soa(6), 'new.example 60 IN TXT "y"'])).serial, 8)
  assert.deepEqual(await effect([soa(7 + 2 ** 31)]), unchanged)
  assert.equal((await effect([soa(7 + 2 ** 31 - 1)])).serial, 7 + 2 ** 31 - 1)
  assert.deepEqual(await effect([soa(9).replace('example', 'www.example')]), unchanged)
  // The serial goes around, past 0.
  const last = text.replace('host 7', 'host 4294967295')
  assert.equal((await effect(['new.example 60 IN TXT "y"'], last)).serial, 1)
  assert.equal((await effect([soa(3)], last)).serial, 3)
})

test('2.5.2, 2.5.3, 3.4.2.3: delete an RRset, or all of a name; SOA and NS of the apex stay', async () => {
  assert.deepEqual(await effect(['www.example 0 ANY A']), {
    rcode: 'NOERROR',
    gone: ['www.example. 300 A 192.0.2.80', 'www.example. 300 A 192.0.2.81'],
    come: [],
    serial: 8,
  })
  assert.equal((await effect(['www.example 0 ANY ANY'])).gone.length, 3)
  assert.deepEqual(await effect(['none.example 0 ANY ANY', 'www.example 0 ANY AAAA']), unchanged)
  assert.deepEqual(await effect(['example 0 ANY SOA', 'example 0 ANY NS', 'example 0 ANY ANY']), unchanged)
  assert.deepEqual((await effect(['example 60 IN TXT "y"', 'example 0 ANY ANY'])).come, [])
  // A name below another one does not go with it.
  assert.deepEqual(await effect(['below.example 0 ANY ANY']), unchanged)
})

test('2.5.4, 3.4.2.4: delete one record; not the SOA, nor the last NS of the apex', async () => {
  assert.deepEqual((await effect(['www.example 0 NONE A 192.0.2.80'])).gone, ['www.example. 300 A 192.0.2.80'])
  assert.deepEqual((await effect(['alias.example 0 NONE CNAME WWW.Example.'])).gone, [
    'alias.example. 300 CNAME www.example.',
  ])
  assert.deepEqual((await effect(['svc.example 0 NONE HTTPS 1 www.example.'])).gone, [
    'svc.example. 300 HTTPS 1 WWW.example.',
  ])
  assert.deepEqual(await effect(['www.example 0 NONE A 192.0.2.99']), unchanged)
  assert.deepEqual(await effect(['example 0 NONE SOA ns1.example. host.example. 7 3600 600 604800 60']), unchanged)
  assert.deepEqual((await effect(['example 0 NONE NS ns1.example.', 'example 0 NONE NS ns2.example.'])).gone, [
    'example. 300 NS ns1.example.',
  ])
  const replaced = await effect([
    'example 300 IN NS ns9.example.',
    'example 0 NONE NS ns1.example.',
    'example 0 NONE NS ns2.example.',
  ])
  assert.deepEqual([replaced.gone.length, replaced.come], [2, ['example. 300 NS ns9.example.']])
})

test('3.4.2.7, 3.5: each change is made after those before it, and what comes to nothing is no new version', async () => {
  assert.deepEqual(await effect(['new.example 60 IN TXT "y"', 'new.example 0 ANY TXT']), unchanged)
  assert.deepEqual(await effect(['www.example 0 ANY TXT', 'www.example 300 IN TXT "x"']), unchanged)
  const many = Array.from({ length: 200 }, (_, index) => `h${index}.example 60 IN A 192.0.2.${index}`)
  const { come, serial } = await effect(many)
  assert.deepEqual([come.length, serial], [200, 8])
})

test('RFC 3007: nobody changes anything without a signature, nor what the key may not change', async () => {
  const own = world()
  const updates = ['new.example 60 IN TXT "y"']
  assert.equal((await send(own, { zone: 'example', updates }, 'unsigned')).rcode, 'REFUSED')
  assert.equal((await send(own, { zone: 'example', updates }, stranger)).rcode, 'REFUSED')
  // Also not what prerequisites would tell.
  const prerequisites = ['none.example 0 ANY ANY']
  assert.equal((await send(own, { zone: 'example', prerequisites }, stranger)).rcode, 'REFUSED')
  for (const [line, rcode] of [
    ['new.example 60 IN TXT "y"', 'REFUSED'],
    ['home.example 60 IN TXT "y"', 'NOERROR'],
    ['a.b.home.example 60 IN A 192.0.2.9', 'NOERROR'],
    ['xhome.example 60 IN A 192.0.2.9', 'REFUSED'],
    ['www.example 60 IN TXT "y"', 'NOERROR'],
    ['www.example 0 ANY TXT', 'NOERROR'],
    ['www.example 60 IN A 192.0.2.9', 'REFUSED'],
    ['www.example 0 ANY ANY', 'REFUSED'],
    ['x.www.example 60 IN TXT "y"', 'NOERROR'],
  ] as const)
    assert.equal((await send(own, { zone: 'example', updates: [line] }, guest)).rcode, rcode, line)
  const before = own.changes.length
  const mixed = ['a.home.example 60 IN TXT "y"', 'ns1.example 0 ANY A']
  assert.equal((await send(own, { zone: 'example', updates: mixed }, guest)).rcode, 'REFUSED')
  assert.equal(own.changes.length, before)
})

test('records of DNSSEC are the server\u2019s own, at the apex all that say how the zone is signed', async () => {
  for (const line of [
    `example 60 IN DNSKEY 257 3 15 ${Buffer.alloc(32, 1).toString('base64')}`,
    'example 60 IN CDS 0 0 0 00',
    'example 0 ANY CDNSKEY',
    'example 0 ANY ZONEMD',
    'example 0 ANY NSEC3PARAM',
    `example 60 IN DS 1 15 2 ${'ab'.repeat(32)}`,
    'www.example 0 ANY RRSIG',
    'www.example 0 ANY NSEC',
    'www.example 60 IN NSEC www.example. A',
  ]) {
    const own = world()
    assert.equal((await send(own, { zone: 'example', updates: [line] })).rcode, 'REFUSED', line)
    assert.equal(own.changes.length, 0)
  }
  const digest = 'ab'.repeat(32)
  assert.deepEqual((await effect([`sub.example 60 IN DS 1 15 2 ${digest}`])).come, [
    `sub.example. 60 DS 1 15 2 ${digest}`,
  ])
})

test('what a file could not hold is refused as a whole', async () => {
  for (const [updates, told] of [
    [['x.old.example 60 IN A 192.0.2.1'], 'the name would be below a DNAME'],
    [['below.example 60 IN DNAME www.example.'], 'there are names below the DNAME'],
    [['n.example 60 IN DNAME www.example.', 'x.n.example 60 IN A 192.0.2.1'], 'the name would be below a DNAME'],
    [
      Array.from({ length: 101 }, (_, index) => `many.example 60 IN TYPE${65_280 + index} \\# 1 00`),
      'the name would have too many types of records',
    ],
  ] as const) {
    const own = world()
    const reply = await send(own, { zone: 'example', updates })
    assert.deepEqual([reply.rcode, reply.text], ['REFUSED', told])
    assert.equal(own.changes.length, 0)
  }
  const big = Array.from({ length: 300 }, (_, index) => `big.example 60 IN TXT "${'x'.repeat(200)}${index}"`)
  const own = world()
  await send(own, { zone: 'example', updates: big.slice(0, 200) })
  assert.equal((await send(own, { zone: 'example', updates: big.slice(200) })).rcode, 'REFUSED')
})

test('nothing comes to stand below a DNAME, whatever an update brings and takes away', () => {
  const labels = ['a', 'b.a', 'c.b.a', 'x.c.b.a', 'd', 'e.d', 'y.z.e.d']
  const line = fc.tuple(fc.constantFrom(...labels), fc.constantFrom('DNAME', 'TXT', 'gone')).map(([label, kind]) => {
    if (kind === 'gone') return `${label}.example 0 ANY ANY`
    return `${label}.example 60 IN ${kind} ${kind === 'TXT' ? '"x"' : 'www.example.'}`
  })
  fc.assert(
    fc.property(fc.array(fc.array(line, { minLength: 1, maxLength: 5 }), { maxLength: 5 }), (updates) => {
      const grants = [parseUpdateGrant('editor@example') ?? assert.fail()]
      const zone = zoneOf('example', '@ 300 SOA ns1 host 7 3600 600 604800 60\n@ 300 NS ns1\n')
      for (const lines of updates) {
        const { authorities } = parseMessage(updateMessage({ zone: 'example', updates: lines }))
        const plan = planUpdate(zone, [], authorities, grants)
        if (plan.kind === 'answer') continue
        for (const { owner, type, rrset } of plan.changes)
          if (rrset === undefined) zone.remove(owner, type)
          else zone.put(rrset)
        for (const owner of zone.owners())
          for (let above = zone.parent(owner); above >= 0; above = zone.parent(above))
            assert.equal(zone.rrset(above, RecordType.DNAME), undefined, formatName(zone.name(owner)))
      }
    }),
    { numRuns: 200 },
  )
})

test('a name that comes in the place of a DNAME above it, and in one update with it, is no name below one', async () => {
  const put = ['old.example 0 ANY DNAME', 'x.old.example 60 IN TXT "y"']
  assert.equal((await effect(put)).rcode, 'NOERROR')
  assert.equal((await effect(put.toReversed())).rcode, 'NOERROR')
  assert.equal((await effect(['n.example 60 IN DNAME www.example.', 'xn.example 60 IN TXT "y"'])).rcode, 'NOERROR')
})

test('names with many labels cost a few look-ups each, since queries wait while an update is decided', () => {
  const zone = zoneOf('example', text)
  let lookUps = 0
  const find = zone.find.bind(zone)
  zone.find = (bytes, offset) => {
    lookUps += 1
    return find(bytes, offset)
  }
  const updates = Array.from({ length: 100 }, (_, index) => `${'a.'.repeat(100)}h${index}.example 60 IN TXT "y"`)
  const { authorities } = parseMessage(updateMessage({ zone: 'example', updates }))
  const plan = planUpdate(zone, [], authorities, [parseUpdateGrant('editor@example') ?? assert.fail()])
  assert.equal(plan.kind, 'change')
  assert.ok(lookUps < 30 * updates.length, `${lookUps} look-ups`)
})

test('an update has a bound of records, since queries wait while it is decided', async () => {
  const own = world()
  const deletions = Array.from({ length: 3_001 }, () => 'a.example 0 ANY A')
  const refused = await send(own, { zone: 'example', updates: deletions })
  assert.deepEqual([refused.rcode, refused.text], ['REFUSED', 'too many records for one update'])
  assert.equal((await send(own, { zone: 'example', updates: deletions.slice(1) })).rcode, 'NOERROR')
})

test('RFC 2181 section 8: a TTL with the first bit set is 0', async () => {
  assert.deepEqual((await effect(['new.example 2147483648 IN TXT "y"'])).come, ['new.example. 0 TXT "y"'])
})

test('the same message again changes nothing a second time, and gets the same answer', async () => {
  const own = world()
  const ask = async (update: UpdateText): Promise<number> => {
    const signed = signQuery(updateMessage(update), key, NOW)
    const verdict = checkTsig(signed, [key], NOW)
    assert.ok(verdict.kind === 'good')
    return parseMessage(await own.server.answer(verdict.message, verdict.session, { transport: 'udp' })).rcode
  }
  const add = { zone: 'example', prerequisites: ['new.example 0 NONE ANY'], updates: ['new.example 60 IN TXT "y"'] }
  assert.equal(await ask(add), 0)
  // With what it brought in place the prerequisite is not met: only the memory answers NOERROR.
  assert.deepEqual([await ask(add), await ask(add)], [0, 0])
  assert.equal(await ask({ ...add, id: 4712 }), 6)
  await ask({ zone: 'example', updates: ['new.example 0 ANY ANY'] })
  assert.equal(await ask(add), 0)
  assert.equal(own.changes.length, 2)
})

test('a key has a rate; a signature that would hold for longer than it is remembered is refused', async () => {
  const own = world()
  const rules = { keys: [key], grants: [parseUpdateGrant('editor@example')!], updatesPerSecond: 2 }
  const store = new ZoneStore()
  store.replace(own.zone(), 1)
  let nowMs = 0
  const outcome = { kind: 'unchanged', rcode: 0, text: '' } as const
  const server = new UpdateServer(rules, { source: store, update: async () => outcome }, () => nowMs)
  const codes: string[] = []
  const once = async (): Promise<string> => (await send({ ...own, server }, { zone: 'example' })).rcode
  for (let index = 0; index < 12; index++) codes.push(await once())
  assert.deepEqual(codes, [...Array<string>(10).fill('NOERROR'), 'SERVFAIL', 'SERVFAIL'])
  nowMs += 500
  assert.deepEqual([await once(), await once()], ['NOERROR', 'SERVFAIL'])
  assert.deepEqual(server.counters, { changed: 0, unchanged: 11, refused: 0, failed: 3 })
  const signed = signQuery(updateMessage({ zone: 'example' }), key, NOW, { fudge: 3_600 })
  const verdict = checkTsig(signed, [key], NOW)
  assert.ok(verdict.kind === 'good')
  const response = await own.server.answer(verdict.message, verdict.session, { transport: 'tcp' })
  assert.equal(parseMessage(response).rcode, 5)
})

test('grants as they are written', () => {
  const grant = parseUpdateGrant('Key.Name@_acme.WWW.example:TXT,type65')
  assert.equal(formatName(grant?.keyName as Uint8Array), 'key.name.')
  assert.deepEqual(grant?.top, lowerCaseName(parseAbsoluteName('_acme.www.example')))
  assert.deepEqual([...(grant?.types ?? [])], [16, 65])
  assert.equal(parseUpdateGrant('k@.')?.top.length, 1)
  for (const wrong of ['', 'k', '@example', 'k@', 'k@example:', 'k@example:NOPE', 'k@example:ANY', 'k@a..b', 'k l@b'])
    assert.equal(parseUpdateGrant(wrong), undefined, wrong)
})
