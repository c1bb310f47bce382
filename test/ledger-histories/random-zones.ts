import type { Random } from '../../tools/fuzz/random.ts'
import type { NaiveNode } from '../naive-ledger/membership.ts'
import { type NaiveZoneKeys, zoneKeysOf, zonesOf } from '../naive-ledger/zone-keys.ts'
import { readZoneKey, zoneFlags } from '../naive-ledger/zone-records.ts'
import type { ChangePlan, TransactionPlan, ZoneKeyPlan, ZoneKeysPlan, ZoneSignaturePlan } from './history.ts'
import { nameOfAccount, nameOfKey } from './keys.ts'
import type { SideBySide } from './run.ts'

const { node: nodeKey, anchor, revoked } = zoneFlags
const daySeconds = 86_400
const anchorKeys = {
  ed25519: ['za0', 'za1', 'za2', 'za3', 'za4'],
  p256: ['pza0', 'pza1', 'pza2', 'pza3', 'pza4'],
} as const

/** Two anchors with the same tag, and two of which the second has the tag that the first gets once it is revoked. */
export const tagTwins = { same: ['zt158', 'zt259'], onceRevoked: ['zt172', 'zt243'] } as const

type MadeSignature = Exclude<ZoneSignaturePlan, { again: number }>

/** Members name anchors, anchors sign keys of nodes, and either does it wrong. Its own numbers, so that the rest of a history stays. */
export class RandomZones {
  readonly #random: Random
  readonly #run: SideBySide
  #made = 0

  constructor(random: Random, run: SideBySide) {
    this.#random = random
    this.#run = run
  }

