import { engines } from '@cresset/core-chain'
import type { AnsweredStatus } from './standstill.ts'

/** What `network status` shows of one node's answer to `/v1/status`. */
export interface ToldStatus extends AnsweredStatus {
  readonly chainId: string
  readonly timeMs: number
  readonly phase: string
  readonly peers: readonly { readonly name: string; readonly connected: boolean }[]
  readonly mempool: { readonly count: number }
}

/** The last moment that a `Date` can show. */
const timeMaxMs = 8.64e15
const presences: readonly unknown[] = ['voting', 'abstaining', 'silent', 'unlinked']

const isText = (value: unknown): boolean => typeof value === 'string'
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const fieldsOf = (value: unknown): Record<string, unknown> => Object(value) as Record<string, unknown>
const isListOf = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isItem)

function isPeer(value: unknown): boolean {
  const { name, connected } = fieldsOf(value)
  return isText(name) && typeof connected === 'boolean'
}

function isValidator(value: unknown): boolean {
  const { id, name, power, presence, stateRoot } = fieldsOf(value)
  const hasRoot = stateRoot === null || isText(stateRoot)
  return isText(id) && isText(name) && isCount(power) && presences.includes(presence) && hasRoot
}

/** A node's answer if it has the form of a status: one node must not keep the others from being shown. Undefined for all else. */
export function toldStatus(answer: unknown): ToldStatus | undefined {
  const { node, chainId, engine, phase, height, view, timeMs, mempool, peers, problems, agreement } = fieldsOf(answer)
  const { height: decidedHeight, validators } = fieldsOf(agreement)
  const isStatus =
    [node, chainId, phase].every(isText) &&
    engines.some((known) => known === engine) &&
    [height, view, timeMs, fieldsOf(mempool)['count'], decidedHeight].every(isCount) &&
    (timeMs as number) <= timeMaxMs &&
    isListOf(peers, isPeer) &&
    isListOf(problems, isText) &&
    isListOf(validators, isValidator)
  return isStatus ? (answer as ToldStatus) : undefined
}
