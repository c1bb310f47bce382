import { fromHex, toBase64Url, toHex } from '@cresset/core-codec'
import { z } from 'zod'
import type { NodeBackend } from '../backend.ts'
import { Problem, problemSchema } from '../problems.ts'
import { hash, height, provenKeys } from '../schemas.ts'
import type { ApiServer } from '../server.ts'

const maxKeys = 64

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

export function proofRoutes(app: ApiServer, backend: NodeBackend): void {
  app.post(
    '/v1/proofs',
    {
      schema: {
        summary: 'Proofs of state keys, present or absent, with the finality of their root',
        body: z.object({ keys: z.array(hash).min(1).max(maxKeys), height: height.optional() }),
        response: { 200: provenKeys, '4xx': problemSchema },
      },
    },
    async (request) =>
      proveKeys(
        backend,
        request.body.keys.map((key) => fromHex(key)),
        request.body.height,
      ),
  )
}
