import { toBase64Url, toHex, toJson } from '@cresset/core-codec'
import type { BlockPoint, StateView } from '@cresset/core-ledger'
import type { z } from 'zod'
import type { NodeBackend } from './backend.ts'
import { Problem } from './problems.ts'
import { RecordingView } from './recording-view.ts'
import type { provenKeys } from './schemas.ts'

/** Proofs of keys at one height: the latest, or one that the node keeps. */
export function proveKeys(
  backend: NodeBackend,
  keys: readonly Uint8Array[],
  atHeight?: number,
): z.infer<typeof provenKeys> {
  let proven: ReturnType<NodeBackend['prove']>
  try {
    proven = backend.prove(keys, atHeight)
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string }
    if (code === 'unknown-height') throw new Problem(410, 'height-not-kept', message)
    if (code === 'nothing-final') throw new Problem(503, 'unavailable', message)
    throw error
  }
  return {
    height: proven.height,
    keys: keys.map(toHex),
    proofs: proven.proofs.map(toBase64Url),
    finality: toBase64Url(proven.finality),
  }
}

export interface ReadAnswer {
  readonly height: number
  readonly timeMs: number
  readonly value: unknown
  readonly proof?: z.infer<typeof provenKeys>
}

/** Runs a ledger query on the newest committed state; with `prove`, every key that it read is proven beside the value. */
export function readState<T>(
  backend: NodeBackend,
  prove: boolean,
  read: (view: StateView, at: BlockPoint) => T,
): { readonly found: T; readonly answer: ReadAnswer } {
  const { view, height, timeMs } = backend.committed()
  const recording = new RecordingView(view)
  const found = read(recording, { height, timeMs })
  const value = found === undefined ? null : toJson(found)
  const answer = { height, timeMs, value }
  return { found, answer: prove ? { ...answer, proof: proveKeys(backend, recording.keys, height) } : answer }
}
