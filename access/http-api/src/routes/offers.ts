import { CodecError, fromBase64Url, fromHex, toBase64Url, toJson } from '@cresset/core-codec'
import { readOffers } from '@cresset/core-ledger'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { NodeBackend } from '../backend.ts'
import { badRequest, problemSchema } from '../problems.ts'
import { readState } from '../proven-read.ts'
import { amount, base64url, flag, hash, height, type readAnswer, readResponses } from '../schemas.ts'

const nameText = z.string().min(1).max(255)
const maxListed = 1000
const maxAmount = 2n ** 64n - 1n

const offerList = z.object({
  offers: z.array(
    z.object({
      name: z.string(),
      seller: hash,
      id: hash,
      price: amount,
      buyer: hash.optional(),
      expiresMs: z.number().int(),
      height,
    }),
  ),
  next: base64url.nullable(),
})

function parseCursor(text: string): Uint8Array {
  try {
    return fromBase64Url(text)
  } catch (error) {
    if (error instanceof CodecError) throw badRequest('after is not the next of a page')
    throw error
  }
}

export function offerRoutes(app: ApiServer, backend: NodeBackend): void {
  app.get(
    '/v1/offers',
    {
      schema: {
        summary: 'Names on offer by zone, price and name; the list rests on the word of the node',
        description:
          'Offers that have ended are left out, and with buyer those to others. A page can hold fewer than limit; there is more as long as next is not null.',
        querystring: z.object({
          zone: nameText.optional(),
          maxPrice: amount.optional(),
          seller: hash.optional(),
          buyer: hash.optional(),
          after: base64url.max(512).optional(),
          limit: z.coerce.number().int().min(1).max(maxListed).default(100),
        }),
        response: { 200: offerList, '4xx': problemSchema },
      },
    },
    async (request) => {
      const { zone, maxPrice, seller, buyer, after, limit } = request.query
      const highest = maxPrice === undefined ? undefined : BigInt(maxPrice)
      if (highest !== undefined && highest > maxAmount) throw badRequest(`maxPrice is above ${maxAmount}`)
      const page = backend.offers({
        zone,
        maxPrice: highest,
        seller: seller === undefined ? undefined : fromHex(seller),
        buyer: buyer === undefined ? undefined : fromHex(buyer),
        after: after === undefined ? undefined : parseCursor(after),
        limit,
      })
      return {
        offers: toJson(page.offers) as z.infer<typeof offerList>['offers'],
        next: page.next === undefined ? null : toBase64Url(page.next),
      }
    },
  )

  app.get(
    '/v1/names/:name/offers',
    {
      schema: {
        summary: 'What a name is offered for, by whom',
        params: z.object({ name: nameText }),
        querystring: z.object({ proof: flag }),
        response: readResponses,
      },
    },
    async (request) =>
      readState(backend, request.query.proof, (view, at) => readOffers(view, request.params.name, at))
        .answer as z.infer<typeof readAnswer>,
  )
}
