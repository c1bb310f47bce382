import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CampaignFailure, CampaignPart } from '../../tools/campaign/part.ts'
import { findOnPath } from '../../tools/system-tools.ts'

const programs = ['knotd', 'nsd', 'dig', 'ldns-verify-zone', 'kzonecheck']

export default {
  name: 'dns-secondaries',
  description: 'two days of changes in a signed ledger zone, as fast as they can be made, under Knot and NSD',
  weight: 1,
  available: () => programs.every((program) => findOnPath(program) !== undefined),
  async run({ seed, budgetMs, print }) {
    // Loaded here, because looking for parts must not need the packages.
    const { runLedgerDay } = await import('./ledger-day.ts')
    const deadlineMs = performance.now() + budgetMs
    const failures: CampaignFailure[] = []
    let runs = 0
    for (; failures.length === 0 && (runs === 0 || performance.now() < deadlineMs); runs++) {
      const folder = await mkdtemp(join(tmpdir(), 'cresset-ledger-day-'))
      try {
        const size = { hours: 48, names: 60, blocksPerHour: 20, changesPerBlock: 8, followEveryHours: 1 }
        const day = await runLedgerDay({ folder, seed: seed + runs, ...size })
        const { whole, changes: incremental } = day.transfers
        print(
          `  seed ${seed + runs}: ${day.changes} changes in ${day.blocks} blocks, ${day.records} records at the end`,
        )
        print(`  ${incremental} transfers of changes, ${whole} of the whole zone; ${day.faults.length} faults`)
        const detail = day.faults.join('\n')
        const replay = `npm run campaign -- --minutes 1 --only dns-secondaries --seed ${seed + runs}`
        if (day.faults.length > 0) failures.push({ name: `seed ${seed + runs}`, detail, replay })
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    }
    return { runs, failures }
  },
} satisfies CampaignPart
