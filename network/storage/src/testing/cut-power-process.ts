/*
 * cut-power-process.ts FOLDER SEED BLOCKS PLANTED: looks for a planted fault and prints what it found. In a process of its
 * own, because a file that lacks pages may end the process that maps it: that is a find, too.
 */
import { cutPowerEverywhere, recordChain } from './cut-power.ts'

const [folder, seed, blocks, planted] = process.argv.slice(2) as [string, string, string, string]
const calls = await recordChain(folder, Number(seed), Number(blocks), planted)
const { faults } = await cutPowerEverywhere(folder, Number(seed), calls)
process.stdout.write(`found ${JSON.stringify(faults)}\n`)
