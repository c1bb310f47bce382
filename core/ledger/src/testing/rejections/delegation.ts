import type { Action } from '../../actions.ts'
import type { Code } from '../../codes.ts'
import type { DelegationContent } from '../../delegation/delegation.ts'
import {
  authorityKey,
  brokenAuthorities,
  delegating,
  makeAuthority,
  makeDelegated,
  ownerOf,
  register,
  Scenario,
  settingCertificate,
  settingEncryptionKey,
  takingBack,
} from '../index.ts'
import type { Case } from './case.ts'

const name = 'shop.acme'

function owned(): Scenario {
  const ledger = new Scenario()
  register(ledger, 'alice', name)
  return ledger
}

function asOwner(ledger: Scenario, action: Action): Code {
  return ledger.run('alice', action, { cosigners: [ownerOf(name)] })
}

function delegated(content: Partial<DelegationContent>, host = 't'): Code {
  return asOwner(owned(), delegating(name, host, content))
}

const ipv4 = Uint8Array.of(192, 0, 2, 1)

/** Sets a domain certificate that breaks the rule with this code. */
async function broken(code: Code): Promise<Code> {
  const ledger = owned()
  const options = brokenAuthorities(name, 1)[code as keyof ReturnType<typeof brokenAuthorities>]
  if (options === undefined) throw new Error(`nothing breaks ${code}`)
  return asOwner(ledger, settingCertificate(name, await makeAuthority(ledger, name, options)))
}

export const delegationCases = {
  'authority-malformed': () => asOwner(owned(), settingCertificate(name, Uint8Array.of(0x30, 0))),
  'authority-not-ca': () => broken('authority-not-ca'),
  'authority-key-usage': () => broken('authority-key-usage'),
  'authority-path-length': () => broken('authority-path-length'),
  'authority-unconstrained': () => broken('authority-unconstrained'),
  'authority-subtree': () => broken('authority-subtree'),
  'authority-addresses': () => broken('authority-addresses'),
  'authority-critical-extension': () => broken('authority-critical-extension'),
  'authority-key-unknown': async () => {
    const ledger = owned()
    const der = await makeAuthority(ledger, name)
    // id-ecPublicKey with the curve P-256, ending in 7: P-256 becomes a curve that nobody has.
    const curve = [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]
    const at = der.findIndex((_, index) => curve.every((byte, offset) => der[index + offset] === byte))
    return asOwner(ledger, settingCertificate(name, der.with(at + 7, 6)))
  },
  'authority-not-yet-valid': () => broken('authority-not-yet-valid'),
  'authority-expired': () => broken('authority-expired'),
  'authority-not-from-domain': async () => {
    const ledger = owned()
    const above = await makeAuthority(ledger, name)
    asOwner(ledger, settingCertificate(name, await makeAuthority(ledger, name, { key: authorityKey('another') })))
    const certificate = await makeDelegated(ledger, `t.${name}`, above)
    return asOwner(ledger, delegating(name, 't', { certificate }))
  },
  'domain-certificate-absent': () => asOwner(owned(), settingCertificate(name, undefined)),
  'delegation-place': () => delegated({}, '_tcp'),
  'delegation-unknown': () => asOwner(owned(), takingBack(name, 't')),
  'too-many-delegations': () => {
    const ledger = owned()
    const codes = Array.from({ length: 17 }, (_, index) => asOwner(ledger, delegating(name, `t${index}`)))
    return codes.slice(0, 16).every((code) => code === 'ok') ? (codes[16] as Code) : 'ok'
  },
  'name-server-bad': () => delegated({ servers: [{ name: 'ns.example.', addresses: [] }] }),
  'name-server-twice': () => {
    const server = { name: 'ns.example', addresses: [] }
    return delegated({ servers: [server, server] })
  },
  'glue-missing': () => delegated({ servers: [{ name: `ns.t.${name}`, addresses: [] }] }),
  'glue-foreign': () => delegated({ servers: [{ name: `ns.xt.${name}`, addresses: [ipv4] }] }),
  'delegation-signer-bad': () => delegated({ signers: [Uint8Array.of(0, 1, 13, 2, 0)] }),
  'update-key-bad': () => delegated({ updateKey: Uint8Array.of(1, ...new Uint8Array(32)) }),
  'encryption-key-bad': () => asOwner(owned(), settingEncryptionKey(name, new Uint8Array(32))),
  'encryption-key-absent': () => asOwner(owned(), settingEncryptionKey(name, undefined)),
} as const satisfies Record<string, Case>
