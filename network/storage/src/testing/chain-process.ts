/*
 * chain-process.ts FOLDER SEED BLOCKS [PLANTED]: opens the store in FOLDER, says what it found, then writes BLOCKS blocks
 * and says of each when it is acknowledged. Every line is one write call of its own, so that a trace shows it in its place
 * among the calls that reach the disk. PLANTED names a fault that a test of durability must find.
 */
import { writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { openLmdbStoreWith } from '../lmdb-store.ts'
import { Chain } from './chain.ts'

// Node keeps compiled code when a process ends by itself, and most of these are killed: each would compile it all again.
flushCompileCache()

const [folder, seed, blocks, planted] = process.argv.slice(2)
const say = (line: string): void => {
  writeSync(1, `${line}\n`)
}
const hazards = planted === 'noSync' ? { noSync: true } : planted === 'noMetaSync' ? { noMetaSync: true } : {}
const store = await openLmdbStoreWith({ path: folder as string, mapBytes: 64 << 20 }, hazards)
const chain = new Chain(Number(seed), store)
say(`found ${chain.describe()}`)
for (let count = 0; count < Number(blocks); count++) {
  const { height, done } = chain.next()
  if (planted === 'acknowledge-early') say(`acknowledged ${height}`)
  await done
  if (planted !== 'acknowledge-early') say(`acknowledged ${height}`)
}
await store.close()
say('closed')
