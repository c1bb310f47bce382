import { concatBytes } from '@cresset/core-codec'
import { type KeyPair, signSync } from '@cresset/core-crypto'
import {
  DnskeyFlag,
  keyTag,
  parseAbsoluteName,
  RecordType,
  rrsigHead,
  rrsigLabels,
  rrsigSignedBytes,
} from '@cresset/dns-wire'
import type { ActionBody } from '../actions.ts'
import type { Code } from '../codes.ts'
import type { LedgerChange } from '../membership/change.ts'
import { zoneKeysBytes } from '../zone-keys/statement.ts'
import { zoneDnskeyRdata } from '../zone-keys/zone-dnskey.ts'
import { newNode, nodeKeysNamed, pass } from './membership.ts'
import { keyPairFor, Scenario } from './scenario.ts'

export type ZoneKeysBody = ActionBody<'setZoneKeys'>

export const testZone = 'acme'
export const anchorFlags: number = DnskeyFlag.ZONE | DnskeyFlag.SEP
export const revokedFlags: number = anchorFlags | DnskeyFlag.REVOKE
const ttlSeconds = 600
const daySeconds = 86_400

export const dnskeyOf = ({ publicKey }: KeyPair, flags: number): Uint8Array => zoneDnskeyRdata(publicKey, flags)

export function settingAnchors(anchors: readonly KeyPair[], zone = testZone): LedgerChange {
  return { kind: 'setZoneAnchors', body: { zone, anchors: anchors.map(({ publicKey }) => publicKey) } }
}

export interface SigningOptions {
  zone?: string
  ttlSeconds?: number
  /** Seconds from now. */
  from?: number
  until?: number
  flags?: number
}

/** RDATA of an RRSIG by an anchor over the records. */
export function signKeys(
  ledger: Scenario,
  by: KeyPair,
  keys: readonly Uint8Array[],
  options: SigningOptions = {},
): Uint8Array {
  const now = Math.floor(ledger.timeMs / 1_000)
  const owner = parseAbsoluteName(options.zone ?? testZone)
  const ttl = options.ttlSeconds ?? ttlSeconds
  const head = rrsigHead({
    typeCovered: RecordType.DNSKEY,
    algorithm: keys[0]?.[3] as number,
    labels: rrsigLabels(owner),
    originalTtl: ttl,
    inception: now + (options.from ?? -3_600),
    expiration: now + (options.until ?? 14 * daySeconds),
    keyTag: keyTag(dnskeyOf(by, options.flags ?? anchorFlags)),
    signer: owner,
  })
  const rrset = { owner, type: RecordType.DNSKEY, ttl, rdatas: [...keys] }
  return concatBytes(head, signSync(by, rrsigSignedBytes(head, rrset)))
}

/** A set of keys, signed and authorized by an anchor. */
export function zoneKeys(
  ledger: Scenario,
  by: KeyPair,
  keys: readonly Uint8Array[],
  { revision = 1, ...change }: Partial<ZoneKeysBody> & { revision?: number } = {},
): ZoneKeysBody {
  const zone = change.zone ?? testZone
  const set = { zone, ttlSeconds: change.ttlSeconds ?? ttlSeconds, keys: [...keys] }
  return {
    ...set,
    signatures: [signKeys(ledger, by, keys, set)],
    authorization: signSync(by, zoneKeysBytes(ledger.chainId, { ...set, revision })),
    ...change,
  }
}

export interface SignableLedger {
  readonly ledger: Scenario
  readonly anchor: KeyPair
  /** DNS keys of the nodes north and south. */
  readonly nodeKeys: readonly [KeyPair, KeyPair]
  /** Records of the anchor and of north's key. */
  readonly dnskeys: readonly Uint8Array[]
}

/** Two nodes with DNS keys, and an anchor that the members agreed on. */
export function signableLedger(): SignableLedger {
  const ledger = new Scenario()
  for (const name of ['north', 'south']) pass(ledger, newNode(ledger, name))
  const anchor = keyPairFor('anchor')
  pass(ledger, settingAnchors([anchor]))
  const nodeKeys = [nodeKeysNamed('north').dns, nodeKeysNamed('south').dns] as const
  return { ledger, anchor, nodeKeys, dnskeys: [dnskeyOf(anchor, anchorFlags), dnskeyOf(nodeKeys[0], DnskeyFlag.ZONE)] }
}

export function setKeys(ledger: Scenario, body: ZoneKeysBody): Code {
  return ledger.run('carol', { kind: 'setZoneKeys', body })
}
