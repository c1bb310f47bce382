import type { PublicKey, Signer } from '@cresset/core-crypto'
import {
  type ActionBody,
  type HostPlace,
  hostKeyBytes,
  type KeyOverlap,
  keyOverlaps,
  type Server,
} from '@cresset/core-ledger'
import type { Client } from './client.ts'

export interface NewServer {
  /** 4 or 16 bytes each. */
  readonly addresses: readonly Uint8Array[]
  /** DER, with the host as dNSName and the key of `signer`. */
  readonly certificate?: Uint8Array
  readonly weight?: number
  /** Of the host's own key, which agrees to be published. */
  readonly signer: Signer
}

/** A server entry, with the proof that the holder of its key lets it be published for this host by this owner. */
export async function proveServer(
  client: Client,
  place: HostPlace,
  primaryKey: PublicKey,
  server: NewServer,
): Promise<Server> {
  return {
    addresses: [...server.addresses],
    publicKey: server.signer.publicKey,
    keyProof: await server.signer.sign(hostKeyBytes(client.chainId, place.name, place.host, primaryKey)),
    certificate: server.certificate,
    weight: server.weight ?? 1,
  }
}

export interface HostContent extends Partial<Pick<ActionBody<'publish'>, 'services' | 'recordSets' | 'ttlSeconds'>> {
  readonly servers?: readonly Server[]
  /** How long the keys that this replaces stay in DNS; long enough for the host's TTL when left out. `none` for a stolen key. */
  readonly keyOverlap?: KeyOverlap
}

/** The shortest overlap of old and new keys in which nobody meets a key that his resolver does not know: two times the TTL (RFC 7671). */
export function overlapFor(ttlSeconds: number): KeyOverlap {
  const found = keyOverlaps.find(([, ms]) => ms >= 2_000 * ttlSeconds)
  return (found ?? (keyOverlaps.at(-1) as (typeof keyOverlaps)[number]))[0]
}

/** Of ledgers that do not say otherwise. */
const usualTtlSeconds = 300

/** The action that replaces all of a host. */
export function publishAction({ name, host }: HostPlace, content: HostContent) {
  return {
    kind: 'publish' as const,
    body: {
      name,
      host,
      ttlSeconds: content.ttlSeconds,
      servers: [...(content.servers ?? [])],
      services: [...(content.services ?? [])],
      recordSets: [...(content.recordSets ?? [])],
      keyOverlap: content.keyOverlap ?? overlapFor(content.ttlSeconds ?? usualTtlSeconds),
    },
  }
}
