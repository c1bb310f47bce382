import { encodeItem, type Item } from '@cresset/core-codec'
import { sha256, taggedHash } from '@cresset/core-crypto'
import { distinct } from './addresses.ts'
import { endTable } from './record-tables.ts'
import type { CertificateWish, NaiveDelegation, NaiveHost, NaiveName, NaiveState } from './state.ts'
import type { NaiveRecordSet, NaiveServer } from './transaction.ts'

/** The entries of names and hosts, whose hashes are their history: docs/protocol/ledger.md, "State". */

export function nameItem({ name, revision, predecessor, height, ownerships, ownership, freeAt }: NaiveName): Item {
  const registration: Item =
    ownership === undefined
      ? null
      : [
          ownership.primaryKey,
          ownership.height,
          ownership.ledgerTime,
          ownership.order,
          wishItem(ownership.certificate),
          [...ownership.hosts]
            .sort((a, b) => (a.host < b.host ? -1 : 1))
            .map(({ host, servers, kibibytes }) => [
              host,
              distinct(servers.flatMap(({ addresses }) => addresses)).length,
              kibibytes,
            ]),
          ownership.delegations.map(({ host }) => host).sort(),
          ownership.authority === undefined ? null : sha256(ownership.authority.der),
          ownership.encryptionKey ?? null,
        ]
  return [1, 14, name, revision, predecessor ?? null, height, ownerships, registration, freeAt]
}

export function hostItem(name: string, host: NaiveHost): Item {
  return [
    1,
    16,
    name,
    host.host,
    host.revision,
    host.predecessor ?? null,
    host.height,
    host.ttl ?? null,
    host.servers.map((server: NaiveServer) => [
      server.addresses,
      server.publicKey,
      server.keyProof,
      server.certificate ?? null,
      server.weight,
    ]),
    host.services.map(({ port, protocol, web }) => [port, protocol, web]),
    host.recordSets.map((set: NaiveRecordSet) => [set.type, set.ttl ?? null, set.data]),
    host.retiring.map(({ publicKey, until }) => [publicKey, until]),
  ]
}

export function delegationItem(name: string, delegation: NaiveDelegation): Item {
  const { host, revision, predecessor, height, ttl, servers, signers, updateKey, certificate } = delegation
  const content = [ttl ?? null, servers.map((server) => [server.name, server.addresses]), signers]
  return [1, 27, name, host, revision, predecessor ?? null, height, ...content, updateKey ?? null, certificate ?? null]
}

export function wishItem(wish: CertificateWish | undefined): Item {
  return wish === undefined ? null : [wish.issuerKey, wish.digest]
}

export function recordHash(item: Item): Uint8Array {
  return taggedHash('cresset/record/v1', encodeItem(item))
}

/** The entry of a name that had none. */
export function firstRecord(name: string, height: number): NaiveName {
  return { name, revision: 1, predecessor: undefined, height, ownerships: 0, ownership: undefined, freeAt: 0 }
}

/** The name's entry goes on from what it was before: to be called before a change. */
export function nextRevision(name: NaiveName, height: number): void {
  name.predecessor = recordHash(nameItem(name))
  name.revision++
  name.height = height
}

/** A name loses its owner, hosts, records, offers and deposit. */
export function recordEnd(state: NaiveState, name: NaiveName, height: number, freeAt: number): void {
  nextRevision(name, height)
  state.offers = state.offers.filter((offer) => offer.name !== name.name)
  endTable(state, name.name)
  name.ownership = undefined
  name.freeAt = freeAt
}
