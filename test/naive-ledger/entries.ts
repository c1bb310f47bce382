import { encodeItem, equalBytes, type Item, toHex, uint64ToBytes, utf8 } from '@cresset/core-codec'
import { accountOf, taggedHash } from '@cresset/core-crypto'
import { distinct } from './addresses.ts'
import { statementItems } from './agreements.ts'
import type { NaiveLedger } from './ledger.ts'
import {
  byName,
  changeItem,
  countOf,
  endpointItem,
  type NaiveValidator,
  nameNodesOf,
  validatorsNow,
} from './membership.ts'
import { bytesOf, type NaiveGeneration, pageItem } from './record-tables.ts'
import { delegationItem, hostItem, nameItem, wishItem } from './records.ts'
import { type FeeRow, owned, worthOf, xOf } from './state.ts'

/** An entry as docs/protocol/ledger.md, "State", says it must stand in the state. */
export interface ExpectedEntry {
  /** For people: what it is of. */
  readonly of: string
  readonly value: Uint8Array
}

const keys = new Map<string, string>()

function keyOf(kind: string, ...parts: Uint8Array[]): string {
  const words = `${kind} ${parts.map(toHex).join(' ')}`
  const known = keys.get(words)
  if (known !== undefined) return known
  const made = toHex(taggedHash(`cresset/state/${kind}/v1`, ...parts))
  keys.set(words, made)
  return made
}

const rowsPerPage = 64
const namesPerChunk = 32
const quantaPerPage = 64n

/**
 * All entries of the state by key, out of full scans, but the ranges of addresses, which genesis fixes, and the places of the walks
 * in the entry of the fee fund.
 */
export function expectedEntries(ledger: NaiveLedger): Map<string, ExpectedEntry> {
  const { state } = ledger
  const { parameters: p } = ledger.genesis
  const entries = new Map<string, ExpectedEntry>()
  const putEncoded = (of: string, value: Uint8Array, kind: string, ...parts: Uint8Array[]): void => {
    const key = keyOf(kind, ...parts)
    if (entries.has(key)) throw new Error(`two entries for ${of}`)
    entries.set(key, { of, value })
  }
  const put: Put = (of, item, kind, ...parts) => putEncoded(of, encodeItem(item), kind, ...parts)
  const short = (account: Uint8Array): string => toHex(account).slice(0, 8)

  put('time', [1, 2, state.ledgerTime, state.blockTime, state.height], 'time')
  put('zones', [1, 3, [...ledger.genesis.zones], 0, validatorsNow(state).length], 'zones')
  put('name nodes', [1, 5, nameNodesOf(state)], 'name-nodes')
  putMembers(ledger, put)
  putZoneKeys(ledger, put)
  put('treasury', [1, 6, state.treasury], 'treasury')
  put('income', [1, 7, state.pot, state.producers.map(({ account, blocks }) => [account, blocks])], 'income')
  for (const { account, balance, sequence } of state.accounts)
    put(`account ${short(account)}`, [1, 8, balance, sequence], 'account', account)

  const queue = [...state.seals, ...state.claims].sort((a, b) => a.order - b.order)
  put('seal queue', [1, 9, queue[0]?.order ?? 0, queue.at(-1)?.order ?? 0, state.nextOrder], 'seal-queue')
  const openSeals = new Map<string, { sender: Uint8Array; count: number }>()
  for (const [index, place] of queue.entries()) {
    const { order, sender, sequence } = place
    const previous = queue[index - 1]?.order ?? 0
    const next = queue[index + 1]?.order ?? 0
    const claimed = 'name' in place ? place.name : null
    put(`place ${order}`, [1, 10, previous, next, sender, sequence, claimed], 'seal-position', uint64ToBytes(order))
    if ('name' in place) {
      const { name, primaryKey, certificate, depositQuanta, bond } = place
      const deposit = worthOf(p, depositQuanta)
      put(
        `claim of ${name}`,
        [1, 13, name, order, sender, sequence, primaryKey, wishItem(certificate), depositQuanta, deposit, bond],
        'claim',
        utf8(name),
      )
    } else {
      const { salt, commitment, ciphertext, bond, ledgerTime, height } = place
      put(
        `seal ${short(sender)} ${sequence}`,
        [1, 11, order, salt, commitment, ciphertext, bond, ledgerTime, height],
        'seal',
        sender,
        uint64ToBytes(sequence),
      )
      const known = openSeals.get(toHex(sender)) ?? { sender, count: 0 }
      known.count++
      openSeals.set(toHex(sender), known)
    }
  }
  for (const { sender, count } of openSeals.values())
    put(`open seals of ${short(sender)}`, [1, 12, count], 'open-seal-count', sender)

  for (const name of state.names) {
    put(`name ${name.name}`, nameItem(name), 'name', utf8(name.name))
    for (const host of name.ownership?.hosts ?? [])
      put(`host ${host.host} of ${name.name}`, hostItem(name.name, host), 'host', utf8(name.name), utf8(host.host))
  }
  for (const { name, ownership } of owned(state)) {
    for (const delegation of ownership.delegations) {
      const { host } = delegation
      put(`delegation ${host} of ${name}`, delegationItem(name, delegation), 'delegation', utf8(name), utf8(host))
    }
    const { authority } = ownership
    if (authority !== undefined)
      put(`authority of ${name}`, [1, 26, name, authority.height, authority.der], 'domain-certificate', utf8(name))
  }
  for (const name of new Set(state.offers.map((offer) => offer.name))) {
    const offers = state.offers.filter((offer) => offer.name === name)
    const items = offers.map(({ id, price, buyer, expires, height }) => [id, price, buyer ?? null, expires, height])
    put(`offers of ${name}`, [1, 23, name, items], 'offers', utf8(name))
  }
  putTables(ledger, put)
  putAddresses(ledger, put)
  putWaiting(ledger, put)
  putLeases(ledger, put)
  for (const { hash, signer, form, height, blockTime } of state.notarizations)
    put(`notarization ${short(hash)}`, [1, 17, hash, signer, form, height, blockTime], 'notarization', hash, signer)
  putAgreements(ledger, put)
  putRenewals(ledger, put)
  putRows(state.feeRows, 21, 'fee-rows', state.foldedPages, putEncoded)
  putRows(state.dailyRows, 22, 'daily-fee-rows', 0, putEncoded)
  return entries
}