  /** Transactions to add to a step. */
  next(): TransactionPlan[] {
    const random = this.#random
    if (random.oneIn(4)) return []
    const { state, genesis } = this.#run.naive
    const open = state.proposals.find(
      ({ outcome, change }) =>
        outcome === 0 && ['setZoneAnchors', 'setNodeKeys', 'removeNode', 'validatorOut'].includes(change.kind),
    )
    if (open !== undefined && !random.oneIn(4)) return state.nodes.map((node) => this.#vote(node, open.number))
    // Few of them, so that most have keys soon.
    const zones = zonesOf(genesis.zones, genesis.addressRanges)
    const zone = random.pick([zones[0], zones[0], zones[1], zones.at(-1)]) as string
    const entry = zoneKeysOf(state, zone)
    if (open === undefined && (entry === undefined ? !random.oneIn(6) : random.oneIn(9)))
      return [this.#propose(this.#anchors(zone))]
    if (open === undefined && state.nodes.length > 1 && random.oneIn(12)) return [this.#propose(this.#nodeChange())]
    const count = random.pick([1, 1, 1, 2])
    return Array.from({ length: count }, () => ({ by: random.pick(['e1', 'p1']), act: this.#setting(zone, entry) }))
  }

  #signers(node: NaiveNode): Pick<TransactionPlan, 'by' | 'with'> {
    return { by: this.#random.pick(['e1', 'p1']), with: [nameOfKey(node.identityKey) as string] }
  }

  #vote(node: NaiveNode, proposal: number): TransactionPlan {
    const yes = !this.#random.oneIn(12)
    return { ...this.#signers(node), act: { kind: 'vote', node: nameOfAccount(node.id), proposal, yes } }
  }

  #propose(change: ChangePlan): TransactionPlan {
    const node = this.#random.pick(this.#run.naive.state.nodes)
    return { ...this.#signers(node), act: { kind: 'propose', node: nameOfAccount(node.id), change } }
  }

  #anchors(known: string): ChangePlan {
    const random = this.#random
    const zone = random.oneIn(12) ? random.pick(['nowhere', 'ns.acme', 'acme.', 'arpa', 'ACME']) : known
    const pool = random.oneIn(3) ? anchorKeys.p256 : anchorKeys.ed25519
    const anchors = Array.from({ length: random.pick([0, 1, 1, 2, 2, 3]) }, (_, at) => pool[at] as string)
    if (random.oneIn(4)) anchors.reverse()
    if (random.oneIn(12)) anchors.splice(2, 1, random.pick([...anchorKeys.p256, ...anchorKeys.ed25519]))
    const wrong = random.oneIn(12) ? { wrong: 'key' as const } : {}
    return { kind: 'setZoneAnchors', zone, anchors, ...wrong }
  }

  /** A node loses the keys that zones may have listed. */
  #nodeChange(): ChangePlan {
    const random = this.#random
    const node = nameOfAccount(random.pick(this.#run.naive.state.nodes).id)
    if (random.oneIn(3)) return { kind: 'removeNode', node }
    return { kind: 'setNodeKeys', node, keys: `z${this.#made++}` }
  }

  #setting(zone: string, entry: NaiveZoneKeys | undefined): { kind: 'setZoneKeys' } & ZoneKeysPlan {
    const random = this.#random
    const refreshed = entry?.set !== undefined && random.oneIn(3) ? this.#refresh(entry) : undefined
    const plan = refreshed ?? this.#fresh(zone, entry)
    return { kind: 'setZoneKeys', ...(random.oneIn(2) ? this.#spoiled(plan) : plan) }
  }

  /** The keys that are there, signed again. */
  #refresh({ zone, set }: NaiveZoneKeys): ZoneKeysPlan {
    const random = this.#random
    const keys = (set?.keys ?? []).map(({ rdata }): ZoneKeyPlan => {
      const key = readZoneKey(rdata)
      return [nameOfKey(key?.publicKey as Uint8Array) as string, key?.flags as number]
    })
    const signatures = random.oneIn(4) ? [{ again: 0 }, { again: 1 }].slice(random.below(2)) : this.#signatures(keys)
    return { zone, ttl: set?.ttl ?? 0, keys, signatures }
  }

  /** What an anchor lets in: anchors that stay, come, go or are revoked, and keys of nodes. */
  #fresh(zone: string, entry: NaiveZoneKeys | undefined): ZoneKeysPlan {
    const random = this.#random
    const present = (entry?.anchors ?? []).map((key) => nameOfKey(key) as string)
    const isP256 = (present[0] ?? 'za0').startsWith('p')
    const pool = isP256 ? anchorKeys.p256 : anchorKeys.ed25519
    const anchors = present.length === 0 || random.oneIn(6) ? [random.pick(pool)] : [...present]
    if (random.oneIn(4)) anchors.push(random.pick(pool))
    const listed = [...new Set(anchors)].slice(-3)
    const old = random.oneIn(4) ? pool.filter((key) => !listed.includes(key)).slice(0, 1 + random.below(2)) : []
    const known = this.#run.naive.state.nodes.flatMap(({ dnsKeys }) => dnsKeys.map((key) => nameOfKey(key) as string))
    const fit = known.filter((key) => key.startsWith('p') === isP256 && !random.oneIn(4))
    const keys: ZoneKeyPlan[] = [
      ...listed.map((key) => [key, anchor] as const),
      ...old.map((key) => [key, revoked] as const),
      ...fit.slice(0, 4).map((key) => [key, nodeKey] as const),
    ]
    if (random.oneIn(3)) keys.reverse()
    const by = random.pick(present.length === 0 ? pool : present)
    const ttl = random.pick([300, 300, 3_600])
    return { zone, ttl, keys, signatures: this.#signatures(keys), authorization: { by } }
  }

  #signatures(keys: readonly ZoneKeyPlan[]): MadeSignature[] {
    const random = this.#random
    const untilSeconds = random.pick([1, 30 * daySeconds, 30 * daySeconds, 60 * daySeconds])
    return keys
      .filter(([, flags]) => flags !== nodeKey)
      .map(([by, flags]) => ({ by, flags, fromSeconds: -3_600, untilSeconds, isHigh: random.oneIn(2) }))
  }

  /** One thing about it that may be wrong. */
  #spoiled(plan: ZoneKeysPlan): ZoneKeysPlan {
    const random = this.#random
    switch (random.below(7)) {
      case 0:
        return { ...plan, zone: random.pick(['nowhere', 'ns.acme', 'acme.', 'in-addr.arpa']) }
      case 1:
        return { ...plan, ttl: random.pick([0, 29, 30, 86_400, 86_401, 2 ** 32 - 1]) }
      case 2:
        return { ...plan, keys: this.#spoiledKeys(plan.keys) }
      case 3: {
        const { authorization, ...rest } = plan
        const { by = 'za0' } = authorization ?? {}
        return random.pick([
          rest,
          { ...rest, authorization: { by: random.pick(['za0', 'za4', 'pza4', 'd0']) } },
          { ...rest, authorization: { by, revision: random.pick([-1, 1]) } },
          { ...rest, authorization: { by, wrong: 'chain' as const } },
        ])
      }
      default:
        return { ...plan, signatures: this.#spoiledSignatures(plan) }
    }
  }

  #spoiledKeys(keys: readonly ZoneKeyPlan[]): ZoneKeyPlan[] {
    const random = this.#random
    const [first = ['za0', anchor], ...others] = keys
    const [name, flags] = first
    const isP256 = name.startsWith('p')
    const wrongs = ['protocol', 'algorithm', 'point', 'other-point', 'short'] as const
    const all = isP256 ? anchorKeys.p256 : anchorKeys.ed25519
    return random.pick<() => ZoneKeyPlan[]>([
      () => [[name, flags, random.pick(wrongs)], ...others],
      () => [[name, random.pick([0, 128, 129, 255, 258, 384, 386])], ...others],
      () => [...keys, [isP256 ? 'd0' : 'pd0', nodeKey]],
      () => [...keys, [name, random.pick([flags, nodeKey, anchor, revoked])]],
      () => [...keys, ...random.pick([tagTwins.same, tagTwins.onceRevoked]).map((key) => [key, anchor] as const)],
      () => keys.map(([key, old]) => [key, old === anchor ? revoked : old]),
      () => all.slice(0, 4).map((key) => [key, anchor]),
      () => [...keys, [isP256 ? 'pzx' : 'zx', nodeKey]],
    ])()
  }

  #spoiledSignatures({ keys, signatures }: ZoneKeysPlan): ZoneSignaturePlan[] {
    const random = this.#random
    const [key = ['za0', anchor]] = keys
    const [by, flags] = keys.find(([, each]) => each === anchor) ?? key
    const wrongs = [
      'covered',
      'algorithm',
      'labels',
      'ttl',
      'tag',
      'signer',
      'case',
      'bit',
      'cut',
      'fewer',
      'stub',
    ] as const
    const usual: MadeSignature = { by, flags, fromSeconds: -60, untilSeconds: 30 * daySeconds }
    const other = random.pick(keys)
    const span = (fromSeconds: number, untilSeconds: number): ZoneSignaturePlan[] => [
      { ...usual, fromSeconds, untilSeconds },
    ]
    return random.pick<() => ZoneSignaturePlan[]>([
      () => [...signatures, { ...usual, wrong: random.pick(wrongs) }],
      () => [{ ...usual, wrong: random.pick(wrongs) }],
      () => [...signatures, ...signatures.slice(-1)],
      () => [...signatures, { ...usual, by: other[0], flags: other[1] }],
      () => [...signatures, { ...usual, by: 'za4', flags: anchor }],
      () => span(-60, 60 * daySeconds + random.pick([0, 1])),
      () => span(random.pick([0, 1, 10]), daySeconds),
      () => span(-60, random.pick([-1, 0])),
      () => span(random.pick([0, 10, 20]), 10),
      () => [...signatures, ...span(-60 * daySeconds, -30 * daySeconds)],
      () => [...signatures, ...span(-(2 ** 31) + 20, random.pick([18, 19, 20, 21]))],
      () => [...signatures, ...span(-3_600, random.pick([2 ** 31 - 3_601, 2 ** 31 - 3_600, -(2 ** 30)]))],
    ])()
  }
}
