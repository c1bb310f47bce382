import { equalBytes, toHex } from '@cresset/core-codec'
import type { SyncSigner } from '@cresset/core-crypto'
import {
  activeZoneKeys,
  type ListedZoneKey,
  readNode,
  readZoneKeys,
  type StateView,
  type ZoneKeySet,
  zoneDnskeyRdata,
} from '@cresset/core-ledger'
import type { LiveSigningOptions, ZoneKey } from '@cresset/dns-server'
import { DnskeyFlag, keyTag } from '@cresset/dns-wire'

/** Who signs a zone, as the ledger has it at a block. */
export interface ZoneSigners {
  readonly set: ZoneKeySet
  /** Names of the nodes whose keys sign. */
  readonly nodes: ReadonlySet<string>
  readonly active: readonly ListedZoneKey[]
  /** Block time from which on others may sign too. */
  readonly nextMs: number | undefined
}

/** Undefined for a zone that is not signed. */
export function readZoneSigners(view: StateView, zone: string, timeMs: number): ZoneSigners | undefined {
  const set = readZoneKeys(view, zone)?.set
  if (set === undefined) return undefined
  const { keys: active, nextMs } = activeZoneKeys(set, timeMs)
  const nodes = new Set(active.flatMap(({ node }) => (node && readNode(view, node)?.name) ?? []))
  return { set, nodes, active, nextMs }
}

/** True when another set of records, or other keys, are to be served. */
export function isSameSigning(a: ZoneSigners | undefined, b: ZoneSigners | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return signingText(a) === signingText(b)
}

function signingText({ set, active, nodes }: ZoneSigners): string {
  const lists = [set.keys.map(({ dnskey }) => dnskey), set.signatures, active.map(({ dnskey }) => dnskey)]
  return [set.ttlSeconds, ...lists.map((list) => list.map(toHex).join()), [...nodes].join()].join(' ')
}

/** How a node with these keys signs the zone; undefined when none of them may: then it must not answer for it. */
export function signingBy(
  { set, active }: ZoneSigners,
  own: readonly ZoneKey[],
  nowSeconds: () => number,
): LiveSigningOptions | undefined {
  const keys = own.filter(({ dnskey }) => active.some((listed) => equalBytes(listed.dnskey, dnskey)))
  // The newest alone: the others are on their way out.
  const newest = keys.at(-1)
  if (newest === undefined) return undefined
  return {
    keys: [newest],
    dnskeys: { ttl: set.ttlSeconds, rdatas: set.keys.map(({ dnskey }) => dnskey) },
    dnskeySignatures: set.signatures,
    nowSeconds,
  }
}

/** A node's DNS key as a zone signing key. */
export function zoneKeyOfSigner(signer: SyncSigner): ZoneKey {
  const dnskey = zoneDnskeyRdata(signer.publicKey, DnskeyFlag.ZONE)
  return {
    algorithm: dnskey[3] as number,
    flags: DnskeyFlag.ZONE,
    dnskey,
    tag: keyTag(dnskey),
    sign: (bytes) => signer.signSync(bytes),
    signLater: async (bytes) => signer.signSync(bytes),
  }
}