type Put = (of: string, item: Item, kind: string, ...parts: Uint8Array[]) => void

/** Encoded pages by their first rows. Rows never change, and thousands of pages would be encoded thousands of times. */
const encodedPages = new WeakMap<FeeRow, { readonly rows: readonly FeeRow[]; readonly value: Uint8Array }>()

/** Rows in pages of 64, those before `firstPage` left out. */
function putRows(
  rows: readonly FeeRow[],
  kindNumber: number,
  kind: string,
  firstPage: number,
  put: (of: string, value: Uint8Array, kind: string, ...parts: Uint8Array[]) => void,
): void {
  for (let page = firstPage; page * rowsPerPage < rows.length; page++) {
    const part = rows.slice(page * rowsPerPage, (page + 1) * rowsPerPage)
    const known = encodedPages.get(part[0] as FeeRow)
    const isKnown = known?.rows.length === part.length && part.every((row, index) => row === known.rows[index])
    const items = () => part.map(({ height, ledgerTime, f }) => [height, ledgerTime, f])
    const value = isKnown ? known.value : encodeItem([1, kindNumber, items()])
    encodedPages.set(part[0] as FeeRow, { rows: part, value })
    put(`${kind} ${page}`, value, kind, uint64ToBytes(page))
  }
}

/** Renewals of each registration there was, in pages. */
function putRenewals({ state: { renewals } }: NaiveLedger, put: Put): void {
  const lists = new Map<string, { name: string; order: number; rows: Item[] }>()
  for (const { name, order, height, ledgerTime, payer, amount, x } of renewals) {
    const known = lists.get(`${name} ${order}`) ?? { name, order, rows: [] }
    known.rows.push([height, ledgerTime, payer, amount, x])
    lists.set(`${name} ${order}`, known)
  }
  for (const { name, order, rows } of lists.values()) {
    for (let page = 0; page * 32 < rows.length; page++) {
      const part = rows.slice(page * 32, page * 32 + 32)
      put(`renewals of ${name}`, [1, 36, part], 'renewals', utf8(name), uint64ToBytes(order), uint64ToBytes(page))
    }
  }
}

/** Agreements, and the lists of each document and each party in chunks. */
function putAgreements({ state }: NaiveLedger, put: Put): void {
  const lists = new Map<string, { kind: string; of: Uint8Array; ids: Uint8Array[] }>()
  const add = (kind: string, of: Uint8Array, id: Uint8Array): void => {
    const words = `${kind} ${toHex(of)}`
    const known = lists.get(words) ?? { kind, of, ids: [] }
    known.ids.push(id)
    lists.set(words, known)
  }
  for (const agreement of state.agreements) {
    const { id, height, blockTime, document, parties } = agreement
    put('agreement', [1, 32, ...statementItems(agreement), height, blockTime], 'agreement', id)
    add('agreements-of-document', document, id)
    for (const key of parties) add('agreements-of-party', accountOf(key), id)
  }
  for (const { kind, of, ids } of lists.values()) {
    put(kind, [1, 33, ids.length], kind, of)
    for (let chunk = 0; chunk * 32 < ids.length; chunk++)
      put(kind, [1, 34, ids.slice(chunk * 32, chunk * 32 + 32)], `${kind}-chunk`, of, uint64ToBytes(chunk))
  }
}

