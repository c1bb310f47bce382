import {
  hostPlaceOf,
  readDelegationAbove,
  readDelegations,
  readDomainCertificate,
  readName,
  readZones,
} from '@cresset/core-ledger'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { NodeBackend } from '../backend.ts'
import { notFound } from '../problems.ts'
import { readState } from '../proven-read.ts'
import { flag, type readAnswer, readResponses } from '../schemas.ts'

const nameText = z.string().min(1).max(255)
type Answer = z.infer<typeof readAnswer>

/** A name's own authority, and the hosts that it hands to other name servers. */
export function delegationRoutes(app: ApiServer, backend: NodeBackend): void {
  app.get(
    '/v1/names/:name/certificate',
    {
      schema: {
        summary: 'The domain certificate of a name',
        description: 'With proof=true its absence is answered with null and the proof of it, else with 404.',
        params: z.object({ name: nameText }),
        querystring: z.object({ proof: flag }),
        response: readResponses,
      },
    },
    async (request) => {
      const { name } = request.params
      const { proof } = request.query
      const { found, answer } = readState(backend, proof, (view) => readDomainCertificate(view, name))
      if (found === undefined && !proof) throw notFound(`${name} holds no domain certificate`)
      return answer as Answer
    },
  )

  app.get(
    '/v1/names/:name/delegations',
    {
      schema: {
        summary: 'All delegations of a name, at most 16',
        params: z.object({ name: nameText }),
        querystring: z.object({ proof: flag }),
        response: readResponses,
      },
    },
    async (request) =>
      readState(backend, request.query.proof, (view, at) => {
        const { entry } = readName(view, request.params.name, at)
        return { delegations: entry === undefined ? [] : readDelegations(view, entry) }
      }).answer as Answer,
  )

  app.get(
    '/v1/delegations/:host',
    {
      schema: {
        summary: 'The delegation that answers for a host: of the host itself, or of one above it',
        description: 'With proof=true the absence of one is answered with null and the proof of it, else with 404.',
        params: z.object({ host: nameText }),
        querystring: z.object({ proof: flag }),
        response: readResponses,
      },
    },
    async (request) => {
      const { host } = request.params
      const { proof } = request.query
      const place = hostPlaceOf(host, readZones(backend.committed().view))
      if (!place) throw notFound(`${host} is in no zone of this ledger`)
      const { found, answer } = readState(backend, proof, (view, at) => readDelegationAbove(view, place, at))
      if (found === undefined && !proof) throw notFound(`${host} is not delegated`)
      return answer as Answer
    },
  )
}
