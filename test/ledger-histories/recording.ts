import { toHex } from '@cresset/core-codec'
import { genesisOf } from './genesis.ts'
import { runSeed } from './random-history.ts'
import type { RecordedBlock, Recording } from './replay-roots.ts'
import type { RunOptions } from './run.ts'

/** The accepted blocks of a random history on which both ledgers agree. */
export async function recordSeed(seed: number, options: RunOptions): Promise<Recording> {
  const blocks: RecordedBlock[] = []
  const { history, failure } = await runSeed(seed, { ...options, onBlock: (block) => blocks.push(block) })
  if (failure !== undefined) throw failure
  return { genesis: genesisOf(history.genesis), blocks }
}

/** JSON with bytes and big numbers marked, for another process; `recordingFromText` reads it. */
export function recordingToText(recording: Recording): string {
  return JSON.stringify(recording, (_, value: unknown) => {
    if (value instanceof Uint8Array) return { $bytes: toHex(value) }
    return typeof value === 'bigint' ? { $number: String(value) } : value
  })
}