/** What is published and confirmed at each address. */
function putAddresses({ state }: NaiveLedger, put: Put): void {
  for (const address of distinct(state.addressClaims.map((claim) => claim.address))) {
    const isHere = (other: { address: Uint8Array }): boolean => toHex(other.address) === toHex(address)
    const here = state.addressClaims.filter(isHere)
    const listed = here.filter(({ since }) => since !== undefined)
    const claims = listed.map(({ name, host, since }) => [name, host, since as number])
    const confirmed = state.confirmed.filter(isHere).map(({ name, host }) => [name, host])
    const item = [1, 38, address, claims, here.length - listed.length, confirmed]
    put(`address ${toHex(address)}`, item, 'address-claims', address)
  }
}

/** Record tables, their pages, and the generations that are being removed. */
function putTables({ state }: NaiveLedger, put: Put): void {
  const { tables, tablePages, removals, removalTail } = state
  for (const { name, generation, served, building } of tables) {
    const item = (of: NaiveGeneration | undefined): Item => {
      if (of === undefined) return null
      const pages = tablePages.filter((page) => page.name === name && page.generation === of.generation)
      const records = pages.flatMap(({ owners }) =>
        owners.flatMap(({ recordSets }) => recordSets.flatMap(({ data }) => data)),
      )
      return [of.generation, of.bits, records.length, bytesOf(state, name, of.generation)]
    }
    put(`records of ${name}`, [1, 56, generation, item(served), item(building)], 'record-table', utf8(name))
  }
  for (const { name, generation, index, owners } of tablePages) {
    const place = [utf8(name), uint64ToBytes(generation), uint64ToBytes(index)]
    put(`page ${index} of records ${generation} of ${name}`, pageItem(owners), 'record-page', ...place)
  }
  if (removalTail > 0)
    put('records to remove', [1, 58, removals[0]?.position ?? removalTail, removalTail], 'record-removals')
  for (const { position, name, generation, bits, next } of removals)
    put(
      `records to remove ${position}`,
      [1, 59, name, generation, bits, next],
      'record-removal',
      uint64ToBytes(position),
    )
}

/** Hosts whose old keys will end. */
function putWaiting({ state }: NaiveLedger, put: Put): void {
  const { waiting, queueTails } = state
  if (queueTails.every((tail) => tail === 0)) return
  const heads = queueTails.map((tail, queue) =>
    Math.min(tail, ...waiting.filter((place) => place.queue === queue).map(({ position }) => position)),
  )
  put(
    'queues of old keys',
    [1, 40, queueTails.map((tail, queue) => [heads[queue] as number, tail])],
    'retirement-queues',
  )
  for (const { queue, position, name, host, until } of waiting)
    put('place of old keys', [1, 41, name, host, until], 'retirement', uint64ToBytes(queue), uint64ToBytes(position))
}

/** In the order of the entry. */
const parameterNames = [
  'currencyName',
  'currencyDecimals',
  'depositRateQuanta',
  'depositRatePeriodMs',
  'feeEveryBlocks',
  'quantum',
  'transactionFeeBase',
  'transactionFeePerByte',
  'nameNodesSharePercent',
  'defaultTtlSeconds',
  'minTtlSeconds',
  'maxTtlSeconds',
  'maxBlockIntervalMs',
  'revealWindowMs',
  'bond',
  'maxOpenSealsWithoutBond',
  'graceMs',
  'releaseDelayMs',
  'maxBlockBytes',
  'maxBlockUnits',
  'maxTransactionBytes',
  'nameTermMs',
  'securityLevels',
  'votingLevel',
  'unbondingMs',
  'proposalWindowMs',
  ...['addNode', 'removeNode', 'setNodeKeys', 'setNodeProperties', 'validatorIn', 'validatorOut', 'parameters']
    .concat(['issueMoney', 'upgrade'])
    .map((kind) => `${kind}ThresholdPercent`),
  'stakeUnit',
  'slashPercent',
]

