import { toJson } from '@cresset/core-codec'
import type { BlockPoint, StateView } from '@cresset/core-ledger'
import type { z } from 'zod'
import type { NodeBackend } from './backend.ts'
import { RecordingView } from './recording-view.ts'
import { proveKeys } from './routes/proofs.ts'
import type { provenKeys } from './schemas.ts'

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
