import { readFeeStatement, readName } from '@cresset/core-ledger'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { NodeBackend } from '../backend.ts'
import { readState } from '../proven-read.ts'
import { flag, heightText, type readAnswer, readResponses } from '../schemas.ts'

const nameText = z.string().min(1).max(255)
/** Their proofs stay within what a client accepts in one answer. */
const maxLines = 1000

export function statementRoutes(app: ApiServer, backend: NodeBackend): void {
  app.get(
    '/v1/names/:name/statement',
    {
      schema: {
        summary: 'What fee blocks took from a name, newest first',
        description:
          'lines is absent when nobody owns the name. Lines of fee blocks more than 400 days old stand for a whole day. To go on, give the height of the last line as before.',
        params: z.object({ name: nameText }),
        querystring: z.object({
          proof: flag,
          before: heightText.optional(),
          limit: z.coerce.number().int().min(1).max(maxLines).default(100),
        }),
        response: readResponses,
      },
    },
    async (request) => {
      const { name } = request.params
      const { proof, before, limit } = request.query
      return readState(backend, proof, (view, at) => {
        const { status, balance } = readName(view, name, at)
        return { name, status, balance, lines: readFeeStatement(view, name, limit, before) }
      }).answer as z.infer<typeof readAnswer>
    },
  )
}
