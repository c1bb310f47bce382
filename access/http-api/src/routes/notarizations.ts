import { fromHex } from '@cresset/core-codec'
import { readNotarization } from '@cresset/core-ledger'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { NodeBackend } from '../backend.ts'
import { notFound } from '../problems.ts'
import { readState } from '../proven-read.ts'
import { flag, hash, type readAnswer, readResponses } from '../schemas.ts'

export function notarizationRoutes(app: ApiServer, backend: NodeBackend): void {
  app.get(
    '/v1/notarizations/:hash',
    {
      schema: {
        summary: 'Whether a signer has notarized a hash, and when',
        params: z.object({ hash }),
        querystring: z.object({ signer: hash, proof: flag }),
        response: readResponses,
      },
    },
    async (request) => {
      const { found, answer } = readState(backend, request.query.proof, (view) =>
        readNotarization(view, fromHex(request.params.hash), fromHex(request.query.signer)),
      )
      if (found === undefined && !request.query.proof) throw notFound('this signer has not notarized this hash')
      return answer as z.infer<typeof readAnswer>
    },
  )
}
