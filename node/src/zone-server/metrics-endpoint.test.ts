import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, Server } from 'node:net'
import { after, test } from 'node:test'
import { serveMetrics } from './metrics-endpoint.ts'

let problems: string[] = []
let failure: Error | undefined
const heard: Error[] = []
const endpoint = await serveMetrics({
  listen: { host: '127.0.0.1', port: 0 },
  metrics: async () => {
    if (failure !== undefined) throw failure
    return 'cresset_dns_queries_total 7\n'
  },
  problems: () => problems,
  onFailure: (error) => heard.push(error),
})
after(() => endpoint.close())
const url = `http://${endpoint.endpoint}`

test('metrics as Prometheus asks for them', async () => {
  const response = await fetch(`${url}/metrics?x=1`)
  assert.deepEqual([response.status, await response.text()], [200, 'cresset_dns_queries_total 7\n'])
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  const head = await fetch(`${url}/metrics`, { method: 'HEAD' })
  assert.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [200, '28', ''])
})

test('health: 503 with the reasons while something is wrong', async () => {
  const ask = async () => {
    const response = await fetch(`${url}/health`)
    return [response.status, await response.json()]
  }
  assert.deepEqual(await ask(), [200, { healthy: true, problems: [] }])
  problems = ['a.: signatures have ended']
  assert.deepEqual(await ask(), [503, { healthy: false, problems }])
})

test('a connection that could not be taken is told of, and the next one is answered', async (context) => {
  const servers: Server[] = []
  const { listen } = Server.prototype
  context.mock.method(Server.prototype, 'listen', function (this: Server, ...given: Parameters<typeof listen>) {
    servers.push(this)
    return listen.apply(this, given)
  })
  const failures: string[] = []
  const own = await serveMetrics({
    listen: { host: '127.0.0.1', port: 0 },
    metrics: async () => '',
    problems: () => [],
    onFailure: ({ message }) => failures.push(message),
  })
  try {
    // As the system says it when there are no descriptors left.
    for (const _time of [1, 2]) servers[0]?.emit('error', new Error('accept EMFILE'))
    assert.deepEqual(failures, ['accept EMFILE', 'accept EMFILE'])
    assert.equal((await fetch(`http://${own.endpoint}/health`)).status, 200)
  } finally {
    await own.close()
  }
})

test('nothing else is there, and nothing is taken', async () => {
  assert.equal((await fetch(`${url}/`)).status, 404)
  assert.equal((await fetch(`${url}/metrics/../etc`)).status, 404)
  const post = await fetch(`${url}/metrics`, { method: 'POST', body: 'x' })
  assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD'])
})

test('a fault is told to the operator, and the next request is answered', async () => {
  failure = new Error('a fault')
  await assert.rejects(fetch(`${url}/metrics`))
  assert.deepEqual(heard, [failure])
  failure = undefined
  assert.equal((await fetch(`${url}/metrics`)).status, 200)
})

test('headers without end are refused', async () => {
  const { port } = new URL(url)
  const socket = connect({ host: '127.0.0.1', port: Number(port) })
  let told = ''
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    told += String(chunk)
  })
  await once(socket, 'connect')
  socket.write('GET /metrics HTTP/1.1\r\nhost: x\r\n')
  let sent = 0
  for (; sent < 10_000 && socket.writable; sent++) {
    socket.write(`x-${sent}: ${'y'.repeat(1_000)}\r\n`)
    await new Promise(setImmediate)
  }
  if (!socket.closed) await once(socket, 'close')
  assert.ok(sent < 10_000)
  assert.match(told, /^(HTTP\/1\.1 431 |$)/)
})
