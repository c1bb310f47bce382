import { type Client, ClientError, HttpConnection, nodeAddresses, verifyPastQuery } from '@cresset/access-client'
import { chainIdOf } from '@cresset/core-chain'
import { type NodeEntry, readNodes } from '@cresset/core-ledger'
import type { AskedNode, Context } from '../context.ts'
import { type ToldStatus, toldStatus } from './told-status.ts'

export interface NodeAnswer extends AskedNode {
  /** Undefined: there is a `problem`. */
  readonly status: ToldStatus | undefined
  readonly problem: string | undefined
}

const statusTimeoutMs = 3_000
const listTimeoutMs = 5_000

/** Asks all nodes how they are: those that a person chose, else all that are known here and all that the ledger lists. */
export async function askNodes(context: Context): Promise<NodeAnswer[]> {
  const { source, nodes } = await context.knownNodes()
  const { connection } = await context.client()
  const answers = await askAll(connection, nodes)
  if (source === 'chosen') return answers
  const genesis = await context.genesis()
  const chainId = chainIdOf(genesis)
  const answering = answers.flatMap(({ address, status }) => (status?.chainId === chainId ? [address] : []))
  if (answering.length === 0) return answers
  // A node that hangs is not waited for a second time.
  const client = await context.clientWith(() => ({ nodes: answering, timeoutMs: listTimeoutMs }))
  const listed = await provenNodes(client)
  if (listed === undefined) return answers
  const apiOf = new Map(listed.map(({ name, endpoints }) => [name, endpoints.api]))
  // Who was removed or has moved is not missed at its old place.
  const shown = answers.filter(({ name = '', address, status }) => {
    if (status !== undefined) return true
    return source === 'running' ? apiOf.has(name) : apiOf.get(name) === address
  })
  const isHere = answering.some(isLoopback)
  const others = listed.filter(({ name, endpoints: { api } }) => {
    const isShown = shown.some((one) => one.name === name || one.address === api || one.status?.node === name)
    // A node that serves its own machine alone is not asked for on this one.
    return !isShown && (isHere || !isLoopback(api))
  })
  if (others.length === 0) return shown
  const toOthers = new HttpConnection({
    nodes: others.map(({ endpoints }) => endpoints.api),
    rootCertificate: genesis.rootCertificate,
    addresses: nodeAddresses({ nodes: others }),
  })
  const asked = others.map(({ name, endpoints }) => ({ name, address: endpoints.api }))
  return [...shown, ...(await askAll(toOthers, asked))]
}

const isLoopback = (address: string): boolean => /^https?:\/\/(127\.[\d.]+|localhost|\[::1\])(:|\/|$)/.test(address)

function askAll(connection: HttpConnection, nodes: readonly AskedNode[]): Promise<NodeAnswer[]> {
  return Promise.all(
    nodes.map(async ({ name, address }) => {
      try {
        const status = toldStatus(await connection.at(address).get('/v1/status', statusTimeoutMs))
        const problem = status === undefined ? `what ${address} answers is no status of a node` : undefined
        return { name, address, status, problem }
      } catch (error) {
        return { name, address, status: undefined, problem: error instanceof Error ? error.message : 'no answer' }
      }
    }),
  )
}

/** The ledger's nodes, proven; of a network that stands still, as they were then. Undefined: nobody proves them. */
async function provenNodes(client: Client): Promise<readonly NodeEntry[] | undefined> {
  const read = readNodes
  try {
    return (await client.query(read, '/v1/nodes')).value
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
  }
  try {
    return await client.connection.first(async (node) => {
      const { proof } = (await node.get('/v1/nodes?proof=true')) as { readonly proof?: unknown }
      return verifyPastQuery(proof, read, client.trust, client.clock).value
    })
  } catch (error) {
    if (error instanceof ClientError) return undefined
    throw error
  }
}