/** Rules, nodes, their keys, validators and proposals. */
function putMembers({ state, genesis }: NaiveLedger, put: Put): void {
  const table = genesis.parameters as unknown as Record<string, Item>
  put('parameters', [1, 1, ...parameterNames.map((name) => table[name] as Item)], 'parameters')
  for (const node of state.nodes) {
    const { id, name, organization, roles, level, endpoints, identityKey, consensusKey, tls, dnsKeys } = node
    const keyItems = [identityKey, consensusKey, tls, dnsKeys]
    const ends = [node.isValidator, node.admitted, node.height]
    const items = [id, name, organization, roles, level, endpointItem(endpoints), ...keyItems, ...ends]
    put(`node ${name}`, [1, 4, ...items], 'node', id)
  }
  put('members', [1, 45, byName(state.nodes).map(({ id, name, level }) => [id, name, level])], 'members')
  for (const { hash, node, use } of state.nodeKeys) put('key of a node', [1, 46, node, use], 'node-key', hash)
  const items = (set: readonly NaiveValidator[]): Item => set.map(({ key, node, account }) => [key, 1, node, account])
  const newest = items(validatorsNow(state))
  const isSame = equalBytes(encodeItem(items(state.validators)), encodeItem(newest))
  put('validators', [1, 44, items(state.validators), isSame ? null : newest], 'validators')

  const open = state.proposals.filter(({ outcome }) => outcome === 0)
  const rows = open.map(({ number, proposer, ends }) => [number, proposer, ends])
  put('proposals', [1, 47, state.proposals.length + 1, rows], 'proposals')
  for (const proposal of state.proposals) {
    const { number, proposer, change, height, made, ends, needed, voters, outcome, ended, code } = proposal
    const counts = [voters.length, needed, countOf(proposal, 1), countOf(proposal, 2)]
    const item = [1, 48, number, proposer, changeItem(change), height, made, ends, ...counts, outcome]
    put(`proposal ${number}`, [...item, ended ?? null, code ?? null], 'proposal', uint64ToBytes(number))
    const votes = voters.map(({ node, ballot }) => [node, ballot])
    put(`votes on ${number}`, [1, 49, votes], 'votes', uint64ToBytes(number))
  }
  const { version, upgrade } = state.protocol
  const due = upgrade === undefined ? null : [upgrade.version, upgrade.height]
  put('protocol', [1, 50, version, due, state.supply], 'protocol')
}

/** Who signs the keys of zones, and what they signed. */
function putZoneKeys({ state: { zoneKeys } }: NaiveLedger, put: Put): void {
  for (const { zone, height, revision, anchors, set } of zoneKeys) {
    const keyRows = set?.keys.map(({ rdata, node, since }) => [rdata, node ?? null, since])
    const item = set && [set.signedSince, set.ttl, keyRows as Item[], set.signatures]
    put(`keys of the zone ${zone}`, [1, 55, zone, height, revision, anchors, item ?? null], 'zone-keys', utf8(zone))
  }
}

/** What is paid for each name, and the two indexes of it. */
function putLeases({ state }: NaiveLedger, put: Put): void {
  const byX = new Map<bigint, { name: string; place: number }[]>()
  for (const { name, ownership } of owned(state)) {
    const x = xOf(state, ownership)
    const { order, startF, place, standingOrder } = ownership
    const rows = state.renewals.filter((renewal) => renewal.name === name && renewal.order === order)
    put(`lease of ${name}`, [1, 15, name, x, startF, place, rows.length], 'lease', utf8(name))
    if (standingOrder !== undefined) {
      const { payer, refill, left } = standingOrder
      put(`standing order of ${name}`, [1, 35, name, payer, refill, left], 'standing-order', utf8(name))
    }
    byX.set(x, [...(byX.get(x) ?? []), { name, place: ownership.place }])
  }
  const pages = new Map<bigint, number[]>()
  for (const [x, unsorted] of byX) {
    const names = unsorted.sort((a, b) => a.place - b.place).map(({ name }) => name)
    for (let chunk = 0; chunk * namesPerChunk < names.length; chunk++) {
      const part = names.slice(chunk * namesPerChunk, (chunk + 1) * namesPerChunk)
      put(`names paid to ${x}, part ${chunk}`, [1, 20, part], 'lease-chunk', uint64ToBytes(x), uint64ToBytes(chunk))
    }
    const page = pages.get(x / quantaPerPage) ?? new Array<number>(Number(quantaPerPage)).fill(0)
    page[Number(x % quantaPerPage)] = names.length
    pages.set(x / quantaPerPage, page)
  }
  for (const [page, counts] of pages)
    put(`counts of page ${page}`, [1, 19, counts], 'lease-counts', uint64ToBytes(page))
}
