import { fromHex, toHex } from '@cresset/core-codec'
import { predecessorOf } from '@cresset/core-ledger'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { NodeBackend } from '../backend.ts'
import { notFoundHere } from '../forgotten-blocks.ts'
import { problemSchema } from '../problems.ts'
import { hash, hex } from '../schemas.ts'

const maxRecords = 100

export function recordRoutes(app: ApiServer, backend: NodeBackend): void {
  app.get(
    '/v1/records/:hash',
    {
      schema: {
        summary: 'An older record of a name or host, by its hash, and those before it, newest first',
        description:
          'Each record names the hash of its predecessor, so a proven newest record proves them all. `next` is the hash to go on with; ' +
          'null at the first record. A node that forgot the blocks in which they were replaced, or began after them, answers 404 and says from which height it keeps blocks.',
        params: z.object({ hash }),
        querystring: z.object({ limit: z.coerce.number().int().min(1).max(maxRecords).default(20) }),
        response: { 200: z.object({ records: z.array(hex), next: hash.nullable() }), '4xx': problemSchema },
      },
    },
    async (request) => {
      const records = backend.records(fromHex(request.params.hash), request.query.limit)
      const last = records.at(-1)
      if (last === undefined) throw notFoundHere(backend, 'the node keeps no record of this hash')
      const next = predecessorOf(last)
      return { records: records.map(toHex), next: next === undefined ? null : toHex(next) }
    },
  )
}
