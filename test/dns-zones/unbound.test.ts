import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { queryServer } from '@cresset/dns-server'
import { formatName, type Message, parseAbsoluteName, RecordType, type ResourceRecord } from '@cresset/dns-wire'
import { skipWithout } from '../../tools/system-tools.ts'
import { type Alteration, startAlteringProxy, withRecords } from './altering-proxy.ts'
import { type DelegatingZone, serveDelegatingZone, servePresignedZone } from './delegating-zone.ts'
import { Unbound, type UnboundSettings } from './unbound.ts'

const skip = skipWithout('unbound')
let folder = ''
let zone: DelegatingZone
let next = 0

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-unbound-'))
  zone = await serveDelegatingZone(join(folder, 'zones'))
})
after(async () => {
  await zone.stop()
  await rm(folder, { recursive: true })
})

/** A resolver with an empty cache, that asks about the signed zones on `port`. */
async function withUnbound(
  port: number,
  use: (unbound: Unbound) => Promise<void>,
  { more, anchor = zone.anchor }: Partial<Pick<UnboundSettings, 'more' | 'anchor'>> = {},
): Promise<void> {
  const unbound = await Unbound.start({
    folder: join(folder, `unbound${next++}`),
    anchor,
    stubs: { 'example.org': port, 'secure.example.org': port, 'plain.example.org': zone.plainPort },
    ...(more === undefined ? {} : { more }),
  })
  try {
    await use(unbound)
  } finally {
    await unbound.stop()
  }
}

/** Question, code, and whether it is secure. */
const expected: readonly (readonly [string, string, boolean])[] = [
  ['example.org SOA', 'NOERROR', true],
  ['example.org DNSKEY', 'NOERROR', true],
  ['www.example.org A', 'NOERROR', true],
  ['www.example.org HTTPS', 'NOERROR', true],
  ['alias.example.org AAAA', 'NOERROR', true],
  ['mx.example.org MX', 'NOERROR', true],
  ['x.wild.example.org A', 'NOERROR', true],
  ['x.y.wild.example.org TXT', 'NOERROR', true],
  ['x.wild.example.org MX', 'NOERROR', true],
  ['x.target.example.org A', 'NOERROR', true],
  ['www.example.org TXT', 'NOERROR', true],
  ['b.c.example.org A', 'NOERROR', true],
  ['c.example.org TXT', 'NOERROR', true],
  ['none.example.org A', 'NXDOMAIN', true],
  ['x.www.example.org A', 'NXDOMAIN', true],
  ['x.c.example.org AAAA', 'NXDOMAIN', true],
  ['secure.example.org DS', 'NOERROR', true],
  ['www.secure.example.org A', 'NOERROR', true],
  ['none.secure.example.org A', 'NXDOMAIN', true],
  ['plain.example.org DS', 'NOERROR', true],
  ['www.plain.example.org A', 'NOERROR', false],
  ['none.plain.example.org A', 'NXDOMAIN', false],
]

async function validatesAll(unbound: Unbound, insecure: ReadonlySet<unknown> = new Set()): Promise<void> {
  for (const [question, rcode, secure] of expected) {
    const isSecure = secure && !insecure.has(question)
    const resolved = await unbound.ask(question)
    assert.deepEqual([resolved.rcode, resolved.isSecure], [rcode, isSecure], `${question}\n${unbound.log()}`)
  }
  const { message } = await unbound.ask('x.wild.example.org A')
  assert.ok(message.answers.some(({ type, rdata }) => type === RecordType.A && rdata[3] === 81))
}

test('unbound validates data, wildcards, denials, aliases and the zones below', { skip, timeout: 110_000 }, () =>
  withUnbound(zone.port, validatesAll),
)

test('the same by keys of P-256', { skip, timeout: 110_000 }, async () => {
  const other = await serveDelegatingZone(join(folder, 'p256'), { signing: { algorithm: 'ecdsap256sha256' } })
  try {
    assert.match(other.anchor, / DS \d+ 13 2 /)
    await withUnbound(other.port, validatesAll, { anchor: other.anchor })
  } finally {
    await other.stop()
  }
})

test('the same with compact denial: names that are not there have no data, and no answer denies another name', {
  skip,
  timeout: 110_000,
}, async () => {
  const other = await serveDelegatingZone(join(folder, 'compact'), { signing: { denial: 'compact' } })
  let asked = 0
  const counting = await startAlteringProxy(other.port, (answer) => {
    asked += 1
    return answer
  })
  try {
    const use = async (unbound: Unbound): Promise<void> => {
      for (const [question, rcode, isSecure] of expected) {
        // unbound 1.17 does not know NXNAME.
        const wanted = isSecure && rcode === 'NXDOMAIN' ? 'NOERROR' : rcode
        const before = asked
        const resolved = await unbound.ask(question)
        assert.deepEqual([resolved.rcode, resolved.isSecure], [wanted, isSecure], `${question}\n${unbound.log()}`)
        if (wanted !== rcode) assert.deepEqual([resolved.message.answers, asked > before], [[], true], question)
      }
    }
    await withUnbound(counting.port, use, { anchor: other.anchor })
  } finally {
    await counting.stop()
    await other.stop()
  }
})

/** What an opt-out span denies may be a zone that is not signed: such answers stand, and are not secure (RFC 5155 section 9.2). */
const optedOut = new Set(
  expected.map(([question]) => question).filter((question) => /^none|^x\.|^plain/.test(question)),
)

