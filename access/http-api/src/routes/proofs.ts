import { fromHex } from '@cresset/core-codec'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { NodeBackend } from '../backend.ts'
import { problemSchema } from '../problems.ts'
import { proveKeys } from '../proven-read.ts'
import { hash, height, provenKeys } from '../schemas.ts'

const maxKeys = 64

export function proofRoutes(app: ApiServer, backend: NodeBackend): void {
  app.post(
    '/v1/proofs',
    {
      schema: {
        summary: 'Proofs of state keys, present or absent, with the finality of their root',
        body: z.object({ keys: z.array(hash).min(1).max(maxKeys), height: height.optional() }),
        response: { 200: provenKeys, '4xx': problemSchema, 503: problemSchema },
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
