import { createHash } from 'node:crypto'
import { parseBase32Hex, RecordType, readUint16 } from '@cresset/dns-wire'
import { rdatasOf } from '../records.ts'
import type { ChainLink, DenialChain, Owner } from '../zone-source.ts'
import type { ByteArena } from './byte-arena.ts'
import { canonicalKey } from './canonical-key.ts'
import { OrderedIndex } from './ordered-index.ts'
import { type RrsetTable, SIGNATURES } from './rrset-table.ts'

/** RFC 5155 section 11: the only hash that is defined. */
const SHA1 = 1
const SHA1_BYTES = 20

/** The NSEC records of a zone in canonical order (RFC 4034 section 4.1). */
export class NsecChain implements DenialChain {
  readonly kind = 'nsec'
  readonly #table: RrsetTable
  readonly #signatures: (owner: Owner) => Uint8Array | undefined
  readonly #index: OrderedIndex

  /** `signatures`: over the NSEC record of an owner. */
  constructor(
    table: RrsetTable,
    arena: ByteArena,
    signatures: (owner: Owner) => Uint8Array | undefined,
    from?: NsecChain,
  ) {
    this.#table = table
    this.#signatures = signatures
    this.#index = new OrderedIndex(arena, from === undefined ? undefined : from.#index)
  }

  /** The owner whose link is before that of the name, or behind it, around the ends. */
  neighbour(side: 'before' | 'after', name: Uint8Array): Owner | undefined {
    return this.#index.neighbour(side, canonicalKey(name))
  }

  add(owner: Owner): void {
    this.#index.set(canonicalKey(this.#table.owners.name(owner)), owner)
  }

  delete(owner: Owner): void {
    this.#index.delete(canonicalKey(this.#table.owners.name(owner)))
  }

  find(name: Uint8Array): ChainLink | undefined {
    // The apex is before every name of its zone, so there is one unless the chain is not whole.
    const found = this.#index.floor(canonicalKey(name))
    if (found === undefined) return undefined
    const { value: owner, isMatch } = found
    const records = this.#table.get(owner, RecordType.NSEC) as Uint8Array
    return { name: this.#table.owners.name(owner), records, signatures: this.#signatures(owner), isMatch }
  }
}

/**
 * The NSEC3 records of a zone by hash. While parameters are changed there are two chains; the parameters stand before the hash in the
 * index, so that each is in one piece.
 */
export class Nsec3Links {
  readonly #table: RrsetTable
  readonly #index: OrderedIndex

  constructor(table: RrsetTable, arena: ByteArena, from?: Nsec3Links) {
    this.#table = table
    this.#index = new OrderedIndex(arena, from === undefined ? undefined : from.#index)
  }

  add(owner: Owner): void {
    for (const key of this.#keys(owner)) this.#index.set(key, owner)
  }

  delete(owner: Owner): void {
    for (const key of this.#keys(owner)) this.#index.delete(key)
  }

  /** The chain with the parameters of an NSEC3PARAM RRset, of which it takes the first with a hash that it knows. */
  chain(parameters: Uint8Array): DenialChain | undefined {
    for (const rdata of rdatasOf(parameters)) {
      // RFC 5155 section 4.1.2: flags that are not defined make a record that counts for nothing.
      if (rdata[0] !== SHA1 || rdata[1] !== 0) continue
      const own = parametersOf(rdata)
      return { kind: 'nsec3', find: (name) => this.#find(own, hashName(name, own)) }
    }
    return undefined
  }

  #find(parameters: Uint8Array, hash: Uint8Array): ChainLink | undefined {
    const key = new Uint8Array(parameters.length + SHA1_BYTES)
    key.set(parameters)
    key.set(hash, parameters.length)
    let found = this.#index.floor(key)
    if (found === undefined || !startsWith(this.#index.floorKey(key), parameters)) {
      // Before the first one: the last one's span goes around to it.
      key.fill(0xff, parameters.length)
      found = this.#index.floor(key)
      if (found === undefined || !startsWith(this.#index.floorKey(key), parameters)) return undefined
      found = { value: found.value, isMatch: false }
    }
    const { value: owner, isMatch } = found
    const table = this.#table
    return {
      name: table.owners.name(owner),
      records: table.get(owner, RecordType.NSEC3) as Uint8Array,
      signatures: table.get(owner, SIGNATURES + RecordType.NSEC3),
      isMatch,
    }
  }

  #keys(owner: Owner): Uint8Array[] {
    const hash = hashOfOwner(this.#table.owners.name(owner))
    const records = this.#table.get(owner, RecordType.NSEC3)
    if (hash === undefined || records === undefined) return []
    return rdatasOf(records).map((rdata) => Uint8Array.of(...parametersOf(rdata), ...hash))
  }
}

/** Hash algorithm, iterations and salt of the RDATA of an NSEC3 or NSEC3PARAM. */
function parametersOf(rdata: Uint8Array): Uint8Array {
  const saltEnd = 5 + (rdata[4] as number)
  return Uint8Array.of(rdata[0] as number, ...rdata.subarray(2, saltEnd))
}

/** The hash that the first label of an NSEC3 record's owner writes; undefined when it writes none. */
export function hashOfOwner(name: Uint8Array): Uint8Array | undefined {
  const label = String.fromCharCode(...name.subarray(1, 1 + (name[0] as number)))
  const hash = parseBase32Hex(label)
  return hash?.length === SHA1_BYTES ? hash : undefined
}

/** RFC 5155 section 5. `parameters` as `parametersOf` has them. */
function hashName(name: Uint8Array, parameters: Uint8Array): Uint8Array {
  const salt = parameters.subarray(4)
  let digest = createHash('sha1').update(name).update(salt).digest()
  for (let left = readUint16(parameters, 1); left > 0; left--)
    digest = createHash('sha1').update(digest).update(salt).digest()
  return digest
}

function startsWith(key: Uint8Array | undefined, prefix: Uint8Array): boolean {
  return key !== undefined && Buffer.compare(key.subarray(0, prefix.length), prefix) === 0
}
