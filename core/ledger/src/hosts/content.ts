import { isSignedBy, tryReadCertificate } from '@cresset/core-certificates'
import { equalBytes } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import type { Server } from '../actions.ts'
import type { BlockContext } from '../block-context.ts'
import type { Refusal } from '../codes.ts'
import type { HostEntry } from '../entries/name.ts'
import type { CertificateInformation } from '../entries/registration.ts'
import { hostName } from '../names/host-name.ts'
import { isTtlAllowed, recordSetsProblem } from '../names/record-sets.ts'
import { hostKeyBytes, serversProblem, servicesProblem } from '../names/servers.ts'
import type { OwnedName } from '../names/status.ts'

type Content = Pick<HostEntry, 'ttlSeconds' | 'servers' | 'services' | 'recordSets'>

/** Why a host cannot have this content, or undefined. Cheap checks first; signatures and certificates last. */
export function contentProblem(
  context: BlockContext,
  owned: OwnedName,
  host: string,
  content: Content,
): Refusal | undefined {
  const { parameters } = context
  const { ttlSeconds, servers, services, recordSets } = content
  if (!isTtlAllowed(ttlSeconds, parameters)) return 'ttl-out-of-range'
  const place = { host, hasServers: servers.length > 0 }
  return (
    servicesProblem(services, place) ??
    recordSetsProblem(recordSets, place, parameters) ??
    newServersProblem(context, owned, host, servers) ??
    (showsRegistered(servers, owned.registration.certificateInformation) ? undefined : 'certificate-not-as-registered')
  )
}

/** Why servers cannot be published at a host, or undefined. */
export function newServersProblem(
  { chainId, timeMs }: BlockContext,
  { entry: { name }, registration }: OwnedName,
  host: string,
  servers: readonly Server[],
): Refusal | undefined {
  const hostKeyMessage = hostKeyBytes(chainId, name, host, registration.primaryKey)
  return serversProblem(servers, { fullHost: hostName(host, name), hostKeyMessage, timeMs })
}

/** Whether a server shows the certificate that the registration named, if it named one. */
function showsRegistered(servers: readonly Server[], information: CertificateInformation | undefined): boolean {
  if (information === undefined) return true
  return servers.some(({ certificate: der }) => {
    if (der === undefined || !equalBytes(sha256(der), information.digest)) return false
    const certificate = tryReadCertificate(der)
    return typeof certificate !== 'string' && isSignedBy(certificate, information.issuerKey)
  })
}
