import { isIP } from 'node:net'
import type { RestsOn } from '@cresset/access-client'
import { failureOf, Resolver, type Server, steadyFetch } from '@cresset/access-resolver'
import { toHex } from '@cresset/core-codec'
import type { Context } from './context.ts'
import { ClientError, UsageError } from './exit-codes.ts'
import { restsOnJson, restsOnLine } from './rests-on.ts'

export interface ServiceOptions {
  readonly serve: string
  readonly forward?: string
}

const dnsPort = 53
/** One exchange with a node: the next one must get its turn before who asked has gone. */
const proofTimeoutMs = 1_500
/** The same problem is told again after this long. */
const repeatMs = 60_000
/** Problems that are remembered, to be told once. */
const maxToldProblems = 1_000

/** `127.0.0.1:5353`, `[::1]:5353`; `port` where none is given. @throws UsageError */
function readServer(text: string, flag: string, port?: number): Server {
  const match = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+))(?::(\d{1,5}))?$/i.exec(text)
  const address = match?.[1] ?? match?.[2] ?? text
  const number = match?.[3] === undefined ? port : Number(match[3])
  if (isIP(address) === 0 || number === undefined || number > 65_535)
    throw new UsageError(`${flag} ${text}: give an IP address and a port, such as 127.0.0.1:5353 or [::1]:5353`)
  return { address, port: number }
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.')

/** Answers DNS questions until SIGINT or SIGTERM. Problems are a line each, not one for each question. */
export async function serveResolver(context: Context, options: ServiceOptions): Promise<void> {
  const listen = readServer(options.serve, '--serve')
  const forward = options.forward === undefined ? undefined : readServer(options.forward, '--forward', dnsPort)
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
  const now = context.environment.nowMs
  const client = await context.clientWith(({ fetch, nodes }) => ({
    fetch: steadyFetch(fetch, nodes, now),
    timeoutMs: proofTimeoutMs,
  }))
  const resolver = new Resolver({
    client,
    now,
    onProblem: problemTeller(context),
    ...(forward ? { forward } : {}),
  })
  const server = await listening(resolver, listen)
  try {
    if (!isLoopback(server.address))
      context.output.warn(`on ${server.address} nothing protects an answer between here and who asked`)
    const rests = await startingRests(context, resolver)
    const place = server.address.includes(':')
      ? `[${server.address}]:${server.port}`
      : `${server.address}:${server.port}`
    context.output.result(
      {
        serves: place,
        zones: resolver.zones.map(({ text }) => text),
        genesisDigest: client.trust.genesisDigest,
        rests: rests && restsOnJson(rests),
      },
      [
        `answers for ${resolver.zones.map(({ text }) => text).join(', ')} on ${place}, UDP and TCP`,
        rests
          ? restsOnLine(rests)
          : `rests on genesis ${toHex(client.trust.genesisDigest).slice(0, 16)}…; nothing newer is proven yet`,
      ],
    )
    await stopped
  } finally {
    await server.close()
  }
}

async function listening(resolver: Resolver, listen: Server): ReturnType<Resolver['listen']> {
  try {
    return await resolver.listen(listen)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reasons: Record<string, string> = {
      EADDRINUSE: 'another program listens there',
      EACCES: 'ports below 1024 need a right that this user does not have',
      EADDRNOTAVAIL: 'this machine does not have the address',
    }
    throw new ClientError(
      'refused',
      'cannot-listen',
      `--serve ${listen.address}:${listen.port}: ${reasons[code ?? ''] ?? message}`,
    )
  }
}

/** The nodes may be down now and come later, as at the start of a machine: that is told and is no reason to end. */
async function startingRests(context: Context, resolver: Resolver): Promise<RestsOn | undefined> {
  try {
    return await resolver.restsOn()
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    context.output.warn(error.message)
    return undefined
  }
}

function problemTeller(context: Context): (name: string, error: unknown) => void {
  const toldAtMs = new Map<string, number>()
  return (name, error) => {
    const { text } = failureOf(error)
    const line = error instanceof Error && text.startsWith('internal') ? `${text}: ${error.message}` : text
    const nowMs = context.environment.nowMs()
    if (nowMs - (toldAtMs.get(text) ?? Number.NEGATIVE_INFINITY) < repeatMs) return
    if (toldAtMs.size >= maxToldProblems) toldAtMs.clear()
    toldAtMs.set(text, nowMs)
    context.output.warn(`${name} is not answered: ${line.split('\n')[0]}`)
  }
}
