import { buildApi, type NodeBackend } from '@cresset/access-http-api'
import { markdownTable } from './markdown-table.ts'

interface Operation {
  readonly summary?: string
  readonly description?: string
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: unknown
  readonly responses?: Readonly<Record<string, unknown>>
}

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>

/** The document that every node serves as /openapi.json. Building it asks the backend for nothing. */
async function openApiPaths(): Promise<Paths> {
  const app = await buildApi({} as NodeBackend)
  try {
    return JSON.parse((await app.inject({ method: 'GET', url: '/openapi.json' })).body).paths as Paths
  } finally {
    await app.close()
  }
}

function rowOf(path: string, method: string, operation: Operation): string[] {
  const query = (operation.parameters ?? []).flatMap(({ name, in: place }) =>
    place === 'query' ? [`\`${name}\``] : [],
  )
  const statuses = Object.keys(operation.responses ?? {}).map((status) => status.toLowerCase())
  return [
    `\`${method.toUpperCase()} ${path}\``,
    [operation.summary, operation.description].filter(Boolean).join('. '),
    query.join(', ') || '–',
    statuses.join(', ').replace(/^default$/, '200'),
  ]
}

/** docs/reference/api.md */
export async function apiPage(): Promise<string> {
  const rows = Object.entries(await openApiPaths()).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => rowOf(path, method, operation)),
  )
  return `# HTTP API

<!-- Written by npm run reference from the routes in access/http-api. -->

Every node serves it. The exact forms are OpenAPI 3.1 at \`/openapi.json\` of any node:

    curl http://127.0.0.1:8400/openapi.json

- On loopback it is plain HTTP. Elsewhere it is HTTPS with the node's certificate, which names \`<node>.ns.<zone>\` and chains to the consortium's root
  (\`root/root.pem\`).
- JSON: bytes in lower-case hex, proofs and certificates of agreement in base64url, sums and integers from 2^53 as decimal strings, times in
  integer milliseconds since 1970. Transactions travel as \`application/octet-stream\`: their complete encoding
  ([ledger](../protocol/ledger.md#transactions)).
- Reads are of the newest committed block. \`proof=true\` adds what a client needs to check the answer against genesis:
  [answers and proofs](../protocol/answers-and-proofs.md). Without it an answer is the node's word.
- Pages of every origin may read \`/v1/\` and send transactions (\`Access-Control-Allow-Origin: *\`, no credentials); \`/metrics\` and \`/health\` they may not:
  [verify in a browser](../guides/verify-in-browser.md).
- Errors are problem details (RFC 9457) with a [code](codes.md#http-api). 4xx: the request; 422: the ledger refused the transaction, with the ledger's code;
  503: the node cannot answer now; 504: not final in the time allowed.
- Bounds: 64 KiB a body (transactions 1 MiB, and the ledger's own limit), 64 keys a request for proofs, 1,000 names a list, 60 s of waiting, 256 readers of events, 1,024 connections.

${markdownTable(['route', 'what', 'query', 'statuses'], rows)}`
}
