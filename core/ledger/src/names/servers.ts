import { checkPublishedCertificate } from '@cresset/core-certificates'
import { asciiText, hash32, versioned } from '@cresset/core-codec'
import { accountOf, checkSignature, type PublicKey, publicKeyProblem, signingBytes } from '@cresset/core-crypto'
import type { Server, Service } from '../actions.ts'
import type { Refusal } from '../codes.ts'
import { isUsableAddress } from './address.ts'
import { hasTwins } from './record-sets.ts'

const hostKeyCodec = versioned(1, {
  name: asciiText({ maxBytes: 64 }),
  host: asciiText({ maxBytes: 253 }),
  /** Account of the primary key. */
  owner: hash32,
})

/** What the holder of a host key signs: that the key may be published for this host by this owner. */
export function hostKeyBytes(chainId: string, name: string, host: string, primaryKey: PublicKey): Uint8Array {
  return signingBytes('host-key', chainId, hostKeyCodec.encode({ name, host, owner: accountOf(primaryKey) }))
}

/** Why servers cannot be published, or undefined. `fullHost` is the host's full name. */
export function serversProblem(
  servers: readonly Server[],
  { fullHost, hostKeyMessage, timeMs }: { fullHost: string; hostKeyMessage: Uint8Array; timeMs: number },
): Refusal | undefined {
  for (const { addresses, publicKey, keyProof, certificate } of servers) {
    if (!addresses.every(isUsableAddress)) return 'address-bad'
    if (hasTwins(addresses)) return 'address-twice'
    if (publicKeyProblem(publicKey) !== undefined) return 'host-key-bad'
    if (!checkSignature(publicKey, hostKeyMessage, keyProof)) return 'host-key-proof-bad'
    if (certificate === undefined) continue
    const problem = checkPublishedCertificate({ certificate, key: publicKey, host: fullHost, blockTimeMs: timeMs })
    if (problem !== undefined) return problem
  }
  return undefined
}

/** TLSA and HTTPS records stand below the host, where those of a wildcard would not be found. */
export function servicesProblem(
  services: readonly Service[],
  { host, hasServers }: { readonly host: string; readonly hasServers: boolean },
): Refusal | undefined {
  if (services.length > 0 && (!hasServers || host.startsWith('*'))) return 'service-bad'
  for (const [index, { port, protocol, web }] of services.entries()) {
    if (port === 0 || (web && protocol !== 'tcp')) return 'service-bad'
    const first = services.findIndex((other) => other.port === port && other.protocol === protocol)
    if (first !== index) return 'service-twice'
  }
  return undefined
}
