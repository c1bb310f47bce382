import { spawnSync } from 'node:child_process'
import { constants, getPriority, setPriority } from 'node:os'
import { resolve } from 'node:path'
import { Campaign, campaignFolder, commitName } from '../../simulation/src/campaign.ts'
import { sourceDigest } from '../../simulation/src/source-digest.ts'
import { DifferentialSum } from './differential-sum.ts'
import { allRules } from './rules.ts'
import { runDifferential } from './run-differential.ts'

/** A rule that fewer questions needed is not covered. */
export const ENOUGH_QUESTIONS = 1_000
/** A whole comparison; fewer zones are not enough to ask for each rule so often. */
export const WHOLE_ZONES = 5_000

export interface PrintedDifferential {
  readonly seed: number
  readonly zones: number
  readonly minutes?: number | undefined
  /** Goes on where the last call for the same sources and seed ended, and prints what all of them come to. */
  readonly isAddedUp?: boolean
}

/** Compares as many zones as there is time for, prints the table, and gives the exit status. */
export async function printDifferential({ seed, zones, minutes, isAddedUp }: PrintedDifferential): Promise<number> {
  giveWay()
  const root = resolve(import.meta.dirname, '../..')
  const sources = `${sourceDigest(root, 'dns/server', ['test/dns-differential'])}, ${peerVersions()}`
  const campaign = isAddedUp
    ? new Campaign(campaignFolder('dns-differential'), `${sources} from ${seed}`, 0, DifferentialSum)
    : undefined
  const first = campaign?.next ?? 0
  console.log(`seed ${seed}, commit ${commitName()}, sources ${sources}${first > 0 ? `, from zone ${first} on` : ''}`)
  const part = await runDifferential({
    seed,
    first,
    zones: Math.max(0, zones - first),
    ...(minutes === undefined ? {} : { budgetMs: minutes * 60_000 }),
    report: console.log,
  })
  for (const line of tableOf(part)) console.log(line)
  let whole = part
  if (campaign !== undefined) {
    campaign.tally.add(part)
    campaign.next = first + part.zones
    campaign.save()
    whole = campaign.tally
    console.log(`all parts of these sources and this seed, ${campaign.next} of ${zones} zones:`)
    for (const line of tableOf(whole)) console.log(`  ${line}`)
  }
  for (const difference of part.unexplained.slice(0, 3)) console.log(`\nNOT EXPLAINED: ${difference}`)
  const isWhole = whole.zones >= WHOLE_ZONES
  return whole.unexplainedCount > 0 || (isWhole && notCovered(whole).length > 0) ? 1 : 0
}

/** It takes a long time and nobody waits for it: others have the processor first. */
function giveWay(): void {
  const { PRIORITY_BELOW_NORMAL } = constants.priority
  if (getPriority() < PRIORITY_BELOW_NORMAL) setPriority(PRIORITY_BELOW_NORMAL)
}

/** Other servers may differ in other ways. */
function peerVersions(): string {
  // nsd says it on the error output.
  const versionOf = (program: string, flag: string): string => {
    const { stdout, stderr } = spawnSync(program, [flag], { encoding: 'utf8' })
    return /\d+(\.\d+)+/.exec(`${stdout} ${stderr}`)?.[0] ?? 'unknown'
  }
  return `Knot ${versionOf('knotd', '--version')}, NSD ${versionOf('nsd', '-v')}`
}

const notCovered = ({ rules }: DifferentialSum): string[] =>
  allRules.filter((rule) => (rules.get(rule) ?? 0) < ENOUGH_QUESTIONS)

export function tableOf(sum: DifferentialSum): string[] {
  const { zones, queries, seconds, rules, accepted, unexplainedCount } = sum
  const number = (count: number): string => String(count).padStart(9)
  const missing = notCovered(sum)
  return [
    `${zones} zones, ${queries} questions, each to Knot and NSD, in ${seconds.toFixed(0)} s`,
    'questions by rule:',
    ...allRules.map(
      (rule) => `  ${number(rules.get(rule) ?? 0)}  ${rule}${missing.includes(rule) ? '   NOT COVERED' : ''}`,
    ),
    missing.length === 0
      ? `every rule was needed by ${ENOUGH_QUESTIONS} questions`
      : `not covered, for fewer than ${ENOUGH_QUESTIONS} questions needed them: ${missing.join(', ')}`,
    'differences that stay:',
    ...[...accepted].sort().map(([what, count]) => `  ${number(count)}  ${what}`),
    `differences without an explanation: ${unexplainedCount}`,
  ]
}