for (const [denial, insecure] of [
  ['nsec', new Set()],
  ['nsec3', new Set()],
  ['nsec3-opt-out', optedOut],
] as const) {
  test(`unbound validates a zone that dnssec-signzone has signed: ${denial}`, {
    skip: skipWithout('unbound', 'dnssec-signzone'),
    timeout: 110_000,
  }, async () => {
    const other = await servePresignedZone(join(folder, denial), denial)
    try {
      const use = (unbound: Unbound): Promise<void> => validatesAll(unbound, insecure)
      await withUnbound(other.port, use, { anchor: other.anchor })
    } finally {
      await other.stop()
    }
  })
}

test('with aggressive-nsec it denies from a span that it has seen, and what the span does not cover is asked for', {
  skip,
  timeout: 110_000,
}, async () => {
  let asked = 0
  const counting = await startAlteringProxy(zone.port, (answer) => {
    asked += 1
    return answer
  })
  try {
    await withUnbound(counting.port, async (unbound) => {
      assert.equal((await unbound.ask('none.example.org A')).rcode, 'NXDOMAIN')
      const before = asked
      // Between mx and ns1, as none is.
      const denied = await unbound.ask('nobody.example.org A')
      assert.deepEqual([denied.rcode, denied.isSecure, asked], ['NXDOMAIN', true, before])
      assert.equal((await unbound.ask('www.example.org A')).rcode, 'NOERROR')
      assert.ok(asked > before)
    })
  } finally {
    await counting.stop()
  }
})

const without =
  (type: number): Alteration =>
  (answer) =>
    withRecords(answer, (records) => records.filter((record) => record.type !== type))

const www = formatName(parseAbsoluteName('www.example.org'))
const changedAddress: Alteration = (answer) =>
  withRecords(answer, (records) =>
    records.map((record) => {
      if (record.type !== RecordType.A || formatName(record.name) !== www) return record
      return { ...record, rdata: Uint8Array.of(192, 0, 2, 66) }
    }),
  )

/** The denial of another name: good signatures, and a span that does not hold the name asked for. */
const swappedDenial: Alteration = async (answer) => {
  if (!answer.authorities.some(({ type }) => type === RecordType.NSEC)) return answer
  const other = await queryServer(
    { address: '127.0.0.1', port: zone.port },
    { name: parseAbsoluteName('x.www.example.org'), type: RecordType.A, dnssecOk: true },
  )
  return { ...answer, authorities: other.authorities }
}

/** Denies what is there, with a span from elsewhere. */
const deniedData: Alteration = async (answer) => {
  const [question] = answer.questions
  if (question === undefined || formatName(question.name) !== www || question.type !== RecordType.A) return answer
  const other: Message = await queryServer(
    { address: '127.0.0.1', port: zone.port },
    { name: parseAbsoluteName('none.example.org'), type: RecordType.A, dnssecOk: true },
  )
  return { ...answer, rcode: 3, answers: [], authorities: other.authorities, additionals: [] }
}

/** Without the proof that the name itself is not there, a wildcard could stand for any name. */
const missingExpansionProof: Alteration = (answer) => ({ ...answer, authorities: [] })

/** A delegation that loses its DS is not an unsigned one. */
const missingSigner: Alteration = (answer) => {
  const isSigner = (record: ResourceRecord): boolean => record.type === RecordType.DS
  if (![...answer.answers, ...answer.authorities].some(isSigner)) return answer
  return withRecords(answer, (records) =>
    records.filter((record) => !isSigner(record) && record.type !== RecordType.RRSIG),
  )
}

const alterations: readonly (readonly [string, Alteration, readonly string[]])[] = [
  ['an address is changed', changedAddress, ['www.example.org A']],
  ['signatures are left out', without(RecordType.RRSIG), ['www.example.org A', 'none.example.org A']],
  [
    'the denials are of another name',
    swappedDenial,
    ['none.example.org A', 'mx.example.org TXT', 'alone.example.org A'],
  ],
  ['a name that is there is denied', deniedData, ['www.example.org A']],
  ['a wildcard comes without its proof', missingExpansionProof, ['x.wild.example.org A']],
  ['denials come without their spans', without(RecordType.NSEC), ['none.example.org A', 'x.wild.example.org MX']],
  ['the zone below loses its DS', missingSigner, ['www.secure.example.org A']],
]

for (const [what, alter, questions] of alterations) {
  test(`unbound refuses what an altering proxy sends: ${what}`, { skip, timeout: 110_000 }, async () => {
    const proxy = await startAlteringProxy(zone.port, alter)
    try {
      await withUnbound(proxy.port, async (unbound) => {
        for (const question of questions) {
          assert.equal((await unbound.ask(question)).rcode, 'SERVFAIL', `${question}\n${unbound.log()}`)
          // What it was sent can be had by who does not want it checked: the proxy did work.
          assert.notEqual((await unbound.ask(question, { cd: true })).rcode, 'SERVFAIL', question)
        }
        assert.ok(proxy.altered > 0)
        assert.match(unbound.log(), /validation failure/)
      })
    } finally {
      await proxy.stop()
    }
  })
}

test('unbound refuses the zone when it is signed by a key that is not listed', { skip, timeout: 110_000 }, async () => {
  const other = await serveDelegatingZone(join(folder, 'other-keys'))
  try {
    assert.notEqual(other.anchor, zone.anchor)
    await withUnbound(other.port, async (unbound) => {
      for (const question of ['www.example.org A', 'none.example.org A', 'example.org DNSKEY'])
        assert.equal((await unbound.ask(question)).rcode, 'SERVFAIL', question)
      assert.equal((await unbound.ask('www.example.org A', { cd: true })).rcode, 'NOERROR')
      assert.match(unbound.log(), /validation failure|failed to prime trust anchor/)
    })
  } finally {
    await other.stop()
  }
})
