import { buildSelfSignedHostCertificate } from '@cresset/core-certificates'
import { toHex, utf8 } from '@cresset/core-codec'
import { type KeyPair, keyPairSigner, sha256, signSync } from '@cresset/core-crypto'
import type { Action, ActionBody, RecordSet, Server } from '../actions.ts'
import type { Code } from '../codes.ts'
import { hostKeyBytes } from '../names/servers.ts'
import { ownerOf } from './registrations.ts'
import { keyPairFor, type Scenario, type TransactionOptions } from './scenario.ts'

export type PublishBody = ActionBody<'publish'>

export interface ServerOptions {
  key?: KeyPair
  owner?: KeyPair
  addresses?: number[][]
  certificate?: Uint8Array
}

const proofs = new Map<string, Uint8Array>()

/** Signed once for each statement: histories publish the same few servers again and again, and P-256 takes long to sign. */
function prove(key: KeyPair, message: Uint8Array): Uint8Array {
  const id = toHex(sha256(key.publicKey, message))
  const proof = proofs.get(id) ?? signSync(key, message)
  proofs.set(id, proof)
  return proof
}

/** A server with one address, whose key proves that it belongs to the host. */
export function makeServer(ledger: Scenario, name: string, host: string, options: ServerOptions = {}): Server {
  const key = options.key ?? keyPairFor(`host ${host}.${name}`, 'p256')
  const owner = options.owner ?? ownerOf(name)
  return {
    addresses: (options.addresses ?? [[127, 0, 0, 1]]).map((bytes) => Uint8Array.from(bytes)),
    publicKey: key.publicKey,
    keyProof: prove(key, hostKeyBytes(ledger.chainId, name, host, owner.publicKey)),
    certificate: options.certificate,
    weight: 1,
  }
}

/** A self-signed leaf of a host's key. */
export function makeCertificate(
  ledger: Scenario,
  fullHost: string,
  options: { key: KeyPair; nowMs?: number; lifetimeMs?: number },
): Promise<Uint8Array> {
  const { key, nowMs = ledger.timeMs, lifetimeMs = 90 * 86_400_000 } = options
  const random = sha256(utf8(`serial ${fullHost}`)).slice(0, 16)
  return buildSelfSignedHostCertificate({ hosts: [fullHost], nowMs, lifetimeMs, random }, keyPairSigner(key))
}

export function publishing(name: string, host: string, content: Partial<PublishBody>): Action {
  const body = {
    name,
    host,
    ttlSeconds: undefined,
    servers: [],
    services: [],
    recordSets: [],
    keyOverlap: 'none' as const,
    ...content,
  }
  return { kind: 'publish', body }
}

/** Publishes with `payer` paying and the name's owner agreeing. */
export function publish(
  ledger: Scenario,
  payer: string,
  action: Action,
  options: TransactionOptions & { owner?: KeyPair } = {},
): Code {
  const { name } = action.body as PublishBody
  return ledger.run(payer, action, { cosigners: [options.owner ?? ownerOf(name)], ...options })
}

/** TXT with one string. */
export function textRecords(...texts: string[]): RecordSet {
  const data = texts.map((text) => Uint8Array.of(text.length, ...utf8(text)))
  return { type: 16, ttlSeconds: undefined, data }
}
