import { ExtendedError, Rcode } from '@cresset/dns-wire'
import { prepareAnswer } from './answer/answer.ts'
import { failureResponse } from './answer/failure.ts'
import type { AnswerLimits } from './answer/limits.ts'
import { combinedSource } from './catalog/combined-source.ts'
import { completeAnswer } from './compact/complete-answer.ts'
import { SignatureQueue } from './compact/signature-queue.ts'
import { ServerCookies } from './cookies/server-cookies.ts'
import type { Listener, QueryHandler, QueryObserver } from './listen/listener.ts'
import { DEFAULT_IDLE_TIMEOUT_MS, listenTcp, type TcpListenerOptions } from './listen/tcp.ts'
import { listenTls, type TlsListener, type TlsListenerOptions } from './listen/tls.ts'
import { listenUdp, type UdpListenerOptions } from './listen/udp.ts'
import { limitResponse } from './rate-limit/limit-response.ts'
import type { RateLimiter } from './rate-limit/rate-limiter.ts'
import type { Prefix } from './transfer/prefix.ts'
import type { AnyTransferSource } from './transfer/transfer-source.ts'
import {
  answerTransfer,
  isTransferQuery,
  mayTransfer,
  type TransferCounters,
  type TransferRules,
} from './transfer/transfers.ts'
import { checkTsig, type TsigVerdict } from './tsig/tsig-session.ts'
import { isUpdate } from './update/update-message.ts'
import { updateResponse } from './update/update-response.ts'
import type { UpdateServer } from './update/update-server.ts'
import type { ZoneSource } from './zone-source.ts'

export interface DnsServerOptions {
  readonly address: string
  /** One port for UDP and TCP; 0 takes one that is free for both. */
  readonly port: number
  /** What the default handler answers from, or a handler of one's own. */
  readonly source: ZoneSource | QueryHandler
  readonly maxUdpBytes?: number
  /** Told to clients that ask for it (NSID, RFC 5001). */
  readonly nsid?: Uint8Array
  /** Default: with a secret of this process. */
  readonly cookies?: ServerCookies
  /** Limits what goes out by UDP. Default: none. */
  readonly rateLimiter?: RateLimiter
  /** Where answers wait for signatures that are made for the question (RFC 9824). Default: a queue of its own. */
  readonly signatures?: SignatureQueue
  /** Which zones are given away as a whole, and to whom. Default: none. */
  readonly transfers?: {
    readonly source: AnyTransferSource
    readonly rules: TransferRules
    readonly counters?: TransferCounters
    /** Zones whose records nobody may ask for but who may take them: a catalog. Default: none. */
    readonly hidden?: ZoneSource
  }
  /** Changes zones for who may (RFC 2136); one for all listeners. Default: updates are not known here. */
  readonly updates?: UpdateServer
  /** Only these may ask, as proxies for others, each time behind a header of the PROXY protocol. Default: anybody, without. */
  readonly proxyFrom?: readonly Prefix[]
  /** Told of each query and its answer, for metrics and logs. */
  readonly onAnswered?: QueryObserver
  readonly udp?: Omit<UdpListenerOptions, 'address' | 'port' | 'handler'>
  readonly tcp?: Omit<TcpListenerOptions, 'address' | 'port' | 'handler'>
}

/** The same by TLS alone (RFC 7858); `tcp` bounds its connections. */
export interface DnsTlsServerOptions extends Omit<DnsServerOptions, 'udp' | 'proxyFrom'> {
  readonly credentials: TlsListenerOptions['credentials']
  readonly asksForCertificate?: boolean
}

export interface DnsServer {
  readonly address: string
  readonly port: number
  readonly udp: Listener
  readonly tcp: Listener
  close(): Promise<void>
}

/** Another program may hold the UDP port whose TCP number was free. */
const MAX_PORT_ATTEMPTS = 16
const TSIG_REFUSALS = {
  malformed: { rcode: Rcode.FORMERR, extendedError: ExtendedError.OTHER, text: 'the TSIG record is not as it must be' },
  refused: { rcode: Rcode.NOTAUTH, extendedError: ExtendedError.PROHIBITED, text: 'the signature is not good' },
}
/** The option has 16 bits (RFC 7828 section 3.1). */
const MAX_KEEPALIVE_TENTHS = 65_535

/** Answers by UDP and TCP on one port. Rejects with the system's error when it cannot be bound. */
export async function serveDns(options: DnsServerOptions): Promise<DnsServer> {
  const { address, source } = options
  const handler = typeof source === 'function' ? source : answeringFrom(source, options)
  const { onAnswered, proxyFrom } = options
  const answering = { address, handler, ...(onAnswered && { onAnswered }), ...(proxyFrom && { proxyFrom }) }
  for (let attempt = 1; ; attempt++) {
    const tcp = await listenTcp({ ...options.tcp, ...answering, port: options.port })
    try {
      const udp = await listenUdp({ ...options.udp, ...answering, port: tcp.port })
      return {
        address: tcp.address,
        port: tcp.port,
        udp,
        tcp,
        async close() {
          await Promise.all([udp.close(), tcp.close()])
        },
      }
    } catch (error) {
      await tcp.close()
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!isTaken || options.port !== 0 || attempt === MAX_PORT_ATTEMPTS) throw error
    }
  }
}

