import { buildCertificate, buildDistinguishedName, extensionBuilders } from '@cresset/core-certificates'
import { concatBytes, fromHex, utf8 } from '@cresset/core-codec'
import { keyPairSigner, sha256 } from '@cresset/core-crypto'
import type { NaiveBody } from '../naive-ledger/transaction.ts'
import { genesisTimeMs } from './genesis.ts'
import type { AuthorityPlan, DelegationPlan } from './history.ts'
import { keyNamed } from './keys.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const made = new Map<string, Promise<Uint8Array>>()

export async function authorityFor(plan: AuthorityPlan): Promise<Uint8Array> {
  const words = JSON.stringify(plan)
  const certificate = made.get(words) ?? makeAuthority(plan)
  made.set(words, certificate)
  const der = await certificate
  if (plan.wrong === 'curve') return withUnknownCurve(der)
  return plan.damage ? der.with(10, (der[10] as number) ^ 0x41) : der
}

function makeAuthority(plan: AuthorityPlan): Promise<Uint8Array> {
  const { basicConstraints, keyUsage, nameConstraints, subjectKeyIdentifier, keyIdentifierOf } = extensionBuilders
  const { key, subtree, pathLength, issuer, wrong, fromMs = 0, lifetimeMs = 90 * dayMs } = plan
  const pair = keyNamed(key)
  const signer = keyNamed(wrong === 'signature' ? 'h3' : (issuer?.key ?? key))
  const name = (of: string): Uint8Array => buildDistinguishedName({ commonName: of })
  const zone = subtree.slice(subtree.indexOf('.') + 1)
  const permitted = { wider: [zone], two: [subtree, zone] }[wrong as string] ?? [subtree]
  const notBeforeMs = genesisTimeMs + fromMs - hourMs
  return buildCertificate(
    {
      serial: sha256(utf8(JSON.stringify(plan))).slice(0, 16),
      issuer: name(issuer?.subtree ?? subtree),
      subject: name(subtree),
      notBeforeMs,
      notAfterMs: notBeforeMs + lifetimeMs,
      publicKey: pair.publicKey,
      extensions: [
        wrong === 'leaf'
          ? basicConstraints({ isAuthority: false })
          : basicConstraints(pathLength === undefined ? { isAuthority: true } : { isAuthority: true, pathLength }),
        wrong === 'usage' ? keyUsage('digitalSignature') : keyUsage('keyCertSign'),
        ...(wrong === 'unconstrained'
          ? []
          : [wrong === 'addresses' ? permittedOnly(subtree) : nameConstraints(permitted)]),
        ...(wrong === 'critical' ? [unknownExtension] : []),
        subjectKeyIdentifier(keyIdentifierOf(pair.publicKey)),
      ],
    },
    keyPairSigner(signer),
  )
}

/** Short enough for one byte of length. */
function element(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts)
  return concatBytes(Uint8Array.of(tag, content.length), content)
}

const critical = Uint8Array.of(1, 1, 0xff)

/** Critical name constraints that permit the subtree and exclude nothing. */
function permittedOnly(subtree: string): Uint8Array {
  const permitted = element(0xa0, element(0x30, element(0x82, utf8(subtree))))
  return element(0x30, Uint8Array.of(6, 3, 0x55, 0x1d, 0x1e), critical, element(4, element(0x30, permitted)))
}

/** 1.2.3.4 */
const unknownExtension = element(0x30, Uint8Array.of(6, 3, 0x2a, 3, 4), critical, element(4, Uint8Array.of(5, 0)))

/** P-256 becomes a curve that nobody has; an Ed25519 key stays. */
function withUnknownCurve(der: Uint8Array): Uint8Array {
  const p256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]
  const at = der.findIndex((_, index) => p256.every((byte, offset) => der[index + offset] === byte))
  return at < 0 ? der : der.with(at + 7, 6)
}

export async function delegationBody({ name, host, to }: DelegationPlan): Promise<NaiveBody<'setDelegation'>> {
  if (to === undefined) return { name, host, delegation: undefined }
  const { ttl, servers, signers = [], updateKey, wrong, certificate } = to
  const key = updateKey === undefined ? undefined : keyNamed(updateKey).publicKey
  const delegation = {
    ttl,
    servers: servers.map(([server, addresses]) => ({ name: server, addresses: addresses.map((hex) => fromHex(hex)) })),
    signers: signers.map((hex) => fromHex(hex)),
    // A point that is not on the curve, or not canonical, with the right tag and length.
    updateKey: wrong === 'update-key' ? key?.map((byte, index) => (index === 0 ? byte : 0xff)) : key,
    certificate: certificate && (await authorityFor(certificate)),
  }
  return { name, host, delegation }
}
