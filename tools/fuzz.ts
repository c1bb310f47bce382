/**
 * npm run fuzz -- <target> [--seed N] [--runs N | --minutes N]   seeded inputs; prints the seed and how to replay
 * npm run fuzz -- <target> --seed N --run I | --file PATH        one input again
 * npm run fuzz -- --all [--seed N] [--minutes N]                 every target, sharing the time
 * npm run fuzz -- dns-differential [--seed N] [--runs ZONES] [--minutes N] [--add-up]   our answers beside those of Knot and NSD; with
 *                                                                --add-up parts count together while sources and seed stay the same
 * npm run fuzz -- dns [--seed N] [--runs MESSAGES | --minutes N | --run I]   hostile messages to a whole server, by UDP and TCP
 * npm run fuzz -- --list
 */
import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { findTargets, readCorpus } from './fuzz/corpus.ts'
import { type FuzzResult, fuzz, runOnce } from './fuzz/fuzz.ts'
import { repositoryRoot } from './process/capture.ts'
import { readCommandLine, refuse } from './process/command-line.ts'

const usage =
  'usage: npm run fuzz -- TARGET | --all | --list [--seed N] [--runs N | --minutes N] [--run I | --file PATH], or dns-differential [--add-up]'
const { values, positionals } = readCommandLine(
  {
    allowPositionals: true,
    options: {
      seed: { type: 'string' },
      runs: { type: 'string' },
      minutes: { type: 'string' },
      run: { type: 'string' },
      file: { type: 'string' },
      all: { type: 'boolean', default: false },
      'add-up': { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  },
  usage,
)
const targets = await findTargets(repositoryRoot)
/** Not single inputs to one function, but whole servers that are asked. */
const wholeServers = { dns: 'test/dns-hostile', 'dns-differential': 'test/dns-differential' }
const names = [...targets.map(({ target }) => target.name), ...Object.keys(wholeServers)]
if (values.list) {
  for (const { target, file } of targets) console.log(`${target.name.padEnd(24)} ${file}`)
  for (const [name, folder] of Object.entries(wholeServers)) console.log(`${name.padEnd(24)} ${folder}`)
  process.exit(0)
}
const number = (name: 'seed' | 'runs' | 'minutes' | 'run'): number | undefined => {
  const text = values[name]
  if (text === undefined) return undefined
  const value = Number(text)
  if (
    text.trim() === '' ||
    !Number.isFinite(value) ||
    value < 0 ||
    (name !== 'minutes' && !Number.isSafeInteger(value))
  )
    refuse(`--${name} takes a number, not ${text}`, usage)
  return value
}
if (positionals[0] === 'dns') {
  const { printHostile } = await import('../test/dns-hostile/print-hostile.ts')
  const minutes = number('minutes')
  const corpus =
    values.file === undefined ? readCorpus(repositoryRoot, 'dns').map(({ bytes }) => bytes) : [fileGiven(values.file)]
  const messages =
    number('runs') ?? (values.file !== undefined ? 0 : minutes === undefined ? 200_000 : Number.MAX_SAFE_INTEGER)
  const seed = number('seed') ?? randomInt(2 ** 32)
  process.exit(await printHostile({ seed, messages, only: number('run'), minutes, corpus }))
}
if (positionals[0] === 'dns-differential') {
  // Zones are asked about, so it takes no single inputs.
  const { printDifferential } = await import('../test/dns-differential/print-differential.ts')
  const minutes = number('minutes')
  const isAddedUp = values['add-up']
  const zones = number('runs') ?? (minutes === undefined || isAddedUp ? 5_000 : Number.MAX_SAFE_INTEGER)
  // Parts that add up have one seed.
  const seed = number('seed') ?? (isAddedUp ? 1 : randomInt(2 ** 31))
  process.exit(await printDifferential({ seed, zones, minutes, isAddedUp }))
}
if (values['add-up']) refuse('--add-up is for dns-differential', usage)
const chosen = values.all ? targets : targets.filter(({ target }) => target.name === positionals[0])
const first = chosen[0]
if (first === undefined) {
  console.error(`name one fuzz target or --all; there are: ${names.join(', ')}`)
  process.exit(2)
}
if (values.file !== undefined) {
  const error = await runOnce(first, fileGiven(values.file))
  console.log(error === undefined ? `${first.target.name}: ${values.file} passes` : error)
  process.exit(error === undefined ? 0 : 1)
}
const seed = number('seed') ?? randomInt(2 ** 32)
const minutes = number('minutes')
const oneRun = number('run')
const runs = oneRun !== undefined ? 1 : (number('runs') ?? (minutes === undefined ? 100_000 : Number.MAX_SAFE_INTEGER))
const budgetMs = ((minutes ?? (runs === 100_000 ? 1 : 24 * 60)) * 60_000) / chosen.length
console.log(`seed ${seed}`)
let failed = 0
for (const found of chosen) {
  const options = { root: repositoryRoot, seed, runs, budgetMs, ...(oneRun === undefined ? {} : { firstRun: oneRun }) }
  const result = await fuzz(found, options)
  if (result.failure !== undefined) failed++
  printResult(result)
}
process.exitCode = failed === 0 ? 0 : 1

function fileGiven(path: string): Uint8Array {
  return Uint8Array.from(readFileSync(path))
}

function printResult({ target, corpus, runs: done, seconds, failure }: FuzzResult): void {
  const verdict = failure === undefined ? '✔' : '✘'
  console.log(`${verdict} ${target.padEnd(24)} ${corpus} corpus inputs, ${done} runs in ${seconds.toFixed(1)} s`)
  if (failure === undefined) return
  console.log(failure.error)
  console.log(`input of ${failure.bytes} bytes kept in ${failure.file}\nreplay: ${failure.replay}`)
}
