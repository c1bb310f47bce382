import assert from 'node:assert/strict'
import { toHex } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import { addressesOf } from '../addresses/address-claims.ts'
import { quantaPerPage, renewalsPerPage } from '../entries/lease.ts'
import { hostEntry, type Registration } from '../entries/name.ts'
import { hostName } from '../names/host-name.ts'
import { worthOf } from '../parameters.ts'
import { stateKeys } from '../state-keys.ts'
import { checkMembership } from './membership-invariants.ts'
import type { MemoryState } from './memory-state.ts'
import { checkRecordTables } from './record-table-invariants.ts'
import { type StateScan, scanState } from './scan.ts'

/**
 * What holds in every state, found by a full scan: money is conserved, a name has one owner, and every index says what the
 * entries say. Throws AssertionError. `supply` is the sum of genesis.
 */
export function checkInvariants(state: MemoryState, supply: bigint): void {
  checkScan(scanState(state), supply)
}

/** As `checkInvariants`, for who has scanned the state. */
export function checkScan(scan: StateScan, supply: bigint): void {
  const fund = scan.single('feeFund')
  const parameters = scan.single('parameters')

  // Money: accounts, treasury, income, bonds of open seals, deposits and bonds of claims, deposits of names.
  let money = scan.single('treasury').balance + scan.single('income').pot + worthOf(fund.heldQuanta, parameters)
  for (const account of scan.all('account')) money += account.balance
  for (const seal of scan.all('seal')) money += seal.bond
  for (const claim of scan.all('claim')) money += claim.deposit + claim.bond
  for (const { bonded, unbonding } of scan.all('stake'))
    money += unbonding.reduce((sum, { amount }) => sum + amount, bonded)
  assert.equal(money, supply, 'money is conserved to the unit')

  // Names and leases go together, and the fund's sums are theirs.
  const leases = scan.all('lease')
  const owned = scan.all('name').filter(({ registration }) => registration !== undefined)
  assert.deepEqual(sorted(leases.map(({ name }) => name)), sorted(owned.map(({ name }) => name)))
  const active = leases.filter(({ paidQuanta }) => paidQuanta >= fund.paidQuanta)
  assert.equal(fund.activeNames, active.length)
  const held = active.reduce((sum, { paidQuanta }) => sum + BigInt(paidQuanta - fund.paidQuanta), 0n)
  assert.equal(fund.heldQuanta, held)

  // The index of paid quanta is what the leases say.
  const counts = new Map<number, number>()
  for (const { name, paidQuanta, position } of leases) {
    counts.set(paidQuanta, (counts.get(paidQuanta) ?? 0) + 1)
    const chunk = scan.at('leaseChunk', stateKeys.leaseChunk(paidQuanta, Math.floor(position / 32)))
    assert.equal(chunk?.names[position % 32], name, 'a lease stands where it says')
  }
  const indexed = scan.all('leaseChunk').reduce((sum, { names }) => sum + names.length, 0)
  assert.equal(indexed, leases.length, 'the index holds no name twice')
  const pages = new Set([...counts.keys()].map((quanta) => Math.floor(quanta / quantaPerPage)))
  assert.equal(scan.all('leaseCounts').length, pages.size, 'a page without names is absent')
  for (const [quanta, count] of counts) {
    const page = scan.at('leaseCounts', stateKeys.leaseCounts(Math.floor(quanta / quantaPerPage)))
    assert.equal(page?.counts[quanta % quantaPerPage], count)
  }

  // A standing order is of an owned name; every renewal that a lease counts is written down.
  const registrations = new Map(owned.map(({ name, registration }) => [name, registration]))
  for (const { name, leftQuanta, refillQuanta } of scan.all('standingOrder')) {
    assert(
      registrations.has(name) && leftQuanta > 0 && refillQuanta > 0,
      'a standing order is of an owned name and can be run',
    )
  }
  for (const { name, renewals } of leases) {
    const { order } = registrations.get(name) as Registration
    for (let page = 0; page * renewalsPerPage < renewals; page++) {
      const rows = scan.at('renewals', stateKeys.renewals(name, order, page))?.rows ?? []
      assert.equal(rows.length, Math.min(renewalsPerPage, renewals - page * renewalsPerPage))
    }
  }

  // Hosts are those that their names list.
  const listed = owned.flatMap(({ name, registration }) => registration?.hosts.map(({ host }) => hostName(host, name)))
  assert.deepEqual(sorted(scan.all('host').map(({ name, host }) => hostName(host, name))), sorted(listed as string[]))

  checkDelegations(scan)
  checkAddresses(scan)
  // Offers are of names that somebody owns, and no id stands twice.
  const offers = scan.all('offers')
  const ownedNames = new Set(owned.map(({ name }) => name))
  for (const { name } of offers) assert(ownedNames.has(name), 'only an owned name is offered')
  const ids = offers.flatMap((entry) => entry.offers.map(({ id }) => toHex(id)))
  assert.equal(new Set(ids).size, ids.length, 'an id is of one offer')

  checkQueue(scan)
  assert.equal(scan.single('protocol').supply, supply)
  checkMembership(scan)
  checkRecordTables(scan)
}

