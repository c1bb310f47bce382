import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Action, OwnerRecords, RecordGeneration } from '@cresset/core-ledger'
import { readNameZone, readRecordPage } from '@cresset/core-ledger'
import {
  delegating,
  keyPairFor,
  publishing,
  register,
  Scenario,
  takingBack,
  textRecords,
} from '@cresset/core-ledger/testing'
import { lowerCaseName, parseAbsoluteName, readMasterFile, writeMasterFile } from '@cresset/dns-wire'
import fc from 'fast-check'
import type { RestsOn } from '../answer.ts'
import { actionsOf, planImport, priceOf } from './import-plan.ts'
import { readZoneContent } from './zone-content.ts'
import { answeredRrsets } from './zone-rrsets.ts'
import { ownersOf, type TablePages, type ZoneStanding } from './zone-standing.ts'

/*
 * Histories of one name: files of all kinds, imported whole or broken off, between changes of its hosts and delegations. What a file is
 * not refused for with its line, the ledger must take; and what it was taken as must be what is there.
 */

const name = 'shop.acme'
/** Of the name, who pays for all that is done to it. */
const primary = `owner of ${name}`
const apex = lowerCaseName(parseAbsoluteName(name))

function standingOf(ledger: Scenario): ZoneStanding {
  const { state, height, timeMs } = ledger
  const zone = readNameZone(state, name, { height, timeMs })
  const pagesOf = (of: RecordGeneration | undefined): TablePages => {
    const indexes = Array.from({ length: of === undefined ? 0 : 2 ** of.bits }, (_, index) => index)
    return new Map(
      indexes.flatMap((index) => {
        const page = readRecordPage(state, name, of?.generation ?? 0, index)
        return page === undefined ? [] : [[index, page] as const]
      }),
    )
  }
  const { table } = zone
  return {
    ...zone,
    served: pagesOf(table?.served),
    building: pagesOf(table?.building),
    sequence: 0,
    rests: {} as RestsOn,
  }
}

const contentOf = (text: string, standing: ZoneStanding) =>
  readZoneContent(readMasterFile({ name: 'zone', text: `$TTL 300\n${text}` }, { origin: apex }), standing)

const owner = fc.constantFrom(
  '@',
  'www',
  'WWW',
  'a.www',
  '*',
  '*.a',
  't',
  'x.t',
  'ns.t',
  'tt',
  '_sip._tcp',
  '_1._tcp',
  'a_b',
  'm',
)
const ttl = fc.constantFrom('', '', '', '300 ', '60 ', '5 ', '1d ', '2d ')
const goodRecords = [
  'A 192.0.2.1',
  'A 192.0.2.2',
  'AAAA ::1',
  'TXT hello',
  `TXT ${'y'.repeat(250)}`,
  'MX 10 M',
] as const
const data = fc.constantFrom(
  ...goodRecords,
  'CNAME m',
  'SRV 0 0 5060 m',
  'HTTPS 1 . alpn=h2',
  'CAA 0 issue "ca"',
  'NS ns.t',
  'NS ns.example.',
  `DS 1 13 2 ${'ab'.repeat(32)}`,
  'SOA a b 1 2 3 4 5',
  'TYPE65280 \\# 2 abcd',
  'DNAME m',
  `TLSA 3 1 1 ${'ab'.repeat(32)}`,
)
// Most files have few mistakes, or no import would ever be made.
const goodOwner = fc.constantFrom('@', 'www', 'www', 'a.www', '*', '*.a', 'm', 'tt', '_sip._tcp', ...Array.from('bcd'))
const goodData = fc.constantFrom(...goodRecords)
const goodLine = fc.tuple(goodOwner, goodData).map((parts) => parts.join(' '))
const line = fc.tuple(owner, ttl, data).map(([of, time, rest]) => `${of} ${time}${rest}`)
const cut = fc.constantFrom('t NS ns.t\nns.t A 192.0.2.53', 't 600 NS ns.example.', 'u NS ns.example.\nx.u A 192.0.2.9')
const bulk = fc
  .tuple(fc.nat(40), fc.nat(3))
  .map(([count, kind]) =>
    Array.from({ length: count }, (_, index) => `h${index} TXT ${kind}${'z'.repeat(200)}`).join('\n'),
  )
const file = fc
  .tuple(
    fc.array(goodLine, { maxLength: 12 }),
    fc.option(cut, { nil: '' }),
    fc.option(bulk, { nil: '' }),
    fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(line, { maxLength: 3 }) }),
  )
  .map(([good, cuts, many, any]) => [...good, cuts, many, ...any, ''].join('\n'))

