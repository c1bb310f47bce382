import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import type { CommitEvent } from './backend.ts'
import { createApi } from './server.ts'
import { TestNode } from './testing/test-node.ts'

let node: TestNode
before(async () => {
  node = await TestNode.start()
})
after(() => node.close())

test('a reader of events that takes none is let go, and its place in the feed is free again', {
  timeout: 90_000,
}, async () => {
  let yielded = 0
  let hasEnded = false
  const backend = {
    ...node.backend,
    async *events(from: number | undefined, signal: AbortSignal): AsyncGenerator<CommitEvent> {
      try {
        const event = { ...(node.application.feed.event(1) as CommitEvent), changedNames: ['x'.repeat(100_000)] }
        for (let height = from ?? 1; !signal.aborted; height++) {
          yielded += 1
          yield { ...event, height }
        }
      } finally {
        hasEnded = true
      }
    },
  }
  const api = await createApi(backend, { host: '127.0.0.1', port: 0, slowReaderMs: 300 })
  try {
    const { hostname, port } = new URL(api.url)
    const socket = connect({ host: hostname, port: Number(port) }).pause()
    socket.on('error', () => undefined)
    socket.write('GET /v1/events?from=1 HTTP/1.1\r\nhost: x\r\n\r\n')
    while (!hasEnded) await new Promise((resolve) => setTimeout(resolve, 20))
    const bytes = yielded * 100_000
    assert.ok(bytes < 32 * 1024 * 1024, `${bytes} bytes were made for a reader that takes none`)
    const closed = once(socket, 'close')
    socket.resume()
    await closed
  } finally {
    await api.close()
  }
})
