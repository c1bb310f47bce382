import type { BlockContext } from '../../block-context.ts'
import { parameterStepProblem } from '../../change-parameters.ts'
import type { Refusal } from '../../codes.ts'
import type { LedgerParameters } from '../../parameters.ts'
import type { ChangeBody } from '../change.ts'
import { electorateOf, membersOf, nodeOf } from '../nodes.ts'
import { isChangeable, parameterRanges } from '../parameter-ranges.ts'
import { newestValidators } from '../validators.ts'
import type { ChangeRule } from './rule.ts'

/** Changes rules of the ledger from the block after on. Rows that it does not name stay as they are by then. */
export const parameters: ChangeRule<'parameters'> = {
  problem(context, { changes }) {
    for (const [index, { name, value }] of changes.entries()) {
      if (!Object.hasOwn(context.parameters, name)) return 'parameter-unknown'
      if (!isChangeable(name)) return 'parameter-fixed'
      if (changes.findIndex((other) => other.name === name) !== index) return 'parameter-twice'
      const [least, greatest] = parameterRanges[name]
      if (value < least || value > greatest) return 'parameter-out-of-range'
    }
    const before = context.nextParameters
    const after = changed(before, changes)
    if (changes.every(({ name }) => hasSame(before, after, name))) return 'nothing-changes'
    return relationProblem(before, after) ?? levelProblem(context, after)
  },
  apply(context, { changes }) {
    context.nextParameters = changed(context.nextParameters, changes)
    context.events.push({ kind: 'parametersChanged', body: { names: changes.map(({ name }) => name) } })
  },
}

function hasSame(a: LedgerParameters, b: LedgerParameters, name: string): boolean {
  return a[name as keyof LedgerParameters] === b[name as keyof LedgerParameters]
}

function changed(before: LedgerParameters, changes: ChangeBody<'parameters'>['changes']): LedgerParameters {
  const after: Record<string, number | bigint | string> = { ...before }
  for (const { name, value } of changes) after[name] = typeof after[name] === 'bigint' ? value : Number(value)
  return after as unknown as LedgerParameters
}

function relationProblem(before: LedgerParameters, after: LedgerParameters): Refusal | undefined {
  if (parameterStepProblem(before, after) !== undefined) return 'parameters-unusable'
  if (after.votingLevel >= after.securityLevels) return 'parameters-unusable'
  const { minTtlSeconds, defaultTtlSeconds, maxTtlSeconds } = after
  if (minTtlSeconds > defaultTtlSeconds || defaultTtlSeconds > maxTtlSeconds) return 'parameters-unusable'
  // Light clients trust a set for a period that genesis put below this one.
  return after.unbondingMs < before.unbondingMs ? 'parameters-unusable' : undefined
}

/** Somebody must still be able to vote; where those who decide must not lie, all of them must keep the level. */
function levelProblem({ state, zones }: BlockContext, { votingLevel }: LedgerParameters): Refusal | undefined {
  if (electorateOf(membersOf(state), votingLevel).length === 0) return 'electorate-empty'
  if (zones.engine !== 'majority') return undefined
  const isBelow = newestValidators(state).some(
    ({ nodeId }) => (nodeOf(state, nodeId)?.securityLevel ?? 0) < votingLevel,
  )
  return isBelow ? 'node-is-validator' : undefined
}
