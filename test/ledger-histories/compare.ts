import { compareBytes, equalBytes, toHex, toJson } from '@cresset/core-codec'
import { reverseName } from '../naive-ledger/addresses.ts'
import { expectedEntries } from '../naive-ledger/entries.ts'
import type { NaiveLedger } from '../naive-ledger/ledger.ts'
import { fullHost } from '../naive-ledger/names.ts'
import type { NaiveEvent } from '../naive-ledger/receipt.ts'
import { tableOf } from '../naive-ledger/record-tables.ts'
import { owned, worthOf, xOf } from '../naive-ledger/state.ts'
import { nameOfAccount } from './keys.ts'
import type { Product, ProductState } from './product.ts'

/** The two ledgers differ; the message says where and how, for people. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement'
}

export function disagree(what: string, product: unknown, naive: unknown): never {
  throw new Disagreement(`${what}\n  core/ledger: ${words(product)}\n  naive:       ${words(naive)}`)
}

export function mustEqual(what: string, product: unknown, naive: unknown): void {
  if (product !== naive) disagree(what, product, naive)
}

function words(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined ? 'nothing' : JSON.stringify(toJson(value))
}

/** Entries that genesis writes and nothing changes, by key. */
export type FixedEntries = ReadonlyMap<string, Uint8Array>

export function fixedEntriesOf(product: Product, state: ProductState): FixedEntries {
  const isFixed = (value: Uint8Array): boolean => ['addressRanges'].includes(product.decodeEntry(value).kind)
  return new Map([...state.entries].filter(([, value]) => isFixed(value)))
}

/** Every entry of the product's state against what the naive ledger finds by full scans. */
export function compareEntries(product: Product, state: ProductState, naive: NaiveLedger, fixed: FixedEntries): void {
  const expected = expectedEntries(naive)
  for (const [key, value] of fixed) expected.set(key, { of: 'an entry of genesis', value })
  for (const [key, { of, value }] of expected) {
    const found = state.entries.get(key)
    if (found === undefined) disagree(`${of} is missing`, undefined, readable(product, value))
    if (!equalBytes(found, value)) disagree(`${of} differs`, readable(product, found), readable(product, value))
  }
  const others = [...state.entries].filter(([key]) => !expected.has(key)).map(([, value]) => product.decodeEntry(value))
  const fund = others.find((entry) => entry.kind === 'feeFund')
  if (fund === undefined) throw new Disagreement('the fee fund is missing')
  const tooMany = others.find((entry) => entry !== fund)
  if (tooMany !== undefined) disagree('an entry too many', tooMany, undefined)
  compareFund(fund.value, naive)
}

function readable(product: Product, bytes: Uint8Array): unknown {
  try {
    return product.decodeEntry(bytes)
  } catch {
    return toHex(bytes)
  }
}

/** F and the sums that the product keeps instead of walking over all names. */
function compareFund(
  fund: { paidQuanta: number; carry: number; chargedLedgerMs: number; activeNames: number; heldQuanta: bigint },
  { state }: NaiveLedger,
): void {
  const active = owned(state).filter(({ ownership }) => ownership.ranOut === undefined)
  mustEqual('F', BigInt(fund.paidQuanta), state.f)
  mustEqual('carry of the fee fund', BigInt(fund.carry), state.carry)
  mustEqual('charged until', fund.chargedLedgerMs, state.chargedUntil)
  mustEqual('number of active names', fund.activeNames, active.length)
  mustEqual(
    'quanta held for names',
    fund.heldQuanta,
    active.reduce((sum, { ownership }) => sum + ownership.deposit, 0n),
  )
}