type Step =
  /** What is answered now, with one line less. */
  | { readonly kind: 'edit'; readonly line: number }
  | { readonly kind: 'file'; readonly text: string; readonly sent: number | undefined }
  | { readonly kind: 'change'; readonly action: Action }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('file' as const),
      text: file,
      sent: fc.option(fc.nat(3), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('edit' as const), line: fc.nat(20) }) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(
        publishing(name, 'www', { recordSets: [textRecords('host')] }),
        publishing(name, '', { recordSets: [textRecords('apex')] }),
        publishing(name, 'www', {}),
        publishing(name, '', {}),
        delegating(name, 't'),
        takingBack(name, 't'),
      )
      .map((action) => ({ kind: 'change' as const, action })),
  },
)

/** What every run has, whatever else it meets: a table of several transactions, one broken off, a host before it, a mistake. */
const many = Array.from({ length: 40 }, (_, index) => `h${index} TXT ${'z'.repeat(200)}`).join('\n')
const everyRun: [Step[]][] = [
  [
    [
      { kind: 'file', text: `${many}\nwww A 192.0.2.1\n`, sent: 1 },
      { kind: 'file', text: `${many}\nwww A 192.0.2.1\n`, sent: undefined },
      { kind: 'change', action: publishing(name, 'www', { recordSets: [textRecords('host')] }) },
      { kind: 'edit', line: 3 },
      { kind: 'file', text: `${many}\nwww A 192.0.2.1\nt NS ns.example.\nu NS ns.example.\n`, sent: undefined },
      { kind: 'file', text: 'a A 192.0.2.999\n', sent: undefined },
    ],
  ],
]

/** Pages of this ledger's transactions are few, so that imports take several. */
const parameters = { maxTransactionBytes: 6_000 }

test('what has no problem with a line is taken by the ledger, and is then what the name has', () => {
  const seen = { imported: 0, refused: 0, interrupted: 0, inPlace: 0, built: 0, hidden: 0, paidTable: 0 }
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 7 }), (steps) => {
      const ledger = new Scenario({ parameters, accounts: ['alice', primary] })
      assert.equal(register(ledger, 'alice', name), 'ok')
      const run = (action: Action, fee: bigint) => ledger.run(primary, action, { fee })
      for (const one of steps) {
        if (one.kind === 'change') {
          run(one.action, 1_000_000n)
          continue
        }
        const standing = standingOf(ledger)
        const text = one.kind === 'file' ? one.text : edited(standing, one.line)
        const content = contentOf(text, standing)
        if (content.problemCount > 0) {
          seen.refused += 1
          continue
        }
        const plan = planImport(content, standing)
        const before = JSON.stringify(ownersOf(standing.served))
        const actions = actionsOf(plan)
        const sent = (one.kind === 'file' ? one.sent : undefined) ?? actions.length
        const price = priceOf(plan, ledger.chainId, keyPairFor(primary).publicKey, ledger.parameters)
        const balance = ledger.balance(primary)
        for (const action of actions.slice(0, sent)) assert.equal(run(action, price), 'ok', text)
        const paid = balance - ledger.balance(primary)
        assert.ok(paid <= price, `${paid} of ${price}`)
        if (sent < actions.length) {
          seen.interrupted += 1
          assert.equal(JSON.stringify(ownersOf(standingOf(ledger).served)), before)
          continue
        }
        seen.imported += 1
        assert.ok(paid >= plan.tableFees && (plan.tableFees === 0n || standing.table?.served !== undefined))
        if (plan.tableFees > 0n) seen.paidTable += 1
        if (plan.building.length > 0) seen.built += 1
        if (plan.serving !== undefined && plan.isInPlace) seen.inPlace += 1
        if (content.hidden.length > 0) seen.hidden += 1
        checkImported(standingOf(ledger), content.owners, text)
      }
    }),
    { numRuns: 40, examples: everyRun },
  )
  for (const [what, count] of Object.entries(seen)) assert.ok(count >= 1, `${what} ${count} times`)
})

function edited(standing: ZoneStanding, line: number): string {
  const [origin = '', time = '', ...records] = writeMasterFile(apex, answeredRrsets(standing))
  return [origin, time, ...records.filter((_, index) => index !== line), ''].join('\n')
}

function checkImported(standing: ZoneStanding, owners: readonly OwnerRecords[], text: string): void {
  assert.deepEqual(ownersOf(standing.served), owners)
  assert.deepEqual(actionsOf(planImport(contentOf(text, standing), standing)), [], text)
  const exported = [...writeMasterFile(apex, answeredRrsets(standing))].join('\n')
  const content = contentOf(exported, standing)
  assert.deepEqual(content.problems, [], exported)
  assert.deepEqual(actionsOf(planImport(content, standing)), [], exported)
}
