import assert from 'node:assert/strict'
import test from 'node:test'
import { plantedBugs, plantedInTests } from './planted-bugs.ts'
import { plant } from './planting.ts'

/** Far above what each takes to be found, and still a bound. */
const MAX_SEEDS = 400

for (const name of plantedInTests) {
  test(`the simulator finds: ${name}`, () => {
    const bug = plantedBugs.find((candidate) => candidate.name === name)
    assert.ok(bug, 'no such bug')
    const finding = plant(bug, bug.firstSeed ?? 1, MAX_SEEDS)
    assert.ok(
      (bug.foundBy as readonly (string | undefined)[]).includes(finding.invariant),
      `${finding.detail} (${finding.seeds} seeds)`,
    )
  })
}
