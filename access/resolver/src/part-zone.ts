import { encodeRecords, NO_OWNER, type Owner, setTtl, ttlOf, type Zone } from '@cresset/dns-server'
import { parentName, RecordType } from '@cresset/dns-wire'
import type { ProvenPart } from './proven-part.ts'

interface Node {
  readonly name: Uint8Array
  readonly records: Map<number, Uint8Array>
  children: number
}

const keyOf = (name: Uint8Array): string => String.fromCharCode(...name)

/** A zone as far as one owner's questions reach into it, in the form that `answer` reads. Time to live counts from the proof on. */
export class PartZone implements Zone {
  readonly apex: Uint8Array
  readonly apexOwner: Owner
  readonly #nodes: Node[] = []
  readonly #owners = new Map<string, Owner>()
  readonly #ageSeconds: number
  readonly #onExpired: () => never

  /** `onExpired` is called for records that have outlived their time, and throws. */
  constructor(part: ProvenPart, ageSeconds: number, onExpired: () => never) {
    this.apex = part.zone.apex
    this.#ageSeconds = ageSeconds
    this.#onExpired = onExpired
    this.apexOwner = this.#add(this.apex)
    for (const rrset of part.rrsets) this.#node(this.#ensure(rrset.owner)).records.set(rrset.type, encodeRecords(rrset))
    for (const owner of part.otherOwners) this.#ensure(owner)
  }

  find(bytes: Uint8Array, offset: number): Owner {
    let end = offset
    while (bytes[end] !== 0) end += 1 + (bytes[end] as number)
    return this.#owners.get(keyOf(bytes.subarray(offset, end + 1))) ?? NO_OWNER
  }

  findWildcard(owner: Owner): Owner {
    return this.#owners.get(`\x01*${keyOf(this.#node(owner).name)}`) ?? NO_OWNER
  }

  childCount(owner: Owner): number {
    return this.#node(owner).children
  }

  types(owner: Owner): readonly number[] {
    return [...this.#node(owner).records.keys()].sort((a, b) => a - b)
  }

  rrset(owner: Owner, type: number): Uint8Array | undefined {
    const found = this.#node(owner).records.get(type)
    return found && this.#aged(found, type)
  }

  get isServable(): boolean {
    return true
  }

  get compact(): undefined {
    return undefined
  }

  get chain(): undefined {
    return undefined
  }

  signatures(): undefined {
    return undefined
  }

  #aged(records: Uint8Array, type: number): Uint8Array {
    if (this.#ageSeconds === 0) return records
    const copy = records.slice()
    const left = ttlOf(copy) - this.#ageSeconds
    // Each answer looks at the SOA; whether a denial is too old is decided once the answer is there.
    if (left <= 0 && type !== RecordType.SOA) this.#onExpired()
    setTtl(copy, Math.max(0, left))
    return copy
  }

  #ensure(name: Uint8Array): Owner {
    const known = this.#owners.get(keyOf(name))
    if (known !== undefined) return known
    const parent = this.#ensure(parentName(name) as Uint8Array)
    this.#node(parent).children += 1
    return this.#add(name)
  }

  #add(name: Uint8Array): Owner {
    const owner = this.#nodes.length
    this.#nodes.push({ name, records: new Map(), children: 0 })
    this.#owners.set(keyOf(name), owner)
    return owner
  }

  #node(owner: Owner): Node {
    return this.#nodes[owner] as Node
  }
}
