import { concatBytes } from '@cresset/core-codec'
import type { NaiveBody } from '../naive-ledger/transaction.ts'
import { nextRevision, zoneKeysText } from '../naive-ledger/zone-keys.ts'
import {
  headBytes,
  nameBytes,
  signatureHeadOver,
  signedKeys,
  tagOf,
  zoneKeyData,
} from '../naive-ledger/zone-records.ts'
import { historyChainId, otherChainId } from './genesis.ts'
import type { ZoneKeyPlan, ZoneKeysPlan, ZoneSignaturePlan } from './history.ts'
import { keyNamed } from './keys.ts'
import { signPlainly } from './sign.ts'
import type { Surroundings } from './transactions.ts'

/** Number of points on P-256 (FIPS 186-5). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

export function zoneKeysBody(plan: ZoneKeysPlan, at: Surroundings): NaiveBody<'setZoneKeys'> {
  const { zone, ttl } = plan
  const keys = plan.keys.map(keyData)
  const entry = at.zoneKeysOf(zone)
  const signatures = plan.signatures.flatMap((signature) => {
    if (!('again' in signature)) return [signatureData(signature, { zone, ttl, keys, at })]
    const known = entry?.set?.signatures ?? []
    return known.length === 0 ? [] : [known[signature.again % known.length] as Uint8Array]
  })
  const { by, revision = 0, wrong } = plan.authorization ?? {}
  const chain = wrong === 'chain' ? otherChainId : historyChainId
  const text = zoneKeysText(chain, { zone, ttl, keys }, Math.max(0, nextRevision(entry) + revision))
  const authorization = by === undefined ? undefined : signPlainly(keyNamed(by), text)
  // A plan cut short can be left without signatures, of which the form asks one.
  return { zone, ttl, keys, signatures: signatures.length > 0 ? signatures : [Uint8Array.of(0)], authorization }
}

function keyData([name, flags, wrong]: ZoneKeyPlan): Uint8Array {
  const data = zoneKeyData(keyNamed(name).publicKey, flags)
  switch (wrong) {
    case 'protocol':
      return data.with(2, 2)
    case 'algorithm':
      return data.with(3, 8)
    case 'point':
      return data.fill(0xff, 4)
    // Half of it differs, so that a P-256 key keeps its x.
    case 'other-point':
      return data.with(data.length - 1, (data[data.length - 1] as number) ^ 1)
    case 'short':
      return data.length > 36 ? data.subarray(0, data.length - 1) : concatBytes(data, Uint8Array.of(0))
    default:
      return data
  }
}

function signatureData(
  plan: Exclude<ZoneSignaturePlan, { again: number }>,
  { zone, ttl, keys, at }: { zone: string; ttl: number; keys: Uint8Array[]; at: Surroundings },
): Uint8Array {
  const { by, flags, fromSeconds, untilSeconds, wrong } = plan
  const pair = keyNamed(by)
  const own = zoneKeyData(pair.publicKey, flags)
  const now = Math.floor(at.blockTimeMs / 1_000)
  const inCircle = (seconds: number): number => (((now + seconds) % 2 ** 32) + 2 ** 32) % 2 ** 32
  const head = signatureHeadOver(zone, {
    algorithm: (own[3] as number) ^ (wrong === 'algorithm' ? 1 : 0),
    ttl: wrong === 'ttl' ? (ttl + 1) % 2 ** 32 : ttl,
    expiration: inCircle(untilSeconds),
    inception: inCircle(fromSeconds),
    tag: tagOf(own) ^ (wrong === 'tag' ? 1 : 0),
  })
  if (wrong === 'covered') head.covered = 6
  if (wrong === 'labels') head.labels--
  if (wrong === 'signer') head.signer = nameBytes(`${zone}x`)
  // A letter of the first label.
  if (wrong === 'case') head.signer = head.signer.map((byte, index) => (index === 1 ? byte & ~0x20 : byte))
  const start = headBytes(head)
  const signed = signedKeys(zone, ttl, keys, start)
  // Without the first key it covers another set.
  const signature = signPlainly(pair, wrong === 'fewer' ? signedKeys(zone, ttl, keys.slice(1), start) : signed)
  if (wrong === 'bit') signature[40] = (signature[40] as number) ^ 1
  const whole = concatBytes(start, plan.isHigh ? highSignature(signature, own) : signature)
  return wrong === 'cut' ? whole.subarray(0, whole.length - 1) : wrong === 'stub' ? whole.subarray(0, 1) : whole
}

/** The other of two signatures that hold alike. */
function highSignature(signature: Uint8Array, own: Uint8Array): Uint8Array {
  if (own[3] !== 13) return signature
  const s = order - signature.subarray(32).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  const half = Uint8Array.from({ length: 32 }, (_, at) => Number((s >> BigInt(8 * (31 - at))) & 255n))
  return concatBytes(signature.subarray(0, 32), half)
}
