import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { codes } from '@cresset/core-ledger'
import { apiCodes } from './problems.ts'
import { buildApi, createApi } from './server.ts'
import { TestNode } from './testing/test-node.ts'

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required?: boolean
  readonly schema: { readonly pattern?: string; readonly enum?: readonly string[]; readonly type?: string }
}
interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly responses: Readonly<Record<string, unknown>>
}

let node: TestNode
/** Of each GET route that reads parameters. */
let routes: { readonly path: string; readonly parameters: readonly Parameter[]; readonly documented: RegExp }[]
before(async () => {
  node = await TestNode.start()
  const { paths } = (await node.app.inject({ url: '/openapi.json' })).json() as {
    paths: Record<string, Record<string, Operation>>
  }
  routes = Object.entries(paths).flatMap(([path, { get }]) =>
    // A stream of events that is accepted does not end; its own tests refuse what it must refuse.
    get?.parameters === undefined || path === '/v1/events'
      ? []
      : [
          {
            path,
            parameters: get.parameters,
            documented: new RegExp(`^(?:${Object.keys(get.responses).join('|').replaceAll(/XX/gi, '..')})$`),
          },
        ],
  )
})
after(() => node.close())

const hostile = [
  ['', 'empty'],
  ['a'.repeat(299), 'as long as a path part may be'],
  ['a'.repeat(10_000), 'long'],
  ['0'.repeat(64), 'a hash of nothing'],
  ['F'.repeat(64), 'upper-case hex'],
  ['%C3%A9%E6%97%A5%E6%9C%AC', 'not ASCII'],
  ['%F3%B5%A5%9B'.repeat(60), 'outside the first plane'],
  ['%00', 'NUL'],
  ['shop%00.acme', 'NUL inside'],
  ['%ED%A0%80', 'a lone surrogate'],
  ['%C0%AF', 'overlong'],
  ['%FF', 'no UTF-8'],
  ['%', 'broken off'],
  ['%zz', 'no hex'],
  ['%E0%A4%A', 'broken inside'],
  ['%2e%2e%2f%2e%2e%2fetc%2fpasswd', 'a way up'],
  ['..', 'dots'],
  ['%2F', 'slash'],
  ['%0d%0aset-cookie:%20a=b', 'a header'],
  ['-1', 'negative'],
  ['1.5', 'fraction'],
  ['1e999', 'infinite'],
  ['0x10', 'hex number'],
  ['NaN', 'NaN'],
  ['281474976710656', '2^48'],
  ['1897265369456955', 'a height that no store has'],
  ['9007199254740991', '2^53 - 1'],
  ['9007199254740993', '2^53 + 1'],
  ['99999999999999.999999999', 'a place'],
  ['999999999999999.999999999999999', 'another'],
  ['18446744073709551616', '2^64'],
  ['__proto__', 'prototype'],
  ['constructor', 'constructor'],
  ['%7B%7D', 'an object'],
  ['AA', 'base64url'],
  ['_'.repeat(512), 'long base64url'],
  ['shop.acme', 'a name'],
  ['latest', 'a word'],
] as const

/** A value that the parameter may have. */
function sampleOf({ name, schema }: Parameter): string {
  const samples: Record<string, string> = {
    name: 'shop.acme',
    host: 'www.shop.acme',
    address: 'c0000201',
    reference: '1',
    height: '1',
    limit: '1',
  }
  const fits = (text: string | undefined): boolean => text !== undefined && new RegExp(schema.pattern ?? '').test(text)
  return schema.enum?.[0] ?? [samples[name], '0'.repeat(64), 'ada', '1'].find(fits) ?? '1'
}

