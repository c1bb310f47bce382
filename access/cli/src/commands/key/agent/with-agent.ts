import { AgentClient } from '@cresset/keys'
import type { Context } from '../../../context.ts'

/** Runs `use` on a connection to this user's agent. */
export function withAgent<T>(context: Context, use: (client: AgentClient) => Promise<T>): Promise<T> {
  return context.withKeys(
    AgentClient.connect(context.agentSocket).then(async (client) => {
      try {
        return await use(client)
      } finally {
        client.close()
      }
    }),
  )
}
