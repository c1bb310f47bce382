import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { capture } from '../process/capture.ts'
import type { CampaignFailure, CampaignPart } from './part.ts'

// With the hypothesis of its time: a later one does not fit its generators.
const packages = ['schemathesis==4.3.0', 'hypothesis==6.140.3']
/** No status that the node's own OpenAPI document does not name; 500 is named nowhere, 504 is where a wait can end. */
const checks = 'status_code_conformance'
/** A first round gets this long, whatever the budget. */
const LEAST_ROUND_MS = 20_000
/** For the tools, where they are not in pip's cache. */
const LONGEST_INSTALL_MS = 90_000
/** Longest wait for a transaction that is asked for. Ids that are made up are in no block, and the longest wait is a minute. */
const LONGEST_WAIT_MS = 200
/** Above the longest wait that the API has: a request that it cuts counts as an error, which is then made smaller, each time at this price. */
const REQUEST_TIMEOUT_SECONDS = 65
/** What `capture` writes when its time was up. */
const CUT = 'ended by SIGKILL'

interface Parameter {
  readonly name: string
  required?: boolean
  readonly schema: Record<string, unknown>
}

/** The node's document, with waits that are always told and short. */
async function impatientDocument(url: string): Promise<object> {
  const document = (await (await fetch(url)).json()) as {
    paths: Record<string, Record<string, { parameters?: Parameter[] }>>
  }
  const operations = Object.values(document.paths).flatMap((verbs) => Object.values(verbs))
  for (const parameter of operations.flatMap(({ parameters = [] }) => parameters)) {
    if (parameter.name !== 'timeout') continue
    parameter.required = true
    Object.assign(parameter.schema, { maximum: LONGEST_WAIT_MS, default: LONGEST_WAIT_MS })
  }
  return document
}

export default {
  name: 'api-fuzz',
  description: "requests made from the API's own OpenAPI document, by schemathesis",
  weight: 1,
  available: (root) => existsSync(join(root, 'test/cluster/validators.ts')),
  async run({ seed, budgetMs, print }) {
    const deadlineMs = performance.now() + budgetMs
    const folder = await mkdtemp(join(tmpdir(), 'cresset-api-fuzz-'))
    try {
      const python = join(folder, 'venv/bin/python')
      for (const [program, ...args] of [
        ['python3', '-m', 'venv', join(folder, 'venv')],
        [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages],
      ] as const) {
        const made = await capture(program, args, { timeoutMs: LONGEST_INSTALL_MS }).catch((error: Error) => ({
          status: 1,
          stderr: error.message,
        }))
        if (made.status === 0) continue
        // Python, its venv module or the network is not here.
        print(`  left out: ${program} ${args.slice(0, 2).join(' ')}: ${made.stderr.trim().split('\n').at(-1)}`)
        return { runs: 0, failures: [] }
      }
      const { Validators } = await import('../../test/cluster/validators.ts')
      await using validators = await Validators.make({ count: 1 })
      await validators.startAll()
      const failures: CampaignFailure[] = []
      const document = join(folder, 'openapi.json')
      await writeFile(document, JSON.stringify(await impatientDocument(`${validators.api(0)}/openapi.json`)))
      let runs = 0
      for (; failures.length === 0 && (runs === 0 || performance.now() < deadlineMs); runs++) {
        const args = [
          'run',
          document,
          '--url',
          validators.api(0),
          '--checks',
          checks,
          '--phases',
          'examples,fuzzing',
          '--max-examples',
          '5',
        ]
        args.push('--max-failures', '1', '--seed', String(seed + runs))
        const leftMs = deadlineMs - performance.now()
        const fuzzed = await capture(
          join(folder, 'venv/bin/schemathesis'),
          // A stream of events never ends.
          [
            ...args,
            '--exclude-path-regex',
            'events|watch',
            '--request-timeout',
            `${REQUEST_TIMEOUT_SECONDS}`,
            '--no-color',
          ],
          { timeoutMs: Math.ceil(Math.max(leftMs, LEAST_ROUND_MS)) },
        )
        if (fuzzed.status === 0) continue
        if (fuzzed.stderr.endsWith(CUT)) {
          print('  the last round was cut at the end of the time')
          break
        }
        const detail = fuzzed.stdout.slice(-6_000)
        failures.push({ name: `seed ${seed + runs}`, detail, replay: `schemathesis ${args.join(' ')}` })
      }
      print(`  ${runs} rounds over all routes`)
      return { runs, failures }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
} satisfies CampaignPart
