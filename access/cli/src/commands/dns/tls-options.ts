import type { TlsOptions, TlsRules } from '@cresset/node'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { repeated } from '../../command-kit.ts'
import { UsageError } from '../../exit-codes.ts'
import { listenPlaces } from './listen-places.ts'

/** How `cresset dns serve` answers by TLS, and whom it gives zones that way. */
export interface TlsServingOptions {
  readonly tlsListen?: readonly string[]
  readonly tlsCertificate?: string
  readonly tlsKey?: string
  readonly xotOnly?: boolean
  readonly xotCertificate?: readonly string[]
}

/** `openssl x509 -fingerprint -sha256` prints it with colons. */
function fingerprints(text: string, earlier: readonly string[] = []): string[] {
  const digits = text.replaceAll(':', '').toLowerCase()
  if (!/^[0-9a-f]{64}$/.test(digits))
    throw new InvalidArgumentError(
      'give the 64 hexadecimal digits that "openssl x509 -noout -fingerprint -sha256" prints',
    )
  return [...earlier, digits]
}

export function addTlsOptions(command: Command): void {
  command
    .addOption(
      new Option(
        '--tls-listen <host:port>',
        'where to answer by TLS (DNS over TLS, port 853), also transfers; repeat for more',
      ).argParser(repeated),
    )
    .option('--tls-certificate <file>', 'certificate of TLS, and those above it, in PEM; SIGHUP reads it again')
    .option('--tls-key <file>', 'its private key in PEM, readable by its owner alone')
    .option('--xot-only', 'give zones by TLS alone (RFC 9103)')
    .addOption(
      new Option(
        '--xot-certificate <sha256>',
        'fingerprint of a certificate that takers of zones must show, besides a listed key or address if there are any; repeat for more',
      ).argParser(fingerprints),
    )
}

/** @throws UsageError */
export async function tlsOf({
  tlsListen = [],
  tlsCertificate,
  tlsKey,
}: TlsServingOptions): Promise<TlsOptions | undefined> {
  if (tlsListen.length === 0 && tlsCertificate === undefined && tlsKey === undefined) return undefined
  if (tlsListen.length === 0 || tlsCertificate === undefined || tlsKey === undefined)
    throw new UsageError('--tls-listen, --tls-certificate and --tls-key belong together: give all three')
  const listen = await listenPlaces('--tls-listen', tlsListen, 853)
  return { listen, files: { certificate: tlsCertificate, privateKey: tlsKey } }
}

/** Undefined: zones are given in clear too. @throws UsageError */
export function tlsRulesOf({ tlsListen, xotOnly, xotCertificate }: TlsServingOptions): TlsRules | undefined {
  if (xotOnly !== true && xotCertificate === undefined) return undefined
  if (tlsListen === undefined)
    throw new UsageError(
      `${xotOnly === true ? '--xot-only' : '--xot-certificate'} is about TLS: give --tls-listen as well`,
    )
  return { fingerprints: xotCertificate ?? [] }
}
