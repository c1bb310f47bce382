import { encodeItem, utf8 } from '@cresset/core-codec'
import { taggedHash } from '@cresset/core-crypto'
import type { NaiveCode } from './codes.ts'
import { recordSetsProblem } from './hosts.ts'
import { hostProblem } from './names.ts'
import { type NaivePage, type NaiveTable, pageItem, removeLater, tableOf } from './record-tables.ts'
import type { Outcome } from './registrations.ts'
import type { NaiveName, NaiveParameters, NaiveState } from './state.ts'
import type { NaiveBody } from './transaction.ts'

/** docs/protocol/ledger.md, "Record tables". */

const bytesPerPage = 16_384

/** The page of an owner: the first bits of a hash. */
export function pageOf(owner: string, bits: number): number {
  const hash = taggedHash('cresset/record-page/v1', utf8(owner))
  const binary = Array.from(hash, (byte) => byte.toString(2).padStart(8, '0')).join('')
  return Number.parseInt(`0${binary.slice(0, bits)}`, 2)
}

export function setRecords(
  state: NaiveState,
  { name }: NaiveName,
  { generation, bits, serve, pages }: NaiveBody<'setRecords'>,
  p: NaiveParameters,
): Outcome {
  const refuse = (code: NaiveCode): Outcome => ({ code, events: [] })
  const table = tableOf(state, name)
  const { served, building } = table
  const isInPlace = generation === served?.generation
  const isBuilding = !isInPlace && generation === building?.generation
  const isFit = isInPlace
    ? bits === served.bits && serve
    : isBuilding
      ? bits === building?.bits
      : generation === table.generation + 1
  if (!isFit) return refuse('records-generation')
  if (pages.length === 0 && !(isBuilding && serve)) return refuse('nothing-changes')
  for (const [place, page] of pages.entries()) {
    const before = pages[place - 1]
    if (page.index >= 2 ** bits || (before !== undefined && page.index <= before.index))
      return refuse('record-page-bad')
    const problem = pageProblem(name, page, bits, p)
    if (problem !== undefined) return refuse(problem)
  }

  const isThis = (page: NaivePage) => page.name === name && page.generation === generation
  const given = pages.map(({ index }) => index)
  state.tablePages = [
    ...state.tablePages.filter((page) => !isThis(page) || !given.includes(page.index)),
    ...pages.filter(({ owners }) => owners.length > 0).map((page) => ({ ...page, name, generation })),
  ]
  const next: NaiveTable = { ...table, generation: Math.max(table.generation, generation) }
  if (!isInPlace) {
    if (!isBuilding) removeLater(state, name, building)
    next.building = { generation, bits }
    if (serve) {
      removeLater(state, name, served)
      next.served = next.building
      next.building = undefined
    }
  }
  state.tables = [...state.tables.filter((other) => other.name !== name), next]
  return { code: 'ok', events: [{ kind: 'recordsSet', body: { name, generation, served: serve, indexes: given } }] }
}

function pageProblem(
  name: string,
  { index, owners }: NaiveBody<'setRecords'>['pages'][number],
  bits: number,
  p: NaiveParameters,
): NaiveCode | undefined {
  for (const [place, { owner, recordSets }] of owners.entries()) {
    const badOwner = hostProblem(name, owner, false)
    if (badOwner !== undefined) return badOwner
    const before = owners[place - 1]
    if (before !== undefined && owner <= before.owner) return 'record-page-bad'
    if (pageOf(owner, bits) !== index) return 'record-page-bad'
    const problem = recordSetsProblem({ servers: [], recordSets }, p, 'of-keys')
    if (problem !== undefined) return problem
  }
  return encodeItem(pageItem(owners)).length > bytesPerPage ? 'record-page-too-long' : undefined
}
