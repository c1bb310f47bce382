import { fromHex } from '@cresset/core-codec'
import { readAccount, readParameters } from '@cresset/core-ledger'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { NodeBackend } from '../backend.ts'
import { readState } from '../proven-read.ts'
import { flag, hash, type readAnswer, readResponses } from '../schemas.ts'

export function accountRoutes(app: ApiServer, backend: NodeBackend): void {
  app.get(
    '/v1/accounts/:account',
    {
      schema: {
        summary: 'Balance and next sequence of an account; one that was never paid has nothing',
        params: z.object({ account: hash }),
        querystring: z.object({ proof: flag }),
        response: readResponses,
      },
    },
    async (request) =>
      readState(backend, request.query.proof, (view) => {
        const account = readAccount(view, fromHex(request.params.account))
        // A payer needs the prices beside its sequence: one proof serves both.
        readParameters(view)
        return account
      }).answer as z.infer<typeof readAnswer>,
  )
}
