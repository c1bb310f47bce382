import { fromHex } from '@cresset/core-codec'
import { dueBelow, readDueNames, readName, readRenewals, readStandingOrder } from '@cresset/core-ledger'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { NodeBackend } from '../backend.ts'
import { badRequest, problemSchema } from '../problems.ts'
import { readState } from '../proven-read.ts'
import { flag, hash, height, heightText, listedName, type readAnswer, readResponses } from '../schemas.ts'

const nameText = z.string().min(1).max(255)
/** 32 renewals share an entry. */
const maxRenewals = 1000
const maxDue = 200
/** Of an owner's names that one request looks at. */
const maxScanned = 1000

const dueName = z.object({
  name: z.string(),
  status: z.string(),
  balance: z.string().nullable(),
  paidUntilLedgerMs: z.number().int().nullable(),
  /** In grace: when it expires. */
  expiresLedgerMs: z.number().int().nullable(),
})

export function renewalRoutes(app: ApiServer, backend: NodeBackend): void {
  app.get(
    '/v1/names/:name/renewals',
    {
      schema: {
        summary: 'When and by whom a name was renewed since it was registered, newest first, and its standing order',
        description:
          'renewals is absent when nobody owns the name. To go on, give `next` as before. A term that began anew has the amount 0.',
        params: z.object({ name: nameText }),
        querystring: z.object({
          proof: flag,
          before: heightText.optional(),
          limit: z.coerce.number().int().min(1).max(maxRenewals).default(100),
        }),
        response: readResponses,
      },
    },
    async (request) => {
      const { name } = request.params
      const { proof, before, limit } = request.query
      return readState(backend, proof, (view) => ({
        name,
        ...readRenewals(view, name, { before, limit }),
        standingOrder: readStandingOrder(view, name),
      })).answer as z.infer<typeof readAnswer>
    },
  )

  app.get(
    '/v1/renewals-due',
    {
      schema: {
        summary:
          'Names whose renewal is due within 7 days or that are in grace; the list rests on the word of the node',
        description:
          'All of them, the first to run out first, or those of an owner by name. A page may hold fewer than `limit`, even none: go on with `after` until `next` is null.',
        querystring: z.object({
          owner: hash.optional(),
          // No name is longer, and the stores' keys have a limit.
          after: listedName.optional(),
          limit: z.coerce.number().int().min(1).max(maxDue).default(100),
        }),
        response: {
          200: z.object({ height, names: z.array(dueName), next: z.string().nullable() }),
          '4xx': problemSchema,
        },
      },
    },
    async (request) => {
      const { owner, after, limit } = request.query
      const { height: at } = backend.committed()
      const found = owner === undefined ? dueOfAll(backend, after, limit) : dueOf(backend, owner, after, limit)
      return { height: at, names: found.names.map((name) => describe(backend, name)), next: found.next }
    },
  )
}

interface Due {
  readonly names: readonly string[]
  readonly next: string | null
}

function dueOfAll(backend: NodeBackend, after: string | undefined, limit: number): Due {
  const place = /^(\d{1,15})\.(\d{1,15})$/.exec(after ?? '')
  if (after !== undefined && place === null) throw badRequest('after: give what the last answer called next')
  const from = place === null ? undefined : { paidQuanta: Number(place[1]), position: Number(place[2]) }
  const { names, next } = readDueNames(backend.committed().view, { from, limit })
  return { names, next: next === undefined ? null : `${next.paidQuanta}.${next.position}` }
}

function dueOf(backend: NodeBackend, owner: string, after: string | undefined, limit: number): Due {
  const { view, height: at, timeMs } = backend.committed()
  const end = dueBelow(view)
  const scanned = backend.names({ owner: fromHex(owner), after, limit: maxScanned })
  const names: string[] = []
  for (const name of scanned) {
    const { paidQuanta } = readName(view, name, { height: at, timeMs })
    if (paidQuanta !== undefined && paidQuanta < end) names.push(name)
    if (names.length === limit) return { names, next: name }
  }
  return { names, next: scanned.length === maxScanned ? (scanned.at(-1) ?? null) : null }
}

function describe(backend: NodeBackend, name: string): z.infer<typeof dueName> {
  const { view, height: at, timeMs } = backend.committed()
  const { status, balance, paidUntilLedgerMs, untilLedgerMs } = readName(view, name, { height: at, timeMs })
  return {
    name,
    status,
    balance: balance === undefined ? null : String(balance),
    paidUntilLedgerMs: paidUntilLedgerMs ?? null,
    expiresLedgerMs: status === 'grace' ? (untilLedgerMs ?? null) : null,
  }
}