/** Delegations and domain certificates are those that their names list, and nothing is published at or below a delegated host. */
function checkDelegations(scan: ReturnType<typeof scanState>): void {
  const listed: string[] = []
  const digests: string[] = []
  for (const { name, registration } of scan.all('name')) {
    if (registration === undefined) continue
    const { delegations, hosts, domainCertificate } = registration
    for (const delegation of delegations) {
      listed.push(hostName(delegation, name))
      const under = [...hosts.map(({ host }) => host), ...delegations.filter((other) => other !== delegation)]
      assert(!under.some((host) => host === delegation || host.endsWith(`.${delegation}`)))
    }
    if (domainCertificate !== undefined) digests.push(`${name} ${toHex(domainCertificate)}`)
  }
  assert.deepEqual(sorted(scan.all('delegation').map(({ name, host }) => hostName(host, name))), sorted(listed))
  const held = scan.all('domainCertificate').map(({ name, certificate }) => `${name} ${toHex(sha256(certificate))}`)
  assert.deepEqual(sorted(held), sorted(digests))
}

/** The index by address is what the hosts say, oldest first; whoever is confirmed holds the address; every old key is waited for. */
function checkAddresses(scan: ReturnType<typeof scanState>): void {
  const holders = new Map<string, string[]>()
  for (const entry of scan.all('host')) {
    const { name, host, servers } = entry
    const addresses = addressesOf(servers)
    for (const address of addresses) {
      const at = holders.get(toHex(address)) ?? []
      holders.set(toHex(address), [...at, hostName(host, name)])
    }
    const note = scan.at('name', stateKeys.name(name))?.registration?.hosts.find((other) => other.host === host)
    assert.equal(note?.addresses, addresses.length)
    // Old keys that ended since leave the note as it was.
    assert(hostEntry.codec.encode(entry).length <= (note?.kibibytes ?? 0) * 1_024)
  }
  assert.equal(scan.all('addressClaims').length, holders.size, 'an address without hosts is absent')
  for (const { address, claims, unlisted, confirmed } of scan.all('addressClaims')) {
    const hosts = holders.get(toHex(address)) ?? []
    const listed = claims.map(({ name, host }) => hostName(host, name))
    assert.equal(new Set(listed).size, listed.length)
    assert(listed.every((host) => hosts.includes(host)))
    assert.equal(listed.length + unlisted, hosts.length)
    assert.deepEqual(
      claims,
      [...claims].sort((a, b) => a.sinceLedgerMs - b.sinceLedgerMs),
    )
    assert(confirmed.every(({ name, host }) => hosts.includes(hostName(host, name))))
  }
  const waiting = new Set(
    scan.all('retirement').map(({ name, host, untilLedgerMs }) => `${host}.${name} ${untilLedgerMs}`),
  )
  for (const { name, host, retiringKeys } of scan.all('host')) {
    for (const { untilLedgerMs } of retiringKeys) assert(waiting.has(`${host}.${name} ${untilLedgerMs}`))
  }
}

/** The queue is one list, and holds the open seals and the claims and nothing else. */
function checkQueue(scan: ReturnType<typeof scanState>): void {
  const queue = scan.single('sealQueue')
  const seals: string[] = []
  const claims: string[] = []
  let previous = 0
  for (let order = queue.head; order !== 0; ) {
    const place = scan.at('sealPosition', stateKeys.sealPosition(order))
    assert(place !== undefined, 'a link of the queue leads nowhere')
    assert.equal(place.previous, previous)
    assert(order > previous && order < queue.nextOrder, 'the queue is in the order of the seals')
    if (place.claimedName === undefined) seals.push(`${toHex(place.sender)} ${order}`)
    else claims.push(`${place.claimedName} ${order}`)
    previous = order
    order = place.next
  }
  assert.equal(queue.tail, previous)
  assert.equal(scan.all('sealPosition').length, seals.length + claims.length)
  assert.deepEqual(sorted(scan.all('claim').map(({ name, order }) => `${name} ${order}`)), sorted(claims))
  const entries = scan.all('seal').length
  assert.equal(entries, seals.length)
  const counted = scan.all('openSealCount').reduce((sum, { count }) => sum + count, 0)
  assert.equal(counted, entries)
  const owned = new Set(scan.all('lease').map(({ name }) => name))
  for (const { name } of scan.all('claim')) assert(!owned.has(name), 'a claimed name has no owner')
}

function sorted(texts: readonly string[]): string[] {
  return [...texts].sort()
}
