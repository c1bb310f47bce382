/**
 * npm run torture -- --minutes N [--seed S] [--only kill,wipe] [--validators 4] [--rate 40] [--loopback]
 * Hurts a network of real processes under load and looks after each fault whether anything final was lost.
 * Status 0 when nothing was found, 1 when something was, 2 for a wrong argument. Ends all that it started, also at Ctrl-C.
 */
import { randomInt } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeTorture } from '../test/torture/describe-torture.ts'
import { episodes, torture } from '../test/torture/torture.ts'
import { readCommandLine, refuse } from './process/command-line.ts'
import { exitOnSignals } from './process/exit-on-signals.ts'

const usage =
  'usage: npm run torture -- --minutes N [--seed S] [--only EPISODE,…] [--validators N] [--rate TRANSFERS-A-SECOND] [--loopback]'

function readArguments() {
  const { values } = readCommandLine(
    {
      options: {
        minutes: { type: 'string' },
        seed: { type: 'string' },
        only: { type: 'string' },
        validators: { type: 'string', default: '4' },
        rate: { type: 'string', default: '40' },
        // All on one address, as where namespaces are not permitted.
        loopback: { type: 'boolean', default: false },
      },
    },
    usage,
  )
  const minutes = Number(values.minutes)
  const seed = Number(values.seed ?? randomInt(2 ** 31))
  const validators = Number(values.validators)
  const rate = Number(values.rate)
  const only = values.only?.split(',') ?? []
  const unknown = only.filter((name) => !episodes.some((episode) => episode.name === name))
  if (!(minutes > 0)) refuse('--minutes needs a number above 0', usage)
  if (!Number.isSafeInteger(seed) || seed < 0) refuse('--seed needs a whole number from 0', usage)
  if (!Number.isInteger(validators) || validators < 4 || validators > 16)
    refuse('--validators needs a whole number from 4 to 16', usage)
  if (!(rate > 0)) refuse('--rate needs a number above 0', usage)
  if (unknown.length > 0)
    refuse(`there is no episode ${unknown.join(', ')}`, `there are ${episodes.map(({ name }) => name).join(', ')}`)
  return { minutes, seed, validators, rate, only, namespaces: !values.loopback }
}

const { minutes, seed, validators, rate, only, namespaces } = readArguments()
exitOnSignals()
const folder = mkdtempSync(join(tmpdir(), 'cresset-torture-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const startMs = performance.now()
const print = (line: string): void => {
  const elapsed = Math.round((performance.now() - startMs) / 1_000)
  const clock = `${String(Math.floor(elapsed / 60)).padStart(3)}:${String(elapsed % 60).padStart(2, '0')}`
  console.log(`${clock}  ${line}`)
}
console.log(`torture of ${minutes} minutes, seed ${seed}, ${rate} transfers a second`)
const result = await torture({
  folder,
  seed,
  validators,
  senders: 8,
  perSecond: rate,
  only,
  namespaces,
  isOver: (done) => done > 0 && performance.now() - startMs > minutes * 60_000,
  print,
})
console.log(`\n${describeTorture(result)}`)
if (result.failure !== undefined) {
  const kept = mkdtempSync(join(tmpdir(), 'cresset-torture-logs-'))
  const nodes = join(folder, 'network', 'nodes')
  for (const node of readdirSync(nodes)) cpSync(join(nodes, node, 'node.log'), join(kept, `${node}.log`))
  console.log(
    `logs of the nodes: ${kept}\nthe same faults again: npm run torture -- --minutes ${minutes} --seed ${seed}`,
  )
}
process.exit(result.failure === undefined ? 0 : 1)
