import { fromHex } from '@cresset/core-codec'
import { readAccount, readParameters } from '@cresset/core-ledger'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { NodeBackend } from '../backend.ts'
import { problemSchema } from '../problems.ts'
import { readState } from '../proven-read.ts'
import { flag, hash, readAnswer } from '../schemas.ts'

export function accountRoutes(app: ApiServer, backend: NodeBackend): void {
  app.get(
    '/v1/accounts/:account',
    {
      schema: {
        summary: 'Balance and next sequence of an account; one that was never paid has nothing',
        params: z.object({ account: hash }),
        querystring: z.object({ proof: flag }),
        response: { 200: readAnswer, '4xx': problemSchema },
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
