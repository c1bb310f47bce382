import { runTestFiles } from '../process/run-test-files.ts'
import type { CampaignContext, CampaignFailure, CampaignOutcome } from './part.ts'

/**
 * Runs test files again and again until the time ends, each round with the next seed for fast-check
 * (CRESSET_TEST_SEED), which other tests may read too.
 */
export async function repeatTests(files: readonly string[], context: CampaignContext): Promise<CampaignOutcome> {
  const deadlineMs = performance.now() + context.budgetMs
  const failures: CampaignFailure[] = []
  let runs = 0
  const passing = new Set(files)
  for (let seed = context.seed; passing.size > 0 && performance.now() < deadlineMs; seed++) {
    for (const file of passing) {
      const leftMs = deadlineMs - performance.now()
      if (leftMs <= 0) break
      let detail = ''
      process.env['CRESSET_TEST_SEED'] = String(seed)
      const fileTimeoutMs = 300_000
      const { failed } = await runTestFiles([file], {
        concurrency: 1,
        fileTimeoutMs,
        root: context.root,
        print: (line) => {
          detail += `${line}\n`
        },
      })
      delete process.env['CRESSET_TEST_SEED']
      runs++
      if (failed === 0) continue
      context.print(detail.trimEnd())
      failures.push({ name: file, detail: `seed ${seed}`, replay: `CRESSET_TEST_SEED=${seed} npm test -- ${file}` })
      // One failure of a file is enough to work on.
      passing.delete(file)
    }
  }
  return { runs, failures }
}
