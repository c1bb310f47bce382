import { authorityPathLengths, authorityProblem, tryReadCertificate } from '@cresset/core-certificates'
import { sha256 } from '@cresset/core-crypto'
import { domainCertificateEntry } from '../entries/delegation.ts'
import { nameEntry } from '../entries/name.ts'
import { findNameOfSigner } from '../names/owned-name.ts'
import { succeed } from '../names/succeed.ts'
import { stateKeys } from '../state-keys.ts'
import type { Operation } from './operation.ts'

/**
 * Gives a name the certificate of its own authority, or takes it away. Who issued it is not asked: the primary key's signature is
 * what vouches for it here, and clients judge the chain above it.
 */
export const setDomainCertificate: Operation<'setDomainCertificate'> = (context, prepared, { name, certificate }) => {
  const owned = findNameOfSigner(context, prepared, name)
  if (typeof owned === 'string') return owned
  const { entry, registration } = owned
  if (certificate === undefined && registration.domainCertificate === undefined) return 'domain-certificate-absent'
  if (certificate !== undefined) {
    const read = tryReadCertificate(certificate)
    if (typeof read === 'string') return 'authority-malformed'
    const requirement = { subtree: name, pathLength: authorityPathLengths.domain, blockTimeMs: context.timeMs }
    const problem = authorityProblem(read, requirement)
    if (problem !== undefined) return problem
  }

  const { state, height } = context
  const key = stateKeys.domainCertificate(name)
  const digest = certificate === undefined ? undefined : sha256(certificate)
  if (certificate === undefined) state.remove(domainCertificateEntry, key)
  else state.put(domainCertificateEntry, key, { name, height, certificate })
  const next = succeed(context, entry, {
    registration: { ...registration, domainCertificate: digest },
    freeAtLedgerMs: 0,
  })
  state.put(nameEntry, stateKeys.name(name), next)
  // TLSA records of its hosts name it.
  context.changedNames.add(name)
  if (digest === undefined) context.events.push({ kind: 'domainCertificateEnded', body: { name } })
  else context.events.push({ kind: 'domainCertificateSet', body: { name, digest } })
  return 'ok'
}
