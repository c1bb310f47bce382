import { fromHex } from '@cresset/core-codec'
import { hostPlaceOf, readName, readNameZone, readPublishedHost, readZones } from '@cresset/core-ledger'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { NodeBackend } from '../backend.ts'
import { notFound, problemSchema } from '../problems.ts'
import { readState } from '../proven-read.ts'
import { flag, hash, listedName, type readAnswer, readResponses } from '../schemas.ts'

const nameText = z.string().min(1).max(255)
const maxListed = 1000

export function nameRoutes(app: ApiServer, backend: NodeBackend): void {
  app.get(
    '/v1/names',
    {
      schema: {
        summary: 'Registered names in order; the list rests on the word of the node',
        querystring: z.object({
          owner: hash.optional(),
          zone: listedName.optional(),
          after: listedName.optional(),
          limit: z.coerce.number().int().min(1).max(maxListed).default(100),
        }),
        response: { 200: z.object({ names: z.array(z.string()), next: z.string().nullable() }), '4xx': problemSchema },
      },
    },
    async (request) => {
      const { owner, zone, after, limit } = request.query
      const names = backend.names({ owner: owner === undefined ? undefined : fromHex(owner), zone, after, limit })
      return { names, next: names.length === limit ? (names.at(-1) ?? null) : null }
    },
  )

  app.get(
    '/v1/names/:name',
    {
      schema: {
        summary: 'What a name is: free, claimed, active, in grace or reserved',
        params: z.object({ name: nameText }),
        querystring: z.object({ proof: flag }),
        response: readResponses,
      },
    },
    async (request) =>
      readState(backend, request.query.proof, (view, at) => readName(view, request.params.name, at)).answer as z.infer<
        typeof readAnswer
      >,
  )

  app.get(
    '/v1/names/:name/zone',
    {
      schema: {
        summary: 'A name with its hosts, its delegations and what its record table is',
        description:
          'The pages of the table are entries of the state: POST /v1/proofs proves them, by the keys that docs/protocol/ledger.md states.',
        params: z.object({ name: nameText }),
        querystring: z.object({ proof: flag }),
        response: readResponses,
      },
    },
    async (request) =>
      readState(backend, request.query.proof, (view, at) => readNameZone(view, request.params.name, at))
        .answer as z.infer<typeof readAnswer>,
  )

  app.get(
    '/v1/hosts/:host',
    {
      schema: {
        summary: 'Everything published for a host, by its full name',
        description:
          'With proof=true an absent host is answered with null and the proof of its absence, else with 404.',
        params: z.object({ host: nameText }),
        querystring: z.object({ proof: flag }),
        response: readResponses,
      },
    },
    async (request) => {
      const place = hostPlaceOf(request.params.host, readZones(backend.committed().view))
      if (!place) throw notFound(`${request.params.host} is in no zone of this ledger`)
      const { found, answer } = readState(backend, request.query.proof, (view, at) =>
        readPublishedHost(view, place, at),
      )
      if (found === undefined && !request.query.proof) throw notFound(`${request.params.host} is not published`)
      return answer as z.infer<typeof readAnswer>
    },
  )
}
