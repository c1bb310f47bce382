import { utf8 } from '@cresset/core-codec'
import { type DnsServer, type DnsServerOptions, type Prefix, SignatureQueue, serveDns } from '@cresset/dns-server'
import type { CertificateReading } from '../dns-metrics.ts'
import { type Listen, listenToText } from '../folder/listen.ts'
import { listening } from '../listening.ts'
import type { Resources } from '../resources.ts'
import type { Operating } from './operating.ts'
import { TlsListeners, type TlsOptions } from './tls-listeners.ts'

export interface ListenersOptions {
  readonly listen: readonly Listen[]
  /** Where proxies pass on queries of others behind a header of the PROXY protocol, and which ones may. */
  readonly proxied?: { readonly listen: readonly Listen[]; readonly from: readonly Prefix[] } | undefined
  /** Where to answer by TLS, and with what certificate. */
  readonly tls?: TlsOptions | undefined
  /** Told of a certificate that took another one's place. */
  readonly onCertificate?: ((reading: CertificateReading) => void) | undefined
  /** Told, a line each, of what does not stop the server. */
  readonly onProblem?: ((message: string) => void) | undefined
  /** Greatest UDP response, 512 to 65,535 bytes; default 1232. */
  readonly maxUdpBytes?: number | undefined
  /** Told to clients that ask who answers (NSID, RFC 5001). */
  readonly nsid?: string | undefined
}

/** `HOST:PORT` of each, UDP and TCP on the same port. */
export interface OpenListeners {
  readonly endpoints: readonly string[]
  readonly proxyEndpoints: readonly string[]
  /** TLS alone. */
  readonly tlsEndpoints: readonly string[]
  /** Reads certificate and key of TLS again; what cannot be used changes nothing, and is told as a problem. */
  reloadCertificate(): Promise<void>
}

/**
 * Answers from one source at all these places, guarded and counted by `operating`. Listeners are closed with `resources`. `flag` is the
 * option that names the ports.
 * @throws StartError
 */
export async function openListeners(
  {
    listen,
    proxied,
    tls,
    maxUdpBytes,
    nsid,
    onProblem = () => undefined,
    onCertificate = () => undefined,
  }: ListenersOptions,
  flag: string,
  answering: Pick<DnsServerOptions, 'source' | 'transfers' | 'updates'>,
  operating: Operating,
  resources: Resources,
): Promise<OpenListeners> {
  // One for all: together they sign no more than one batch at a time.
  const shared = { ...answering, signatures: new SignatureQueue(), ...(nsid !== undefined && { nsid: utf8(nsid) }) }
  operating.statistics.countSignatures(shared.signatures.counters)
  const open = async (at: Listen, portFlag: string, proxyFrom: readonly Prefix[] | undefined): Promise<string> => {
    const server: DnsServer = await listening('DNS', portFlag, at, () =>
      serveDns({
        address: at.host,
        port: at.port,
        ...shared,
        ...operating.serving(at, proxyFrom !== undefined),
        ...(proxyFrom && { proxyFrom }),
        ...(maxUdpBytes !== undefined && { maxUdpBytes }),
      }),
    )
    operating.statistics.add(resources.add(server))
    return listenToText({ host: server.address, port: server.port })
  }
  const endpoints: string[] = []
  for (const at of listen) endpoints.push(await open(at, flag, undefined))
  const proxyEndpoints: string[] = []
  for (const at of proxied?.listen ?? []) proxyEndpoints.push(await open(at, '--proxy-listen', proxied?.from ?? []))
  const secure = tls && new TlsListeners(tls, onProblem, onCertificate)
  const asksForCertificate = (answering.transfers?.rules.tls?.fingerprints.length ?? 0) > 0
  await secure?.open((at) => ({ ...shared, asksForCertificate, ...operating.serving(at, false) }), resources)
  if (secure !== undefined) operating.statistics.addSecure(secure.listeners, () => secure.certificate)
  return {
    endpoints,
    proxyEndpoints,
    tlsEndpoints: secure?.endpoints ?? [],
    reloadCertificate: async () => secure?.reload(),
  }
}
