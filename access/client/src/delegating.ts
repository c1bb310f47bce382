import type { DelegationContent, HostPlace } from '@cresset/core-ledger'

export type NewDelegation = Pick<DelegationContent, 'servers'> & Partial<DelegationContent>

/** Hands a host and everything below it to other name servers; without content, takes it back. */
export function delegationAction({ name, host }: HostPlace, content?: NewDelegation) {
  const delegation = content && {
    ttlSeconds: content.ttlSeconds,
    servers: [...content.servers],
    signers: [...(content.signers ?? [])],
    updateKey: content.updateKey,
    certificate: content.certificate,
  }
  return { kind: 'setDelegation' as const, body: { name, host, delegation } }
}

/** Gives a name the certificate (DER) of its own authority; without one, takes it away. */
export function domainCertificateAction(name: string, certificate?: Uint8Array) {
  return { kind: 'setDomainCertificate' as const, body: { name, certificate } }
}

/** Says for which X25519 key others seal what only the name's owner shall read; without one, that there is none. */
export function encryptionKeyAction(name: string, key?: Uint8Array) {
  return { kind: 'setEncryptionKey' as const, body: { name, key } }
}
