import { readNodeNamed, readNodesPage, readProposal, readProposals } from '@cresset/core-ledger'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { NodeBackend } from '../backend.ts'
import { Problem } from '../problems.ts'
import { readState } from '../proven-read.ts'
import { flag, heightText, type readAnswer, readResponses } from '../schemas.ts'

type Answer = z.infer<typeof readAnswer>

/** Each is an entry of its own, and an answer holds at most 256 proofs. */
const maxListed = 100
const nodeName = z.string().regex(/^[a-z0-9-]{1,63}$/)

export function memberRoutes(app: ApiServer, backend: NodeBackend): void {
  app.get(
    '/v1/nodes',
    {
      schema: {
        summary: 'Nodes of the consortium, by name',
        description:
          '`value` has the `count` of all, and of each listed one its entry and its `power` among the validators, 0 for none. While there are more, `next` is the `after` to go on with.',
        querystring: z.object({
          after: nodeName.optional(),
          limit: z.coerce.number().int().min(1).max(maxListed).default(maxListed),
          proof: flag,
        }),
        response: readResponses,
      },
    },
    async (request) => {
      const { after, limit, proof } = request.query
      return readState(backend, proof, (view) => readNodesPage(view, { after, limit })).answer as Answer
    },
  )
  app.get(
    '/v1/nodes/:name',
    {
      schema: {
        summary: 'A node by its name',
        params: z.object({ name: nodeName }),
        querystring: z.object({ proof: flag }),
        response: readResponses,
      },
    },
    async (request) => {
      const { name } = request.params
      const { proof } = request.query
      const { found, answer } = readState(backend, proof, (view) => readNodeNamed(view, name))
      // With a proof, that there is none is an answer.
      if (found === undefined && !proof) throw new Problem(404, 'node-unknown', `there is no node ${name}`)
      return answer as Answer
    },
  )
  app.get(
    '/v1/proposals',
    {
      schema: {
        summary: 'What members vote or have voted on, newest first',
        description:
          '`value` has the `count` of all proposals there were, how many are `open`, and ledger time. While there are more, `next` is the `before` to go on with.',
        querystring: z.object({
          open: flag,
          before: heightText.optional(),
          limit: z.coerce.number().int().min(1).max(maxListed).default(20),
          proof: flag,
        }),
        response: readResponses,
      },
    },
    async (request) => {
      const { open: onlyOpen, before, limit, proof } = request.query
      return readState(backend, proof, (view, at) => readProposals(view, at, { onlyOpen, before, limit }))
        .answer as Answer
    },
  )
  app.get(
    '/v1/proposals/:number',
    {
      schema: {
        summary: 'A proposal by its number: what it changes, who may vote on it, and how they did',
        params: z.object({ number: heightText }),
        querystring: z.object({ proof: flag }),
        response: readResponses,
      },
    },
    async (request) => {
      const { number } = request.params
      const { proof } = request.query
      const { found, answer } = readState(backend, proof, (view, at) => readProposal(view, number, at))
      if (found === undefined && !proof) throw new Problem(404, 'proposal-unknown', `there is no proposal ${number}`)
      return answer as Answer
    },
  )
}
