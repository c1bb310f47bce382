import { createHash } from 'node:crypto'
import type { Denial } from './signer.ts'

/** One zone to compare servers on. */
export interface MadeZone {
  /** With its final dot. */
  readonly apex: string
  /** Master file. */
  readonly text: string
  /** Owner names of the zone, absolute. */
  readonly owners: readonly string[]
}

/** Numbers from a seed, the same on every machine. */
export class Draws {
  readonly #seed: string
  #pool = Buffer.alloc(0)
  #count = 0

  constructor(seed: string) {
    this.#seed = seed
  }

  below(limit: number): number {
    if (this.#pool.length < 4)
      this.#pool = createHash('sha256')
        .update(`${this.#seed} ${this.#count++}`)
        .digest()
    const value = this.#pool.readUInt32BE(0)
    this.#pool = this.#pool.subarray(4)
    return value % limit
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  chance(percent: number): boolean {
    return this.below(100) < percent
  }
}

/** Few labels, so that names meet. A dot within a label is written by its number, so that text can be cut at dots. */
const labels = ['a', 'b', 'c', 'd', 'ns', '_x', 'a\\046b', 'w', '*'] as const
const ALONE = new Set(['CNAME'])
const ONE_OF = new Set(['CNAME', 'DNAME'])

class Maker {
  readonly #apex: string
  readonly #draws: Draws
  readonly #isOptOut: boolean
  /** RDATA by owner and type. */
  readonly #sets = new Map<string, Map<string, string[]>>()

  constructor(apex: string, draws: Draws, isOptOut: boolean) {
    this.#apex = apex
    this.#draws = draws
    this.#isOptOut = isOptOut
  }

  /** Adds a record where the rules of a zone allow it. */
  add(owner: string, type: string, rdata: string): void {
    const types = this.#sets.get(owner) ?? new Map<string, string[]>()
    const isAlone = types.has('CNAME')
    if (isAlone && type !== 'CNAME') return
    if (ALONE.has(type) && [...types.keys()].some((other) => other !== type)) return
    // What RFC 4592 section 4 and RFC 2136 leave open is for nobody to compare.
    if (owner.startsWith('*.') && ['NS', 'DNAME', 'DS'].includes(type)) return
    // A delegation hides a DNAME beside it, and Knot refuses such a zone.
    if ((type === 'NS' && types.has('DNAME')) || (type === 'DNAME' && types.has('NS'))) return
    // The delegation may have been refused by one of these.
    if (type === 'DS' && !types.has('NS')) return
    // An opt-out may leave a wildcard that is only an empty non-terminal without its NSEC3; RFC 5155 does not say what proves it then.
    if (this.#isOptOut && owner.includes('.*.')) return
    const rdatas = types.get(type) ?? []
    if (rdatas.includes(rdata) || (ONE_OF.has(type) && rdatas.length > 0)) return
    types.set(type, [...rdatas, rdata])
    this.#sets.set(owner, types)
  }

  name(depth = 1 + this.#draws.below(3)): string {
    return [...Array.from({ length: depth }, () => this.#draws.of(labels)), this.#apex].join('.')
  }

  /** A name to point to: in the zone, at its apex, or elsewhere. */
  target(): string {
    const kind = this.#draws.below(8)
    if (kind === 0) return 'elsewhere.example.'
    return kind === 1 ? this.#apex : this.name()
  }

  owners(): string[] {
    return [...this.#sets.keys()].filter((owner) => !this.#isBelowDname(owner))
  }

  /** RFC 6672 section 2.4: nothing may be there, and the others refuse such zones. */
  #isBelowDname(owner: string): boolean {
    return [...this.#sets].some(([above, types]) => types.has('DNAME') && owner.endsWith(`.${above}`))
  }

  text(): string {
    const lines = ['$TTL 300']
    // The SOA first: some readers need it there.
    for (const owner of this.owners().sort((a, b) => a.length - b.length))
      for (const [type, rdatas] of this.#sets.get(owner) ?? [])
        for (const rdata of rdatas) lines.push(`${owner} ${type} ${rdata}`)
    return `${lines.join('\n')}\n`
  }
}

const address = (draws: Draws): string => `192.0.2.${1 + draws.below(4)}`

/** Each adds what one of the hard rules is about. */
const features: readonly ((maker: Maker, draws: Draws, apex: string) => void)[] = [
  // Plain data, also at names two and three labels down: empty non-terminals.
  (maker, draws) => {
    maker.add(maker.name(), 'A', address(draws))
    maker.add(maker.name(), 'TXT', `"${draws.below(9)}"`)
    maker.add(maker.name(3), 'A', address(draws))
  },
  // Aliases: into the zone, in a chain, in a circle, out of it.
  (maker, draws) => {
    const first = maker.name()
    const second = maker.name()
    maker.add(first, 'CNAME', second)
    maker.add(second, 'CNAME', draws.chance(30) ? first : maker.target())
    maker.add(maker.name(), 'CNAME', first)
  },
  // Wildcards with data and with aliases, and names that block them.
  (maker, draws, apex) => {
    const encloser = draws.chance(40) ? apex : maker.name(1 + draws.below(2))
    if (draws.chance(30)) maker.add(`*.${encloser}`, 'CNAME', maker.target())
    else {
      maker.add(`*.${encloser}`, 'A', address(draws))
      maker.add(`*.${encloser}`, 'MX', `10 ${maker.target()}`)
    }
    maker.add(`${draws.of(labels)}.${draws.of(labels)}.${encloser}`, 'TXT', '"blocks"')
  },
  // Delegations: signed or not, with servers below, beside, elsewhere; hidden data below.
  (maker, draws, apex) => {
    const cut = maker.name(1 + draws.below(2))
    const server = draws.of([`ns.${cut}`, `ns.${apex}`, 'ns.elsewhere.example.', maker.name()])
    maker.add(cut, 'NS', server)
    if (draws.chance(50)) maker.add(cut, 'NS', `b.${cut}`)
    if (server.endsWith(apex)) maker.add(server, 'A', address(draws))
    if (draws.chance(40)) maker.add(cut, 'DS', `1 15 2 ${'ab'.repeat(32)}`)
    if (draws.chance(50)) maker.add(`${draws.of(labels)}.${cut}`, 'A', address(draws))
  },
  // DNAMEs: to the zone, to itself, out of it.
  (maker, draws) => {
    const owner = maker.name(1 + draws.below(2))
    maker.add(owner, 'DNAME', draws.chance(15) ? `x.${owner}` : maker.target())
    if (draws.chance(50)) maker.add(owner, 'TXT', '"beside"')
    maker.add(maker.name(), 'CNAME', `${draws.of(labels)}.${owner}`)
  },
  // Records that send their reader on.
  (maker, draws) => {
    maker.add(maker.name(), 'MX', `${draws.below(3)} ${maker.target()}`)
    maker.add(maker.name(), 'SRV', `1 2 443 ${maker.target()}`)
    maker.add(maker.name(), 'HTTPS', `1 ${maker.target()} port=8443`)
  },
  // Types by number, sets of many.
  (maker, draws) => {
    maker.add(maker.name(), 'TYPE731', `\\# 2 ${draws.chance(50) ? 'abcd' : '0000'}`)
    const owner = maker.name()
    for (let index = 0; index < 4; index++) maker.add(owner, 'A', `192.0.2.${index}`)
  },
]

/** A zone from a seed. */
export function makeZone(apex: string, seed: string, denial: Denial): MadeZone {
  const draws = new Draws(seed)
  const maker = new Maker(apex, draws, denial === 'nsec3-opt-out')
  maker.add(apex, 'SOA', `ns.${apex} host.${apex} 7 3600 600 604800 60`)
  maker.add(apex, 'NS', `ns.${apex}`)
  maker.add(`ns.${apex}`, 'A', '192.0.2.53')
  const count = 3 + draws.below(4)
  for (let index = 0; index < count; index++) draws.of(features)(maker, draws, apex)
  return { apex, text: maker.text(), owners: maker.owners() }
}

/** What is asked of a zone: each owner, empty non-terminal, a name below each and one beside it. */
export function namesToAsk({ apex, owners }: MadeZone): string[] {
  const names = new Set<string>()
  for (const owner of owners) {
    for (let name = owner; name.endsWith(apex); name = parentOf(name)) {
      names.add(name)
      names.add(`0below.${name}`)
      if (name !== apex) names.add(`0beside.${parentOf(name)}`)
    }
  }
  return [...names]
}

/** The name one label shorter; empty above the root. */
export function parentOf(name: string): string {
  return name.slice(name.indexOf('.') + 1)
}
