import { fromHex, readUint32, toBase64Url, toHex, toJson } from '@cresset/core-codec'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { CommittedTransaction, NodeBackend } from '../backend.ts'
import { notFoundHere } from '../forgotten-blocks.ts'
import { badRequest, Problem, problemSchema } from '../problems.ts'
import { base64url, flag, hash, height, hex, ledgerValue } from '../schemas.ts'

/** The greatest limit that a genesis can set; the ledger's own limit is a code of admission. */
const maxTransactionBytes = 1024 * 1024
const maxBatchBytes = 1024 * 1024 + 4
/** More than transactions of the shortest kind would fit, so that nobody sends a hundred thousand of a byte each. */
const maxBatchTransactions = 8_192
const maxWaitMs = 60_000

const committed = z.object({
  id: hash,
  status: z.literal('final'),
  height,
  index: z.number().int(),
  timeMs: z.number().int(),
  code: z.string(),
  events: z.array(ledgerValue),
  units: z.number().int(),
})
const pending = z.object({ id: hash, status: z.literal('pending') })
const full = committed.extend({
  transaction: hex,
  proof: z
    .object({
      receipt: hex,
      index: z.number().int(),
      count: z.number().int(),
      siblings: z.array(hash),
      finality: base64url,
    })
    .optional(),
})

function describe(transaction: CommittedTransaction): z.infer<typeof committed> {
  const receipt = toJson(transaction.receipt) as { code: string; events: Record<string, unknown>[]; units: number }
  return {
    id: toHex(transaction.id),
    status: 'final',
    height: transaction.height,
    index: transaction.index,
    timeMs: transaction.timeMs,
    code: receipt.code,
    events: receipt.events,
    units: receipt.units,
  }
}

/** Reads `4-byte big-endian length ‖ transaction`, repeated. */
function splitBatch(body: Uint8Array): Uint8Array[] {
  const transactions: Uint8Array[] = []
  let offset = 0
  while (offset < body.length) {
    if (body.length - offset < 4) throw badRequest(`the batch ends inside a length, at byte ${offset}`)
    const length = readUint32(body, offset)
    if (length === 0 || length > maxTransactionBytes)
      throw badRequest(`a transaction at byte ${offset} has ${length} bytes; 1 to ${maxTransactionBytes} are allowed`)
    if (body.length - offset - 4 < length) throw badRequest(`the batch ends inside the transaction at byte ${offset}`)
    if (transactions.length === maxBatchTransactions)
      throw badRequest(`a batch holds at most ${maxBatchTransactions} transactions`)
    transactions.push(body.subarray(offset + 4, offset + 4 + length))
    offset += 4 + length
  }
  return transactions
}

export function transactionRoutes(app: ApiServer, backend: NodeBackend): void {
  app.post(
    '/v1/transactions',
    {
      bodyLimit: maxTransactionBytes,
      schema: {
        summary: 'Submit one transaction',
        description:
          'The body is the complete encoding as application/octet-stream. With wait=final the answer comes when the transaction is in a final block.',
        consumes: ['application/octet-stream'],
        querystring: z.object({
          wait: z.enum(['none', 'final']).default('none'),
          timeout: z.coerce.number().int().min(1).max(maxWaitMs).default(10_000),
        }),
        response: { 200: committed, 202: pending, '4xx': problemSchema, 504: problemSchema },
      },
    },
    async (request, reply) => {
      const body = request.body
      if (!(body instanceof Uint8Array))
        throw new Problem(415, 'bad-request', 'send the transaction as application/octet-stream')
      const verdict = backend.submit(body)
      const known = verdict.id && (verdict.code === 'ok' || verdict.code === 'already-known')
      if (!known || !verdict.id) {
        const final = verdict.id && backend.transaction(verdict.id)
        if (final) return describe(final)
        throw new Problem(422, verdict.code, `the transaction was refused: ${verdict.code}`)
      }
      const id = toHex(verdict.id)
      if (request.query.wait === 'none') return reply.code(202).send({ id, status: 'pending' })
      const closed = new AbortController()
      // Of the answer: the request itself is closed as soon as its body was read.
      reply.raw.on('close', () => closed.abort())
      const transaction = await backend.awaitReceipt(verdict.id, request.query.timeout, closed.signal)
      if (!transaction)
        throw new Problem(504, 'not-final', `transaction ${id} was not final within ${request.query.timeout} ms`)
      return describe(transaction)
    },
  )

  app.post(
    '/v1/transactions/batch',
    {
      bodyLimit: maxBatchBytes,
      schema: {
        summary: 'Submit many transactions',
        description:
          'The body repeats: 4-byte big-endian length, transaction; at most 8,192 of them. Each gets a code of its own, in order.',
        consumes: ['application/octet-stream'],
        response: {
          200: z.object({ results: z.array(z.object({ code: z.string(), id: hash.optional() })) }),
          '4xx': problemSchema,
        },
      },
    },
    async (request) => {
      if (!(request.body instanceof Uint8Array))
        throw new Problem(415, 'bad-request', 'send the batch as application/octet-stream')
      return {
        results: splitBatch(request.body).map((bytes) => {
          const { code, id } = backend.submit(bytes)
          return id ? { code, id: toHex(id) } : { code }
        }),
      }
    },
  )

  app.get(
    '/v1/transactions/:id',
    {
      schema: {
        summary: 'One transaction with its receipt',
        description: 'A node that forgot old blocks says with its 404 from which height it keeps them.',
        params: z.object({ id: hash }),
        querystring: z.object({
          proof: flag,
          wait: z.enum(['none', 'final']).default('none'),
          timeout: z.coerce.number().int().min(1).max(maxWaitMs).default(10_000),
        }),
        response: { 200: z.union([full, pending]), '4xx': problemSchema, 503: problemSchema, 504: problemSchema },
      },
    },
    async (request, reply) => {
      const id = fromHex(request.params.id)
      let found = backend.transaction(id)
      if (!found && request.query.wait === 'final') {
        const closed = new AbortController()
        reply.raw.on('close', () => closed.abort())
        found = await backend.awaitReceipt(id, request.query.timeout, closed.signal)
        if (!found)
          throw new Problem(
            504,
            'not-final',
            `transaction ${request.params.id} was not final within ${request.query.timeout} ms`,
          )
      }
      if (!found) {
        if (backend.isPending(id)) return { id: request.params.id, status: 'pending' as const }
        throw notFoundHere(backend, `no transaction ${request.params.id}`)
      }
      const answer = { ...describe(found), transaction: toHex(found.bytes) }
      if (!request.query.proof) return answer
      const proof = backend.transactionProof(id)
      if (!proof) throw new Problem(503, 'unavailable', 'the node has no proof of this transaction; ask another node')
      return {
        ...answer,
        proof: {
          receipt: toHex(proof.receipt),
          index: proof.index,
          count: proof.count,
          siblings: proof.siblings.map(toHex),
          finality: toBase64Url(proof.finality),
        },
      }
    },
  )
}