/** Answers by TLS on one port. Rejects with the system's error when it cannot be bound, and with that of `node:tls` for credentials that are none. */
export async function serveDnsByTls(options: DnsTlsServerOptions): Promise<TlsListener> {
  const { address, port, source, onAnswered, credentials, asksForCertificate = false } = options
  const handler = typeof source === 'function' ? source : answeringFrom(source, options)
  return await listenTls({
    ...options.tcp,
    address,
    port,
    handler,
    credentials,
    asksForCertificate,
    ...(onAnswered && { onAnswered }),
  })
}

function answeringFrom(source: ZoneSource, options: DnsServerOptions): QueryHandler {
  const {
    maxUdpBytes,
    nsid,
    transfers,
    updates,
    rateLimiter,
    cookies = new ServerCookies(),
    signatures = new SignatureQueue(),
  } = options
  const idleTimeoutMs = options.tcp?.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS
  const limits = {
    cookies,
    keepaliveTenths: Math.min(Math.floor(idleTimeoutMs / 100), MAX_KEEPALIVE_TENTHS),
    ...(maxUdpBytes === undefined ? {} : { maxUdpBytes }),
    ...(nsid === undefined ? {} : { nsid }),
  }
  const keys = [...(transfers?.rules.keys ?? []), ...(updates?.keys ?? [])]
  const whole = transfers?.hidden && combinedSource(source, transfers.hidden)
  const sourceFor = (asker: Parameters<typeof mayTransfer>[1]): ZoneSource =>
    whole !== undefined && transfers !== undefined && mayTransfer(transfers.rules, asker) ? whole : source
  return (query, transport, address, channel) => {
    const nowSeconds = Math.floor(Date.now() / 1_000)
    const own = { ...limits, transport, isEncrypted: channel !== undefined, client: { address, nowSeconds } }
    // Without keys a signature is a record that says nothing.
    const verdict: TsigVerdict = keys.length === 0 ? { kind: 'unsigned' } : checkTsig(query, keys, nowSeconds)
    if (verdict.kind === 'malformed' || verdict.kind === 'refused')
      return limitResponse(rateLimiter, query, refusalOf(query, verdict, own, updates !== undefined), own)
    const { message, session } = verdict.kind === 'good' ? verdict : { message: query, session: undefined }
    const bounded = session === undefined ? own : { ...own, signatureBytes: session.overhead }
    if (updates !== undefined && isUpdate(message)) {
      const given = updates.answer(message, session, bounded)
      return given instanceof Uint8Array && session === undefined
        ? limitResponse(rateLimiter, query, given, own)
        : given
    }
    if (transfers !== undefined && isTransferQuery(message, transport)) {
      const asker = { limits: bounded, client: address, session, channel }
      const given = answerTransfer(message, transfers.source, transfers.rules, asker, transfers.counters)
      const isOneMessage = given === undefined || given instanceof Uint8Array
      return isOneMessage && session === undefined ? limitResponse(rateLimiter, query, given, own) : given
    }
    const prepared = prepareAnswer(message, sourceFor({ client: address, session, channel }), bounded)
    if (prepared === undefined) return undefined
    if (session === undefined) {
      // Before it is signed: what does not go out costs nothing more.
      const limited = limitResponse(rateLimiter, query, prepared.bytes, own)
      return limited === prepared.bytes ? completeAnswer(signatures, query, prepared, own) : limited
    }
    const response = completeAnswer(signatures, message, prepared, bounded)
    if (response instanceof Promise) return response.then((bytes) => bytes && session.sign(bytes))
    return response && session.sign(response)
  }
}

/** RFC 8945 section 5.2: FORMERR for a record that is none, NOTAUTH with the reason in a TSIG record of our own for the others. */
function refusalOf(
  query: Uint8Array,
  verdict: Extract<TsigVerdict, { kind: 'malformed' | 'refused' }>,
  limits: AnswerLimits,
  knowsUpdates: boolean,
): Uint8Array | undefined {
  const isRefused = verdict.kind === 'refused'
  const message = isRefused ? verdict.message : query
  const refusal = TSIG_REFUSALS[verdict.kind]
  const response =
    knowsUpdates && isUpdate(message)
      ? updateResponse(message, refusal, limits)
      : failureResponse(message, refusal, limits)
  return isRefused && response !== undefined ? verdict.session.sign(response) : response
}
