/** Programs that run against the built packages, as their users run them: module texts for `runBuilt`. The sample's file is the argument. */

const prelude = `
import { readFileSync } from 'node:fs'
import { verifyQuery } from '@cresset/access-client/verifying'
import { genesisFromJson, trustFromGenesis } from '@cresset/core-chain'
import { readName } from '@cresset/core-ledger/reading'
const sample = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const genesis = genesisFromJson(sample.genesisJson)
const trust = trustFromGenesis(genesis)
const clock = { nowMs: sample.nowMs, maxStalenessMs: genesis.parameters.maxStalenessMs }
const verify = () => {
  const { value } = verifyQuery(sample.answer, (view, at) => readName(view, sample.name, at), trust, clock)
  if (value.status !== 'active') throw new Error('the sample does not verify')
}
`

/** The greatest resident set since the program began. (The one of getrusage begins with that of the process which started it.) */
const tellMemory = `
const { readFileSync: readStatus } = await import('node:fs')
console.log(JSON.stringify({ peakKiB: Number(/^VmHWM:\\s*(\\d+) kB$/m.exec(readStatus('/proc/self/status', 'utf8'))[1]) }))
`

export const emptyProgram: string = tellMemory

export const verifyOnceProgram: string = `${prelude}
verify()
${tellMemory}`

/** Asks a node over HTTP, as the SDK does it in Node. */
export const askOnceProgram: string = `
import { readFileSync } from 'node:fs'
import { Client } from '@cresset/access-client/verifying'
import { genesisFromJson } from '@cresset/core-chain'
import { readName } from '@cresset/core-ledger/reading'
const sample = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const genesis = genesisFromJson(sample.genesisJson)
const client = new Client({ genesis, nodes: [process.argv[3]], now: () => sample.nowMs })
const { value } = await client.query((view, at) => readName(view, sample.name, at), '/v1/names/' + sample.name)
if (value.status !== 'active') throw new Error('the sample does not verify')
${tellMemory}`

/** One `fetch` of the same answer and nothing else: why the SDK does without it in Node. */
export const fetchOnceProgram: string = `
const answer = await (await fetch(process.argv[3])).json()
if (!answer.proof) throw new Error('no answer')
${tellMemory}`

export const timeProgram = (rounds: number, times: number): string => `${prelude}
const first = process.hrtime.bigint()
verify()
const firstMs = Number(process.hrtime.bigint() - first) / 1e6
const roundsMs = []
for (let round = 0; round < ${rounds}; round++) {
  const start = process.hrtime.bigint()
  for (let index = 0; index < ${times}; index++) verify()
  roundsMs.push(Number(process.hrtime.bigint() - start) / 1e6 / ${times})
}
console.log(JSON.stringify({ firstMs, roundsMs }))
`

/** The same in a page: a module that leaves its function on \`globalThis\`. */
export const pageModule = `
import { verifyQuery } from '@cresset/access-client/verifying'
import { genesisFromJson, trustFromGenesis } from '@cresset/core-chain'
import { readName } from '@cresset/core-ledger/reading'
globalThis.measure = (sample, rounds, times) => {
  const genesis = genesisFromJson(sample.genesisJson)
  const trust = trustFromGenesis(genesis)
  const clock = { nowMs: sample.nowMs, maxStalenessMs: genesis.parameters.maxStalenessMs }
  const verify = () => {
    const { value } = verifyQuery(sample.answer, (view, at) => readName(view, sample.name, at), trust, clock)
    if (value.status !== 'active') throw new Error('the sample does not verify')
  }
  const first = performance.now()
  verify()
  const firstMs = performance.now() - first
  const roundsMs = []
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    for (let index = 0; index < times; index++) verify()
    roundsMs.push((performance.now() - start) / times)
  }
  return { firstMs, roundsMs }
}
`
