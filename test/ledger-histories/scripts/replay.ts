import { parseArgs } from 'node:util'
import * as product from '@cresset/core-ledger'
import { runSeed } from '../random-history.ts'

const { values } = parseArgs({ options: { seed: { type: 'string' }, seeds: { type: 'string' } } })
const first = Number(values.seed ?? 1)
const count = Number(values.seeds ?? 1)
const codes = new Map<string, number>()
const start = performance.now()
let blocks = 0
let transactions = 0
for (let seed = first; seed < first + count; seed++) {
  const { failure, figures, history } = await runSeed(seed, { product })
  blocks += figures.blocks
  transactions += figures.transactions
  for (const [code, n] of [...figures.codes, ...figures.events]) codes.set(code, (codes.get(code) ?? 0) + n)
  if (failure !== undefined) {
    console.log(`seed ${seed}, ${history.steps.length} steps: ${failure.stack}`)
    console.log(JSON.stringify(history.steps.at(-1)))
    break
  }
}
console.log(
  [...codes]
    .sort()
    .map(([code, n]) => `${code} ${n}`)
    .join('\n'),
)
console.log(blocks, transactions, (performance.now() - start) / 1000)
