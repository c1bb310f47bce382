import { childName } from '@cresset/dns-wire'
import type { ChainLink, DenialChain } from '../zone-source.ts'
import type { AbsenceProof } from './absence-proof.ts'
import type { Response } from './response.ts'

const WILDCARD_LABEL = Uint8Array.of(0x2a)

/** Proofs by a chain: NSEC (RFC 4035 section 3.1.3) or NSEC3 (RFC 5155 section 7.2) with their signatures, each once. */
export class Proof implements AbsenceProof {
  readonly #response: Response
  readonly #chain: DenialChain
  /** Where the records shown begin in memory. */
  readonly #shown: number[] = []

  constructor(response: Response, chain: DenialChain) {
    this.#response = response
    this.#chain = chain
  }

  /** The name, which may be an empty non-terminal, has no such records (RFC 4035 section 3.1.3.1, RFC 5155 sections 7.2.3 and 7.2.4). */
  noData(name: Uint8Array): void {
    const link = this.#chain.find(name)
    // Only an opt-out leaves an existing name without its own NSEC3.
    if (this.#chain.kind === 'nsec' || link?.isMatch === true) this.#add(link)
    else this.#closestEncloser(name, 0)
  }

  /** The answer was made from a wildcard: the name itself is not there (RFC 4035 section 3.1.3.3, RFC 5155 section 7.2.6). */
  expanded(name: Uint8Array, encloserOffset: number): void {
    const absent = this.#chain.kind === 'nsec' ? name : name.subarray(nextCloserOffset(name, encloserOffset))
    this.#add(this.#chain.find(absent))
  }

  /** The same records prove both: the link of the wildcard tells its types. */
  noWildcardData(name: Uint8Array, encloserOffset: number): void {
    this.absent(name, encloserOffset)
  }

  /**
   * The name is not there, and the wildcard that would stand for it is not either, or has no such records (RFC 4035 sections 3.1.3.2
   * and 3.1.3.4, RFC 5155 sections 7.2.2 and 7.2.5).
   */
  absent(name: Uint8Array, encloserOffset: number): void {
    let offset = encloserOffset
    if (this.#chain.kind === 'nsec') this.#add(this.#chain.find(name))
    else offset = this.#closestEncloser(name, encloserOffset)
    const wildcard = childName(WILDCARD_LABEL, name.subarray(offset))
    if (wildcard !== undefined) this.#add(this.#chain.find(wildcard))
  }

  /**
   * RFC 5155 section 7.2.1: the nearest ancestor that has a record, and the span that holds the name one label longer. Returns where
   * that ancestor's name starts: an opt-out leaves existing names without a record, and readers know of no other encloser.
   */
  #closestEncloser(name: Uint8Array, from: number): number {
    let encloser = from
    let nextCloser = from === 0 ? -1 : nextCloserOffset(name, from)
    let link = this.#chain.find(name.subarray(encloser))
    while (link?.isMatch === false && name[encloser] !== 0) {
      nextCloser = encloser
      encloser += 1 + (name[encloser] as number)
      link = this.#chain.find(name.subarray(encloser))
    }
    this.#add(link)
    if (nextCloser >= 0) this.#add(this.#chain.find(name.subarray(nextCloser)))
    return encloser
  }

  #add(link: ChainLink | undefined): void {
    if (link === undefined || this.#shown.includes(link.records.byteOffset)) return
    this.#shown.push(link.records.byteOffset)
    this.#response.addRequired('authority', link.name, 0, link.records)
    if (link.signatures !== undefined) this.#response.addRequired('authority', link.name, 0, link.signatures)
  }
}

/** Where the name one label longer than the encloser starts. */
function nextCloserOffset(name: Uint8Array, encloserOffset: number): number {
  let offset = 0
  for (let next = 0; next < encloserOffset; next += 1 + (name[next] as number)) offset = next
  return offset
}
