import { equalBytes, toBase64Url } from '@cresset/core-codec'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { NodeBackend } from '../backend.ts'
import { noBlock } from '../forgotten-blocks.ts'
import { badRequest, problemSchema } from '../problems.ts'
import { base64url, height, heightText } from '../schemas.ts'

const maxChanges = 256

/** What a light client walks over: docs/protocol/light-client.md. */
export function headerRoutes(app: ApiServer, backend: NodeBackend): void {
  app.get(
    '/v1/headers/:height',
    {
      schema: {
        summary: 'A header with its commit certificate and validators, for light clients',
        description:
          '`nextValidators` is null when the same decide the next height. Below the oldest block that the node keeps it has the headers that name other validators; 410 `height-not-kept` for the others.',
        params: z.object({ height: heightText }),
        response: {
          200: z.object({
            height,
            header: base64url,
            certificate: base64url,
            validators: base64url,
            nextValidators: base64url.nullable(),
          }),
          '4xx': problemSchema,
        },
      },
    },
    async (request) => {
      const found = backend.lightBlock(request.params.height)
      if (!found) throw noBlock(backend, request.params.height)
      const { header, certificate, validators, nextValidators } = found
      return {
        height: request.params.height,
        header: toBase64Url(header),
        certificate: toBase64Url(certificate),
        validators: toBase64Url(validators),
        nextValidators: equalBytes(validators, nextValidators) ? null : toBase64Url(nextValidators),
      }
    },
  )

  app.get(
    '/v1/validator-changes',
    {
      schema: {
        summary: 'Heights whose header names other validators for the next height, rising',
        description: '`after` and `before` are not among them; the rest of a full list begins after its last height',
        querystring: z.object({
          after: heightText.default(0),
          before: heightText.default(Number.MAX_SAFE_INTEGER),
          limit: z.coerce.number().int().min(1).max(maxChanges).default(maxChanges),
        }),
        response: { 200: z.object({ heights: z.array(height) }), '4xx': problemSchema },
      },
    },
    async (request) => {
      const { after, before, limit } = request.query
      if (before < after) throw badRequest('"before" is below "after"')
      return { heights: [...backend.validatorChanges(after, before, limit)] }
    },
  )
}
