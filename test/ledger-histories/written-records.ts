import { encodeItem } from '@cresset/core-codec'
import type { NaiveCode } from '../naive-ledger/codes.ts'
import { pageItem } from '../naive-ledger/record-tables.ts'
import { pageOf } from '../naive-ledger/set-records.ts'
import type { Act, RecordSetPlan, RecordTablePlan, Step, TransactionPlan } from './history.ts'

/** Codes that the history below comes to. */
export const recordCodes: readonly NaiveCode[] = [
  'ok',
  'records-generation',
  'record-page-bad',
  'record-page-too-long',
  'nothing-changes',
  'not-primary-key',
  'name-reserved',
  'host-label',
  'host-too-long',
  'record-type-derived',
  'record-type-refused',
  'ttl-out-of-range',
  'record-set-too-long',
  'record-data-bad',
  'record-twice',
  'record-set-twice',
  'cname-not-alone',
  'table-fee-not-offered',
  'balance-too-low',
]

const address: RecordSetPlan = { type: 1, data: ['7f000001'] }
const text: RecordSetPlan = { type: 16, data: ['0161'] }
const fullPageBytes = 16_384
const allPages = 256

/** Four owners whose page has so many bytes. */
function pageOfBytes(bytes: number): RecordTablePlan['owners'] {
  const owners = (last: number): RecordTablePlan['owners'] =>
    ['p', 'q', 'r', 's'].map((owner) => [owner, [{ type: 65_300, data: ['00'.repeat(owner === 's' ? last : 4_080)] }]])
  const lengthOf = (list: RecordTablePlan['owners']): number => {
    const set = ({ type, data }: RecordSetPlan) => ({
      type,
      ttl: undefined,
      data: data.map((hex) => new Uint8Array(hex.length / 2)),
    })
    return encodeItem(pageItem(list.map(([owner, sets]) => ({ owner, recordSets: sets.map(set) })))).length
  }
  const full = owners(4_080 + bytes - lengthOf(owners(4_080)))
  if (lengthOf(full) !== bytes) throw new Error(`a page of ${lengthOf(full)} bytes instead of ${bytes}`)
  return full
}

/** One owner for each page that eight bits tell apart. */
function ownerOfEachPage(): string[] {
  const found = new Map<number, string>()
  for (let at = 0; found.size < allPages; at++) {
    const owner = `o${at}`
    const page = pageOf(owner, 8)
    if (!found.has(page)) found.set(page, owner)
  }
  return [...found.values()]
}

