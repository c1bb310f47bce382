import { blockCodecFor } from '@cresset/core-chain'
import { fromHex, toHex, toJson } from '@cresset/core-codec'
import { transactionId } from '@cresset/core-ledger'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { NodeBackend } from '../backend.ts'
import { noBlock, notFoundHere } from '../forgotten-blocks.ts'
import { badRequest, problemSchema } from '../problems.ts'
import { hash, height, hex, ledgerValue } from '../schemas.ts'

/** The node's own blocks: the greatest limits that genesis can set. */
const codec = blockCodecFor({ maxBlockBytes: 8_388_608, maxTransactionBytes: 1_048_576 })

function parseReference(text: string): number | Uint8Array | 'latest' {
  if (text === 'latest') return 'latest'
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text)
  if (/^[0-9a-f]{64}$/.test(text)) return fromHex(text)
  throw badRequest(`"${text}" is not a height, "latest" or a block hash`)
}

export function blockRoutes(app: ApiServer, backend: NodeBackend): void {
  app.get(
    '/v1/blocks/:reference',
    {
      schema: {
        summary: 'A block by height, hash or "latest"',
        description: '410 `height-not-kept` below the oldest block that the node keeps; its text says which that is.',
        params: z.object({ reference: z.string().max(64) }),
        response: {
          200: z.object({
            height,
            hash,
            header: ledgerValue,
            transactionIds: z.array(hash),
            block: hex,
            certificate: hex,
          }),
          '4xx': problemSchema,
        },
      },
    },
    async (request) => {
      const reference = parseReference(request.params.reference)
      const found = backend.block(reference)
      if (!found && typeof reference === 'number') throw noBlock(backend, reference)
      if (!found) throw notFoundHere(backend, `no block ${request.params.reference}`)
      const block = codec.decode(found.block)
      return {
        height: found.height,
        hash: toHex(found.blockHash),
        header: toJson(block.header) as Record<string, unknown>,
        transactionIds: block.transactions.map((bytes) => toHex(transactionId(bytes))),
        block: toHex(found.block),
        certificate: toHex(found.certificate),
      }
    },
  )
}
