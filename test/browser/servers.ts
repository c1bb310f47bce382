import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { AnswerJson } from '@cresset/access-client'
import type { TestNode } from '@cresset/access-http-api/testing'
import { genesisToJson } from '@cresset/core-chain'
import type { Bundle } from '../../tools/browser/bundle.ts'

const pageFolder = new URL('../../docs/guides/verify-in-browser/', import.meta.url)

async function listen(context: TestContext, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Any web server: it serves the guide's page, its bundle, and the genesis file that the page trusts. */
export function servePage(
  context: TestContext,
  bundle: Bundle,
  genesis: TestNode['ledger']['genesis'],
  trustJson?: string,
): Promise<string> {
  const files: Readonly<Record<string, [type: string, content: string]>> = {
    ...(trustJson === undefined ? {} : { '/trust.json': ['application/json', trustJson] as [string, string] }),
    '/': ['text/html', readFileSync(new URL('index.html', pageFolder), 'utf8')],
    '/page.js': ['text/javascript', bundle.code],
    '/genesis.json': ['application/json', genesisToJson(genesis)],
  }
  const server = createServer((request, response) => {
    const file = files[request.url ?? '']
    if (file === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-type': `${file[0]}; charset=utf-8` }).end(file[1])
  })
  return listen(context, server)
}

/** The true node's API on a port of its own, another origin than the page. */
export async function serveNode(node: TestNode): Promise<string> {
  await node.app.listen({ host: '127.0.0.1', port: 0 })
  return `http://127.0.0.1:${(node.app.server.address() as AddressInfo).port}`
}

export type Lie = (answer: AnswerJson) => AnswerJson

/** A node that has all that the true one has, and changes every proof that it hands on. */
export function serveLies(context: TestContext, truth: string, lie: Lie): Promise<string> {
  const server = createServer(async (request, response) => {
    const cors = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'content-type' }
    if (request.method === 'OPTIONS') {
      response.writeHead(204, cors).end()
      return
    }
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const answer = await fetch(truth + request.url, {
      method: request.method ?? 'GET',
      ...(parts.length > 0 ? { body: Buffer.concat(parts), headers: { 'content-type': 'application/json' } } : {}),
    })
    const json = (await answer.json()) as { proof?: AnswerJson; keys?: unknown }
    const told = json.proof
      ? { ...json, proof: lie(json.proof) }
      : json.keys
        ? lie(json as unknown as AnswerJson)
        : json
    response.writeHead(answer.status, { ...cors, 'content-type': 'application/json' }).end(JSON.stringify(told))
  })
  return listen(context, server)
}
