import assert from 'node:assert/strict'
import { test } from 'node:test'
import { steadyFetch } from './steady-fetch.ts'

const nodes = ['http://a.test/', 'http://b.test']

/** `fetch` of nodes of which some are down and some answer with an error. */
function network(states: Record<string, 'up' | 'down' | number>) {
  const asked: string[] = []
  const inner = async (url: string): Promise<Response> => {
    const { origin, host } = new URL(url)
    asked.push(host)
    const state = states[origin]
    if (state === 'down') throw new TypeError('connection refused')
    return new Response('{}', { status: typeof state === 'number' ? state : 200 })
  }
  return { asked, inner, states }
}

test('a node that failed is left alone for five seconds, while there is another', async () => {
  const { asked, inner, states } = network({ 'http://a.test': 'down', 'http://b.test': 'up' })
  let nowMs = 0
  const fetch = steadyFetch(inner, nodes, () => nowMs)
  await assert.rejects(fetch('http://a.test/v1/proofs', {}), TypeError)
  await assert.rejects(fetch('http://a.test/v1/proofs', {}), /failed a moment ago/)
  assert.equal((await fetch('http://b.test/v1/proofs', {})).status, 200)
  assert.deepEqual(asked, ['a.test', 'b.test'])
  nowMs = 5_000
  states['http://a.test'] = 'up'
  assert.equal((await fetch('http://a.test/v1/proofs', {})).status, 200)
})

test('when all have failed, all are asked', async () => {
  const { asked, inner } = network({ 'http://a.test': 'down', 'http://b.test': 'down' })
  const fetch = steadyFetch(inner, nodes, () => 0)
  for (const node of ['http://a.test', 'http://b.test', 'http://a.test', 'http://b.test'])
    await assert.rejects(fetch(`${node}/v1/proofs`, {}), /connection refused/)
  assert.equal(asked.length, 4)
})

test('an error status is a failure of the node, whichever it is', async () => {
  for (const status of [400, 404, 422, 500]) {
    const { inner } = network({ 'http://a.test': status, 'http://b.test': 'up' })
    await assert.rejects(
      steadyFetch(inner, nodes, () => 0)('http://a.test/v1/proofs', {}),
      new RegExp(`status ${status}`),
    )
  }
})
