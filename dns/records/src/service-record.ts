import { concatBytes, uint32ToBytes, utf8 } from '@cresset/core-codec'
import { ROOT_NAME, ServiceKey, type ServiceParameter, writeServiceParameters } from '@cresset/dns-wire'

/** The one port whose HTTPS record stands at the host itself (RFC 9460 section 9.1). */
export const HTTPS_PORT = 443

const PRIORITY_ONE = Uint8Array.of(0, 1)
/** `http/1.1` is in the default set already (RFC 9460 section 9.2); it is named for readers that do not know defaults. */
const PROTOCOL_IDS = ['h2', 'http/1.1']

/**
 * HTTPS RDATA of a web service. At 443 the target is the owner itself (`.`); at another port the owner is `_PORT._https.host`, which
 * has no addresses, so the target is the host. There are no address hints: they would be the data of another owner, and the
 * answer carries A and AAAA as additional data.
 */
export function httpsRdata(host: Uint8Array, port: number): Uint8Array {
  const parameters: ServiceParameter[] = [{ key: ServiceKey.alpn, value: protocolIds() }]
  if (port !== HTTPS_PORT) parameters.push({ key: ServiceKey.port, value: uint32ToBytes(port).subarray(2) })
  return concatBytes(PRIORITY_ONE, port === HTTPS_PORT ? ROOT_NAME : host, writeServiceParameters(parameters))
}

function protocolIds(): Uint8Array {
  return concatBytes(...PROTOCOL_IDS.flatMap((id) => [Uint8Array.of(id.length), utf8(id)]))
}
