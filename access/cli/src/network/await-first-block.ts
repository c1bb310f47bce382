import { setTimeout as delay } from 'node:timers/promises'
import { HttpConnection } from '@cresset/access-client'
import { ClientError } from '../exit-codes.ts'

const pollMs = 25

/** Waits until a node has a certified block: before it nothing can be proven to a client. */
export async function awaitFirstBlock(nodes: readonly string[], timeoutMs: number): Promise<void> {
  const connection = new HttpConnection({ nodes })
  const deadlineMs = Date.now() + timeoutMs
  for (;;) {
    const status = (await connection.first((node) => node.get('/v1/status'))) as {
      height: number
      problems: readonly string[]
    }
    if (status.height > 0) return
    if (Date.now() > deadlineMs) {
      throw new ClientError(
        'not-final',
        'no-block',
        status.problems[0] ?? `the network made no block within ${timeoutMs / 1000} s`,
      )
    }
    await delay(pollMs)
  }
}
