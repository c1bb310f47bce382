/** The thread behind SyncLink: one connection to the agent, made again after it was lost. */
import { workerData } from 'node:worker_threads'
import { AgentClient } from './agent-client.ts'
import { requestCodec, responseCodec } from './protocol.ts'
import type { SyncAnswer, SyncThreadData } from './sync-link.ts'

const { socketPath, port, answered } = workerData as SyncThreadData
let connection: Promise<AgentClient> | undefined

async function exchange(bytes: Uint8Array): Promise<Uint8Array> {
  connection ??= AgentClient.connect(socketPath)
  const client = await connection
  return responseCodec.encode({ response: await client.exchange(requestCodec.decode(bytes).request) })
}

async function answer(number: number, request: Uint8Array): Promise<SyncAnswer> {
  try {
    return { number, response: await exchange(request) }
  } catch (error) {
    connection = undefined
    return { number, problem: (error as Error).message }
  }
}

port.on('message', async ({ number, request }: { number: number; request: Uint8Array }) => {
  port.postMessage(await answer(number, request))
  Atomics.add(answered, 0, 1)
  Atomics.notify(answered, 0)
})
