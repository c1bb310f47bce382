import type { TestNode } from '@cresset/access-http-api/testing'
import { Client } from '../client.ts'

/** A client of this node alone, by its clock. */
export function clientOf(node: TestNode): Client {
  return new Client({
    genesis: node.ledger.genesis,
    nodes: ['http://node.test'],
    fetch: node.fetch,
    now: () => node.nowMs,
  })
}