function urlOf(path: string, parameters: readonly Parameter[], hostileName: string, value: string): string {
  const textFor = (parameter: Parameter): string => (parameter.name === hostileName ? value : sampleOf(parameter))
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && (parameter.required || parameter.name === hostileName))
    .map((parameter) => `${parameter.name}=${textFor(parameter)}`)
  const filled = parameters
    .filter((parameter) => parameter.in === 'path')
    .reduce((text, parameter) => text.replace(`{${parameter.name}}`, textFor(parameter)), path)
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`
}

const known: ReadonlySet<string> = new Set([...Object.keys(apiCodes), ...Object.keys(codes)])

test('whatever stands in a path or query, each route answers as documented, and never with 500', async () => {
  let asked = 0
  for (const { path, parameters, documented } of routes) {
    const proof = parameters.find(({ name }) => name === 'proof')
    for (const { name } of parameters) {
      for (const [value, what] of hostile) {
        const url = urlOf(path, parameters, name, value)
        const urls =
          proof === undefined || name === 'proof' ? [url] : [url, `${url}${url.includes('?') ? '&' : '?'}proof=true`]
        for (const each of name === 'timeout' ? [] : urls) {
          const answer = await node.app.inject({ method: 'GET', url: each })
          asked += 1
          assert.match(
            String(answer.statusCode),
            documented,
            `${name} is ${what}: ${each.slice(0, 200)}: ${answer.body}`,
          )
          assert.equal(answer.headers['set-cookie'], undefined)
          if (answer.statusCode < 400) continue
          const { code, status } = answer.json() as { code: string; status: number }
          assert.ok(known.has(code), `${each.slice(0, 200)}: ${code}`)
          assert.equal(status, answer.statusCode)
        }
      }
      const twice = urlOf(path, parameters, name, `a&${name}=b`)
      assert.match(String((await node.app.inject({ method: 'GET', url: twice })).statusCode), documented, twice)
    }
  }
  assert.ok(asked > 2_000, `${asked} questions`)
})

test('before the first block every proof is answered with the 503 that the document names', async () => {
  const prove = (): never => {
    throw Object.assign(new Error('the network has not made its first block'), { code: 'nothing-final' })
  }
  const app = await buildApi({ ...node.backend, prove })
  const proving = routes.filter(({ parameters }) => parameters.some(({ name }) => name === 'proof'))
  for (const { path, parameters, documented } of proving) {
    // A list is asked of one thing.
    const listed = path === '/v1/agreements' ? `&party=${'0'.repeat(64)}` : ''
    const url = urlOf(path, parameters, 'proof', 'true') + listed
    const { statusCode, body } = await app.inject({ url })
    assert.match(String(statusCode), documented, `${url}: ${body}`)
    if (!path.startsWith('/v1/transactions')) assert.equal(statusCode, 503, `${url}: ${body}`)
  }
  assert.ok(proving.length > 12)
  await app.close()
})

test('bytes that are no text, and targets that are no path, are refused on the wire too', async () => {
  const api = await createApi(node.backend, { host: '127.0.0.1', port: 0 })
  try {
    const { hostname, port } = new URL(api.url)
    const ask = (target: Uint8Array): Promise<string> =>
      new Promise((resolve, reject) => {
        let answer = ''
        const socket = connect({ host: hostname, port: Number(port) })
        socket.on('data', (part) => {
          answer += part.toString('latin1')
        })
        socket.on('close', () => resolve(answer))
        socket.on('error', reject)
        const [head, tail] = ['GET ', ' HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'].map((text) =>
          Buffer.from(text),
        )
        socket.write(Buffer.concat([head as Uint8Array, target, tail as Uint8Array]))
      })
    const bytes = (...values: number[]): Uint8Array => Buffer.from([...Buffer.from('/v1/names/'), ...values])
    for (const target of [
      bytes(0x80, 0xff),
      bytes(0xed, 0xa0, 0x80),
      bytes(0x41, 0x00, 0x42),
      Buffer.from('http://[::1/v1/status'),
      Buffer.from('*'),
      Buffer.from('//'),
      Buffer.from(`/v1/names/${'a'.repeat(20_000)}`),
      Buffer.from('/v1/names/%'),
    ]) {
      const answer = await ask(target)
      assert.match(
        answer,
        /^HTTP\/1\.1 (?:200|4\d\d) /,
        `${Buffer.from(target).toString('hex').slice(0, 60)}: ${answer.slice(0, 300)}`,
      )
    }
    assert.match(await ask(Buffer.from('/health/live')), /^HTTP\/1\.1 200 /, 'it still serves')
  } finally {
    await api.close()
  }
})
