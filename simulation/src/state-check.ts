import { AssertionError } from 'node:assert/strict'
import { equalBytes, toHex } from '@cresset/core-codec'
import { decodeEntry, type Entry } from '@cresset/core-ledger'
import { checkScan, type StateScan, scanEntries } from '@cresset/core-ledger/testing'
import { bytesKey } from '@cresset/network-application'
import type { Clients } from './clients.ts'
import { InvariantBroken, short } from './invariants.ts'
import type { SimulatedNode } from './node.ts'

const MAX_REMEMBERED = 20_000

/** Looks through whole states of nodes, as they are on their disks. */
export class StateCheck {
  readonly #supply: bigint
  readonly #mayLie: (node: string) => boolean
  /** By their bytes: from one height to the next nearly all entries stay as they are. */
  readonly #decoded = new Map<string, Entry>()

  /** @param mayLie whether the node with the id may sign what contradicts itself */
  constructor(supply: bigint, mayLie: (node: string) => boolean) {
    this.#supply = supply
    this.#mayLie = mayLie
  }

  /** All there is in a node's state fits together, to the last unit of money, and nobody was punished for what others signed. */
  check(node: SimulatedNode): StateScan {
    const scan = scanEntries(node.disk.entries(), (bytes) => this.#decode(bytes))
    for (const stake of scan.all('stake')) {
      const id = toHex(stake.node)
      if (stake.punishedBelow > 0 && !this.#mayLie(id))
        throw new InvariantBroken(
          'only-liars-lose-stake',
          `${short(node.id)}: ${short(id)} was punished and had not lied`,
        )
    }
    try {
      checkScan(scan, this.#supply)
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error
      const invariant = error.message.includes('money is conserved') ? 'money-conserved' : 'state-sound'
      throw new InvariantBroken(invariant, `${short(node.id)}: ${error.message}`)
    }
    return scan
  }

  #decode(bytes: Uint8Array): Entry {
    const name = bytesKey(bytes)
    const known = this.#decoded.get(name)
    if (known !== undefined) return known
    if (this.#decoded.size >= MAX_REMEMBERED) this.#decoded.clear()
    const entry = decodeEntry(bytes)
    this.#decoded.set(name, entry)
    return entry
  }
}

/** Names that two accounts wanted belong to the older seal, however the reveals came. */
export function checkNames(node: SimulatedNode, scan: StateScan, clients: Clients): void {
  const names = scan.all('name')
  for (const { name, owner, crossed } of clients.outcomes) {
    if (!crossed) continue
    const entry = names.find((other) => other.name === name)
    const holder = entry?.registration?.primaryKey
    if (holder === undefined || !equalBytes(holder, owner)) {
      const who = holder === undefined ? 'nobody' : 'the younger seal'
      throw new InvariantBroken('oldest-seal-wins', `${short(node.id)}: ${name} belongs to ${who}`)
    }
  }
}
