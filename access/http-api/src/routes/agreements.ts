import { fromHex } from '@cresset/core-codec'
import { readAgreements } from '@cresset/core-ledger'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { NodeBackend } from '../backend.ts'
import { badRequest } from '../problems.ts'
import { readState } from '../proven-read.ts'
import { flag, hash, heightText, type readAnswer, readResponses } from '../schemas.ts'

/** Each is an entry of its own, and an answer holds at most 256 proofs. */
const maxListed = 100

export function agreementRoutes(app: ApiServer, backend: NodeBackend): void {
  app.get(
    '/v1/agreements',
    {
      schema: {
        summary: 'Agreements on a document or of a party, newest first',
        description:
          'Give `document` (its SHA-256) or `party` (its account). `value` has the `count` of the whole list and, while there are more, `next`: the `before` to go on with.',
        querystring: z.object({
          document: hash.optional(),
          party: hash.optional(),
          before: heightText.optional(),
          limit: z.coerce.number().int().min(1).max(maxListed).default(20),
          proof: flag,
        }),
        response: readResponses,
      },
    },
    async (request) => {
      const { document, party, before, limit, proof } = request.query
      const of = document ?? party
      if (of === undefined || (document !== undefined && party !== undefined))
        throw badRequest('give either the document or the party whose agreements to list')
      const kind = document === undefined ? 'party' : 'document'
      const list = { kind, of: fromHex(of) } as const
      return readState(backend, proof, (view) => readAgreements(view, list, { before, limit })).answer as z.infer<
        typeof readAnswer
      >
    },
  )
}