/** Tables of four names: full pages, every refusal, generations that are removed in slices, and all that can end them. */
export function recordsToTheirLimits(): Step[] {
  const byOwner = (act: Act, owner = 'e1'): TransactionPlan => ({
    by: 'e2',
    ...(owner === 'e2' ? {} : { with: [owner] }),
    act,
  })
  const set = (plan: Partial<RecordTablePlan>, name = 'n0.acme', owner = 'e1'): TransactionPlan =>
    byOwner({ kind: 'setRecords', name, of: 'next', serve: false, owners: [], ...plan }, owner)
  const delegate = (offer: Partial<TransactionPlan>, isThere = true): TransactionPlan => ({
    ...byOwner({
      kind: 'setDelegation',
      name: 'n1.acme',
      host: 't',
      ...(isThere ? { to: { servers: [['ns.example', []]] } } : {}),
    }),
    ...offer,
  })
  const step = (...transactions: TransactionPlan[]): Step => ({ afterMs: 1_000, transactions })
  /** What a plan meets is what its block begins with. */
  const each = (...transactions: TransactionPlan[]): Step[] => transactions.map((transaction) => step(transaction))
  const names = ['n0', 'n1', 'n2', 'n3']
  const seals = names.map((label): TransactionPlan => {
    const deposit = String((label === 'n3' ? 60 : 4_000) * 14)
    return { by: 'e1', act: { kind: 'seal', id: label, label, zone: 'acme', owner: 'e1', deposit } }
  })
  const reveal = (id: string): TransactionPlan => ({ by: 'e1', act: { kind: 'reveal', id } })
  const every = ownerOfEachPage()
  const wide = (name: string, serve: boolean, owner = 'e1') =>
    set({ bits: 8, serve, owners: every.map((of) => [of, [address]]) }, name, owner)
  const bad = (sets: RecordSetPlan[], owner = 'www') => set({ owners: [[owner, sets]] })
  const longest = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(53)}`
  const some: RecordTablePlan['owners'] = [
    ['', [address]],
    ['www', [address, text]],
    ['*.b', [{ type: 5, data: ['037777770461636d6500'] }]],
  ]
  return [
    step(...seals),
    step(...names.map(reveal)),
    step(
      // Nothing there to change or to serve.
      set({ of: 'served', owners: some }),
      set({ of: 'building', serve: true }),
      set({ generation: 1, owners: some }),
      set({}),
      set({ serve: true }),
      { by: 'e2', act: { kind: 'setRecords', name: 'n0.acme', of: 'next', serve: true, owners: some } },
    ),
    step(
      bad([address], 'WWW'),
      bad([address], 'ns.www.'),
      bad([address], `${longest}d`),
      bad([address], longest),
      bad([{ type: 52, data: [`030101${'ab'.repeat(32)}`] }]),
      bad([{ type: 37, data: ['0001000000'] }]),
      bad([{ type: 2, data: ['026e730461636d6500'] }]),
      bad([{ type: 6, data: ['00'] }]),
      bad([{ type: 39, data: ['00'] }]),
      bad([{ ...text, ttl: 29 }]),
      bad([{ ...text, ttl: 30 }]),
      bad([{ type: 65_300, data: ['00'.repeat(4_096), '01'] }]),
      bad([{ type: 1, data: ['7f0001'] }]),
      bad([{ type: 65, data: ['00'] }]),
      bad([{ type: 16, data: ['0161', '0161'] }]),
      bad([text, text]),
      bad([{ type: 5, data: ['037777770461636d6500'] }, text]),
      bad([{ type: 5, data: ['037777770461636d6500', '037777780461636d6500'] }]),
      bad([
        { type: 65, data: ['000100'] },
        { type: 64, data: ['000100'] },
      ]),
    ),
    ...each(
      set({ owners: pageOfBytes(fullPageBytes + 1) }),
      set({ owners: pageOfBytes(fullPageBytes) }),
      set({ of: 'building', owners: pageOfBytes(fullPageBytes + 1) }),
      set({ of: 'building', bits: 1, owners: some }),
      set({ of: 'building', owners: some, wrong: 'owner-order' }),
      set({ of: 'building', owners: some, wrong: 'owner-twice' }),
      set({ of: 'building', owners: some, wrong: 'page-twice' }),
      set({ of: 'building', owners: some, wrong: 'page-unknown' }),
      set({ of: 'building', owners: some, serve: true }),
      set({ of: 'building', serve: true }),
      set({ of: 'served', owners: some }),
      set({ of: 'served', owners: some, serve: true, bits: 1 }),
      set({ of: 'served', serve: true }),
      set({ of: 'served', owners: [['www', [text]]], serve: true }),
      set({ of: 'served', owners: [], emptied: [0], serve: true }),
      set({ of: 'served', owners: some, serve: true }),
    ),
    // Built in two steps, each page told twice; then one that begins in its place, and more pages than a block removes.
    ...each(
      set({ bits: 3, owners: some }),
      set({ of: 'building', owners: some, wrong: 'page-order' }),
      set({ of: 'building', owners: some, wrong: 'foreign' }),
      set({ of: 'building', owners: [['www', [text]]], wrong: 'foreign' }),
      set({ of: 'building', owners: [['www', [text]]], emptied: [0, 1, 2, 3] }),
      wide('n0.acme', false),
      set({ of: 'building', owners: [], emptied: [7] }),
    ),
    ...each(wide('n0.acme', true), wide('n1.acme', true), wide('n2.acme', true)),
    { afterMs: 1_000, times: 2 },
    ...each(
      wide('n0.acme', true),
      wide('n0.acme', false),
      set({ of: 'served', owners: [['o1', [text]]], serve: true }),
    ),
    // A delegation beside a table pays for it when it comes and when it goes.
    ...each(
      delegate({ fee: 1_000_000 }, false),
      delegate({}),
      delegate({ fee: 2_000 }),
      delegate({ by: 'poor', fee: 1_000_000 }),
      { by: 'e2', act: { kind: 'transfer', to: 'poor', amount: '3000' } },
      delegate({ by: 'poor', fee: 1_000_000 }),
      delegate({ fee: 1_000_000 }),
      delegate({}),
      delegate({}, false),
      delegate({ fee: 1_000_000 }, false),
    ),
    { afterMs: 1_000 },
    // The owner changes with and without records; a generation never comes back.
    ...each(
      byOwner({ kind: 'changeKey', name: 'n0.acme', to: 'e2' }),
      set({ of: 'building', serve: true }, 'n0.acme', 'e2'),
      byOwner({ kind: 'transferName', id: 't1', name: 'n0.acme', from: 'e2', to: 'e1', keep: true, forMs: 60_000 }),
      set({ of: 'served', owners: [['o1', [address]]], serve: true }),
      byOwner({ kind: 'transferName', id: 't2', name: 'n0.acme', from: 'e1', to: 'e2', keep: false, forMs: 60_000 }),
      set({ of: 'served', owners: some, serve: true }, 'n0.acme', 'e2'),
      set({ generation: -1, owners: some, serve: true }, 'n0.acme', 'e2'),
      set({ owners: some, serve: true }, 'n0.acme', 'e2'),
    ),
    ...each(
      byOwner({ kind: 'offerName', id: 'o1', name: 'n1.acme', price: '5', forMs: 60_000 }),
      wide('n1.acme', false),
      byOwner({ kind: 'buyName', name: 'n1.acme', offer: 'o1', seller: 'e1', highest: '5', owner: 'e2' }, 'e2'),
    ),
    ...each(
      set({ bits: 2, owners: some }, 'n2.acme'),
      byOwner({ kind: 'cancel', name: 'n2.acme' }),
      set({ owners: some }, 'n2.acme'),
      set({ bits: 8, owners: some, serve: true }, 'n3.acme'),
      set({ bits: 1, owners: some }, 'n3.acme'),
    ),
    // The last name runs out, in grace its records are still set; then all of its table goes.
    { afterMs: 10_000, times: 62 },
    step(set({ of: 'served', owners: [['www', [text]]], serve: true }, 'n3.acme')),
    { afterMs: 10_000, times: 75 },
    step({ by: 'e2', act: { kind: 'seal', id: 'again', label: 'n2', zone: 'acme', owner: 'e2', deposit: '5600' } }),
    step({ by: 'e2', act: { kind: 'reveal', id: 'again' } }),
    step(
      set({ owners: some, serve: true }, 'n2.acme', 'e2'),
      byOwner(
        { kind: 'publish', name: 'n2.acme', host: 'www', owner: 'e2', recordSets: [{ type: 16, data: ['0161'] }] },
        'e2',
      ),
    ),
    { afterMs: 10_000, times: 3 },
  ]
}
