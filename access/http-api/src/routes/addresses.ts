import { fromHex } from '@cresset/core-codec'
import { hostPlaceOf, readAddress, readAddressRanges, readPair, readZones } from '@cresset/core-ledger'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { NodeBackend } from '../backend.ts'
import { notFound } from '../problems.ts'
import { readState } from '../proven-read.ts'
import { flag, type readAnswer, readResponses } from '../schemas.ts'

/** 4 or 16 bytes in hex. */
const address = z.string().regex(/^(?:[0-9a-f]{8}|[0-9a-f]{32})$/)

export function addressRoutes(app: ApiServer, backend: NodeBackend): void {
  app.get(
    '/v1/addresses',
    {
      schema: {
        summary: 'Ranges of addresses, and which account confirms hosts in each',
        querystring: z.object({ proof: flag }),
        response: readResponses,
      },
    },
    async (request) =>
      readState(backend, request.query.proof, (view) => ({ ranges: readAddressRanges(view) })).answer as z.infer<
        typeof readAnswer
      >,
  )

  app.get(
    '/v1/addresses/:address',
    {
      schema: {
        summary: 'Hosts that publish an address, oldest first, and those that its holder confirmed',
        description:
          'Whoever has a name can publish any address: these are claims. At most 16 are listed, `unlisted` counts the rest.',
        params: z.object({ address }),
        querystring: z.object({ proof: flag }),
        response: readResponses,
      },
    },
    async (request) =>
      readState(backend, request.query.proof, (view) => readAddress(view, fromHex(request.params.address)))
        .answer as z.infer<typeof readAnswer>,
  )

  app.get(
    '/v1/addresses/:address/hosts/:host',
    {
      schema: {
        summary: 'A host by name and address together: only if its record holds the pair',
        description: '`code` says which half differs: match, address-differs, name-differs or both-unknown.',
        params: z.object({ address, host: z.string().min(1).max(255) }),
        querystring: z.object({ proof: flag }),
        response: readResponses,
      },
    },
    async (request) => {
      const { host } = request.params
      const place = hostPlaceOf(host, readZones(backend.committed().view))
      if (!place) throw notFound(`${host} is in no zone of this ledger`)
      const read = readState(backend, request.query.proof, (view, at) =>
        readPair(view, place, fromHex(request.params.address), at),
      )
      return read.answer as z.infer<typeof readAnswer>
    },
  )
}
