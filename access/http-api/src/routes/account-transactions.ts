import { fromHex, toHex } from '@cresset/core-codec'
import { type ActionKind, actionTable } from '@cresset/core-ledger'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { AccountTransaction, NodeBackend, TransactionPlace } from '../backend.ts'
import { Problem, problemSchema } from '../problems.ts'
import { amount, hash, height } from '../schemas.ts'

const maxListed = 200
const kinds = Object.keys(actionTable) as [ActionKind, ...ActionKind[]]

/** Height and index in the block. */
const place = z.string().regex(/^\d{1,14}\.\d{1,9}$/)

const listed = z.object({
  height,
  index: z.number().int(),
  timeMs: z.number().int(),
  id: hash,
  kind: z.string(),
  code: z.string(),
  role: z.enum(['payer', 'signer', 'other']),
  counterpart: hash.nullable(),
  amount: amount.nullable(),
  direction: z.enum(['in', 'out']).nullable(),
})

export function accountTransactionRoutes(app: ApiServer, backend: NodeBackend): void {
  app.get(
    '/v1/accounts/:account/transactions',
    {
      schema: {
        summary: 'Transactions that an account paid for, signed or was named in, newest first; on the word of the node',
        description:
          '`GET /v1/transactions/{id}?proof=true` proves each. Those that failed are listed for those who signed them alone. `amount` is what moved besides the fee, `counterpart` who was on the other side, where there is one answer. All blocks from `fromHeight` to `height` are in the list: it follows the commits by about a second, and a node that forgets old blocks, or began from a snapshot, has none from before `fromHeight`. A page may hold fewer than `limit`, even none: go on with `after` until `next` is null.',
        params: z.object({ account: hash }),
        querystring: z.object({
          kind: z.enum(kinds).optional(),
          after: place.optional(),
          limit: z.coerce.number().int().min(1).max(maxListed).default(50),
        }),
        response: {
          200: z.object({ fromHeight: height, height, transactions: z.array(listed), next: z.string().nullable() }),
          '4xx': problemSchema,
          503: problemSchema,
        },
      },
    },
    async (request) => {
      const { kind, after, limit } = request.query
      const before = after === undefined ? undefined : placeOf(after)
      const page = backend.accountTransactions(fromHex(request.params.account), { kind, before, limit })
      if (page === undefined)
        throw new Problem(503, 'unavailable', "this node keeps no lists of accounts' transactions; ask another node")
      const { fromHeight, height, transactions, next } = page
      return {
        fromHeight,
        height,
        transactions: transactions.map(describe),
        next: next === undefined ? null : `${next.height}.${next.index}`,
      }
    },
  )
}

function placeOf(text: string): TransactionPlace {
  const [height = 0, index = 0] = text.split('.').map(Number)
  return { height, index }
}

function describe({ id, counterpart, amount, direction, ...plain }: AccountTransaction): z.infer<typeof listed> {
  return {
    ...plain,
    id: toHex(id),
    counterpart: counterpart === undefined ? null : toHex(counterpart),
    amount: amount === undefined ? null : String(amount),
    direction: direction ?? null,
  }
}
