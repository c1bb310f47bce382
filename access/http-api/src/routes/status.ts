import { toHex } from '@cresset/core-codec'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { NodeBackend } from '../backend.ts'
import { notFound, Problem, problemSchema } from '../problems.ts'
import { hash, height } from '../schemas.ts'

const status = z.object({
  node: z.string(),
  chainId: z.string(),
  genesisDigest: hash,
  engine: z.string(),
  height,
  oldestHeight: height.nullable().describe('of the blocks that the node keeps'),
  timeMs: z.number().int(),
  blockHash: hash.nullable(),
  stateRoot: hash,
  view: z.number().int(),
  phase: z.string(),
  kind: z.enum(['validator', 'follower', 'local']),
  membership: z.enum(['waiting', 'arriving', 'member', 'removed']),
  progress: z.string(),
  peers: z.array(z.object({ id: z.string(), name: z.string(), connected: z.boolean() })),
  mempool: z.object({ count: z.number().int(), bytes: z.number().int() }),
  problems: z.array(z.string()),
  ready: z.boolean(),
  versions: z.record(z.string(), z.string()),
  agreement: z.object({
    height,
    mustReturn: z.number().int().describe('validators that must vote again before a block can be decided'),
    validators: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        power: z.number().int(),
        presence: z.enum(['voting', 'abstaining', 'silent', 'unlinked']),
        view: z.number().int().nullable(),
        stateRoot: hash.nullable(),
      }),
    ),
  }),
})

export function statusRoutes(app: ApiServer, backend: NodeBackend): void {
  app.get(
    '/v1/status',
    { schema: { summary: 'Where this node stands, and why if it stands still', response: { 200: status } } },
    async () => {
      const now = backend.status()
      return {
        ...now,
        oldestHeight: now.oldestHeight ?? null,
        genesisDigest: toHex(backend.genesisDigest),
        blockHash: now.blockHash ? toHex(now.blockHash) : null,
        stateRoot: toHex(now.stateRoot),
        peers: now.peers.map(({ id, name, connected }) => ({ id, name, connected })),
        problems: [...now.problems],
        versions: { ...now.versions },
        agreement: {
          height: now.agreement.height,
          mustReturn: now.agreement.mustReturn,
          validators: now.agreement.validators.map(({ id, name, power, presence, view, stateRoot }) => ({
            ...{ id, name, power, presence },
            view: view ?? null,
            stateRoot: stateRoot ?? null,
          })),
        },
      }
    },
  )

  app.get(
    '/v1/genesis',
    { schema: { summary: 'The genesis file. Compare its digest with one that you have from elsewhere.' } },
    async (_request, reply) => reply.type('application/json').send(backend.genesisJson()),
  )

  app.get('/metrics', { schema: { summary: 'Prometheus metrics' } }, async (_request, reply) => {
    if (!backend.metrics) throw notFound('this node exports no metrics')
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await backend.metrics())
  })

  app.get(
    '/health/live',
    {
      schema: {
        summary: 'The process answers',
        response: { 200: z.object({ live: z.literal(true) }), '4xx': problemSchema },
      },
    },
    async () => ({ live: true as const }),
  )

  app.get(
    '/health/ready',
    {
      schema: {
        summary: 'The node follows the ledger',
        response: { 200: z.object({ ready: z.literal(true), height }), '4xx': problemSchema, 503: problemSchema },
      },
    },
    async () => {
      const now = backend.status()
      if (!now.ready)
        throw new Problem(503, 'unavailable', now.problems[0] ?? 'the node does not follow the ledger yet')
      return { ready: true as const, height: now.height }
    },
  )
}