/** Status and balance of names as queries tell them, now and at a later time without further blocks. */
export function compareNames(
  product: Product,
  state: ProductState,
  naive: NaiveLedger,
  names: Iterable<string>,
  at: { height: number; timeMs: number },
): void {
  const now = naive.ledgerTimeAt(at.height, at.timeMs)
  const { graceMs } = naive.genesis.parameters
  for (const name of names) {
    const view = product.readName(state, name, at)
    const entry = naive.state.names.find((candidate) => candidate.name === name)
    const ownership = entry?.ownership
    const status = naive.statusOf(name, now)
    mustEqual(`ledger time at height ${at.height}`, view.ledgerTimeMs, now)
    mustEqual(`status of ${name}`, view.status, status)
    if ((status === 'active' || status === 'grace') && ownership !== undefined) {
      mustEqual(`quanta left of ${name}`, view.balanceQuanta, Number(ownership.deposit))
      mustEqual(`balance of ${name}`, view.balance, worthOf(naive.genesis.parameters, ownership.deposit))
      mustEqual(`X of ${name}`, view.paidQuanta, Number(xOf(naive.state, ownership)))
    }
    if (status === 'grace')
      mustEqual(`end of grace of ${name}`, view.untilLedgerMs, Number(ownership?.ranOut) + graceMs)
    if (status === 'reserved' && entry !== undefined)
      mustEqual(`time at which ${name} gets free`, view.untilLedgerMs, naive.freeTimeOf(entry))
  }
}

/** What fee blocks took from each name, as the product derives it from X and the table of fee blocks. */
export function compareStatements(product: Product, state: ProductState, naive: NaiveLedger): void {
  // Folded rows stand for several fee blocks.
  if (naive.state.foldedPages > 0) return
  const { parameters: p } = naive.genesis
  for (const { name, ownership } of owned(naive.state)) {
    if (!ownership.isWhole) continue
    const lines = product.readFeeStatement(state, name, Number.MAX_SAFE_INTEGER) ?? []
    const told = lines.map(({ height, charged, balance }) => `${height}: -${charged} = ${balance}`)
    const expected = ownership.charges.map(
      ({ height, charged, left }) => `${height}: -${worthOf(p, charged)} = ${worthOf(p, left)}`,
    )
    mustEqual(`fee statement of ${name}`, told.join(', '), expected.reverse().join(', '))
  }
}

/** The hosts that each name publishes or delegates; the name itself if a record table is served. */
export function hostsOf({ state }: NaiveLedger): Map<string, string[]> {
  return new Map(
    state.names.map(({ name, ownership }) => [
      name,
      [
        ...[...(ownership?.hosts ?? []), ...(ownership?.delegations ?? [])].map(({ host }) => host),
        ...(tableOf(state, name).served === undefined ? [] : ['']),
      ],
    ]),
  )
}

const hostEvents: ReadonlySet<string> = new Set([
  'hostPublished',
  'hostWithdrawn',
  'serverAdded',
  'serverWithdrawn',
  'hostKeysEnded',
  'delegationSet',
  'delegationEnded',
])

/** Hosts whose DNS data a block changed: those changed in it, all of names that ended in it, addresses confirmed otherwise, and zones signed otherwise. */
export function compareChangedNames(
  changed: readonly string[],
  before: Map<string, string[]>,
  events: readonly NaiveEvent[],
  { state }: NaiveLedger,
): void {
  const expected = new Set<string>([...state.reverseChanged.map(reverseName), ...state.zonesChanged])
  for (const { kind, body } of events) {
    if (hostEvents.has(kind)) expected.add(fullHost((body as { name: string }).name, (body as { host: string }).host))
    if (kind === 'recordsSet' && body.served) expected.add(body.name)
    if (kind === 'domainCertificateSet' || kind === 'domainCertificateEnded') expected.add(body.name)
    const ends = kind === 'nameCancelled' || kind === 'nameExpired' || kind === 'nameSold'
    if (!ends && (kind !== 'nameTransferred' || body.kept)) continue
    for (const host of before.get(body.name) ?? []) expected.add(fullHost(body.name, host))
  }
  mustEqual('hosts whose data changed', changed.join(' '), [...expected].sort().join(' '))
}

/** The changes of a block are sorted and name each key once. */
export function checkChangeOrder(changes: readonly { readonly key: Uint8Array }[]): void {
  for (const [index, { key }] of changes.entries()) {
    const before = changes[index - 1]
    if (before !== undefined && compareBytes(before.key, key) >= 0)
      throw new Disagreement('the changes of a block are not sorted by key')
  }
}

/** An account's hex in a message, as the name of its key. */
export function nameAccounts(message: string): string {
  return message.replaceAll(/\b[0-9a-f]{64}\b/g, (hex) =>
    nameOfAccount(Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))),
  )
}
