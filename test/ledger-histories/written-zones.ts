import type { NaiveCode } from '../naive-ledger/codes.ts'
import { zoneFlags } from '../naive-ledger/zone-records.ts'
import type { ChangePlan, Step, TransactionPlan, ZoneKeyPlan, ZoneKeysPlan, ZoneSignaturePlan } from './history.ts'
import { tagTwins } from './random-zones.ts'

const { node, anchor, revoked } = zoneFlags
const daySeconds = 86_400
const longest = 60 * daySeconds

type MadeSignature = Exclude<ZoneSignaturePlan, { again: number }>

const by = (key: string, change: Partial<MadeSignature> = {}): MadeSignature => ({
  by: key,
  flags: anchor,
  fromSeconds: -3_600,
  untilSeconds: 30 * daySeconds,
  ...change,
})
const anchors = (...keys: string[]): ZoneKeyPlan[] => keys.map((key) => [key, anchor])
const plain: ZoneKeysPlan = {
  zone: 'acme',
  ttl: 300,
  keys: [...anchors('za0'), ['d0', node]],
  signatures: [by('za0')],
  authorization: { by: 'za0' },
}
const set = (change: Partial<ZoneKeysPlan> = {}): TransactionPlan => ({
  by: 'e1',
  act: { kind: 'setZoneKeys', ...plain, ...change },
})
/** Only what is signed anew: nobody lets keys in. */
const refresh = (change: Partial<ZoneKeysPlan> = {}): TransactionPlan => {
  const { authorization: _, ...rest } = { ...plain, ...change }
  return { by: 'e1', act: { kind: 'setZoneKeys', ...rest } }
}
const step = (...transactions: TransactionPlan[]): Step => ({ afterMs: 1_000, transactions })
/** The only member decides at once. */
const pass = (change: ChangePlan): TransactionPlan => ({
  by: 'e1',
  with: ['v0'],
  act: { kind: 'propose', node: 'v0', change },
})
const name = (zone: string, keys: string[], wrong?: 'key'): TransactionPlan =>
  pass({ kind: 'setZoneAnchors', zone, anchors: keys, ...(wrong && { wrong }) })

/** Whatever is wrong with a set of keys, each at its turn, over a zone that takes the right one. */
function refusals(zone: string, [a, b, other]: readonly [string, string, string], nodeKey: string): TransactionPlan[] {
  const good = { zone, keys: [...anchors(a), [nodeKey, node]] as ZoneKeyPlan[], authorization: { by: a } }
  const keysOf = (...keys: ZoneKeyPlan[]): TransactionPlan => set({ ...good, keys, signatures: [by(a)] })
  const signed = (...signatures: ZoneSignaturePlan[]): TransactionPlan => set({ ...good, signatures })
  const wrongs = ['protocol', 'algorithm', 'point', 'other-point', 'short'] as const
  const others = ['covered', 'algorithm', 'labels', 'ttl', 'tag', 'signer', 'bit', 'cut', 'fewer', 'stub'] as const
  return [
    ...['nowhere', `${zone}.`, `a.${zone}`, 'arpa'].map((unknown) => set({ ...good, zone: unknown })),
    ...[0, 29, 86_401, 2 ** 32 - 1].map((ttl) => set({ ...good, ttl })),
    ...wrongs.map((wrong) => keysOf([a, anchor, wrong], [nodeKey, node])),
    ...[0, 1, 255, 258, 384, 386].map((flags) => keysOf([a, anchor], [nodeKey, flags])),
    keysOf([a, anchor], [other, node]),
    keysOf([a, anchor], [a, anchor]),
    keysOf([a, anchor], [a, revoked]),
    keysOf([a, revoked]),
    keysOf([nodeKey, node]),
    keysOf([a, anchor], [`${a}x`, node]),
    keysOf([a, anchor], [a, node]),
    refresh({ ...good, signatures: [by(a)] }),
    set({ ...good, signatures: [by(a)], authorization: { by: b } }),
    set({ ...good, signatures: [by(a)], authorization: { by: a, revision: 1 } }),
    set({ ...good, signatures: [by(a)], authorization: { by: a, wrong: 'chain' } }),
    signed(by(a), by(a)),
    ...others.map((wrong) => signed(by(a), by(a, { wrong }))),
    signed(by(a), by(b)),
    signed(by(a), by(nodeKey, { flags: node })),
    signed(by(a), by(a, { flags: revoked })),
    signed(by(b, { flags: anchor }), by(a)),
    signed(by(a, { untilSeconds: longest + 1 })),
    signed(by(a), by(a, { untilSeconds: 2 ** 31 - 3_601 })),
    ...[20, 21].map((untilSeconds) => signed(by(a), by(a, { fromSeconds: 20 - 2 ** 31, untilSeconds }))),
    // Too long comes before what the signature is worth, and either before the next signature is looked at.
    signed(by(a, { untilSeconds: longest + 1, wrong: 'bit' }), by(a, { wrong: 'tag' })),
    signed(by(a, { fromSeconds: 1 })),
    signed(by(a, { untilSeconds: -1 })),
    signed(by(a, { fromSeconds: 60, untilSeconds: 60 })),
    signed(by(a, { fromSeconds: 61, untilSeconds: 60 })),
    set({ ...good, keys: [...good.keys, [b, revoked]], signatures: [by(b, { flags: revoked })] }),
  ]
}

const blocks = (transactions: readonly TransactionPlan[], size: number): Step[] =>
  Array.from({ length: Math.ceil(transactions.length / size) }, (_, at) =>
    step(...transactions.slice(at * size, (at + 1) * size)),
  )

/** All that a set of keys can be refused for. */
export const zoneCodes: readonly NaiveCode[] = [
  'ok',
  'zone-unknown',
  'zone-without-anchors',
  'ttl-out-of-range',
  'zone-key-bad',
  'zone-key-algorithms',
  'zone-key-tag-taken',
  'zone-anchor-count',
  'zone-key-foreign',
  'zone-keys-unauthorized',
  'record-twice',
  'zone-signature-bad',
  'zone-signature-too-long',
  'zone-signature-not-current',
  'nothing-changes',
]

/** Keys of zones by every rule: what is refused, what is let in, signed again and rolled over, and what votes do to it. */
export function zonesToTheirLimits(): Step[] {
  const p256 = { zone: '127.in-addr.arpa', keys: [...anchors('pza0'), ['pd0', node]] as ZoneKeyPlan[] }
  const long = { zone: '8.b.d.0.1.0.0.2.ip6.arpa', ttl: 86_400 }
  const old = Array.from({ length: 39 }, (_, index) => `zb${index}`)
  const two = { keys: [...anchors('za0', 'za1'), ['d0', node]] as ZoneKeyPlan[] }
  const rolled = {
    keys: [
      ['za0', revoked],
      ['za1', anchor],
      ['d0', node],
    ] as ZoneKeyPlan[],
  }
  const fresh = { keys: [...anchors('za2', 'za3'), ['freshd', node]] as ZoneKeyPlan[], authorization: { by: 'za3' } }
  return [
    step(
      set(),
      name('nowhere', ['za0']),
      name('acme.', ['za0']),
      name('acme', ['za0'], 'key'),
      name('acme', ['za0', 'pza0']),
      name('acme', ['za0', 'za0']),
      name('acme', []),
    ),
    step(name('acme', ['za0']), name('acme', ['za0']), name('127.in-addr.arpa', ['pza0'])),
    ...blocks(refusals('acme', ['za0', 'za1', 'pd0'], 'd0'), 12),
    ...blocks(refusals('127.in-addr.arpa', ['pza0', 'pza1', 'd0'], 'pd0'), 12),
    step(
      set({ keys: anchors('za0', ...tagTwins.same) }),
      set({ keys: anchors('za0', ...tagTwins.onceRevoked) }),
      set({ keys: [...anchors('za0', tagTwins.onceRevoked[1]), [tagTwins.onceRevoked[0], revoked]] }),
      set({ keys: anchors('za0', 'za1', 'za2', 'za3') }),
    ),
    // The longest that a signature may hold, and the shortest, in a block that is not on a full second.
    { afterMs: 1_500, transactions: [set({ signatures: [by('za0', { untilSeconds: 0 })] })] },
    step(set({ signatures: [by('za0', { fromSeconds: 0, untilSeconds: longest + 1 })] })),
    step(
      set({ signatures: [by('za0', { fromSeconds: 0, untilSeconds: longest })] }),
      refresh({ signatures: [{ again: 0 }] }),
    ),
    { afterMs: 500, transactions: [refresh({ signatures: [by('za0', { fromSeconds: -1, untilSeconds: 0 })] })] },
    step(
      set({
        ...p256,
        authorization: { by: 'pza0' },
        signatures: [by('pza0', { untilSeconds: longest, isHigh: true })],
      }),
    ),
    step(refresh({ signatures: [by('za0'), by('za0', { untilSeconds: 5 })] })),
    step(refresh({ signatures: [{ again: 1 }, { again: 0 }] }), refresh({ signatures: [{ again: 0 }, { again: 1 }] })),
    // Another order of keys is another set; so is another ttl.
    step(refresh({ keys: [...plain.keys].reverse() }), set({ keys: [...plain.keys].reverse() }), set({ ttl: 30 })),
    step(set({ ...two, signatures: [by('za1')], authorization: { by: 'za0', revision: -1 } })),
    step(set({ ...two, signatures: [by('za1')] })),
    step(set({ ...rolled, signatures: [by('za1'), by('za0', { flags: revoked })], authorization: { by: 'za1' } })),
    step(set({ ...two, signatures: [by('za0')] })),
    // A node's key as an anchor as well.
    step(set({ keys: [...anchors('d0'), ['d0', node]], signatures: [by('d0')], authorization: { by: 'za1' } })),
    step(set({ ...rolled, signatures: [by('za1')], authorization: { by: 'd0' } })),
    // A zone that was never signed loses its anchors; then one with as many keys and signatures as there may be.
    step(name(long.zone, ['zb0']), name(long.zone, [])),
    step(name(long.zone, ['zb0', 'zb1'])),
    step(
      set({
        ...long,
        keys: [...anchors('zb0'), ...old.slice(1).map((key) => [key, revoked] as const), ['d0', node]],
        signatures: [by('zb0'), ...old.slice(1, 16).map((key) => by(key, { flags: revoked }))],
        authorization: { by: 'zb1' },
      }),
    ),
    // Other anchors by vote: the set stays until one of them lets another in.
    step(name('acme', ['za2', 'za3'])),
    // What the old ones sign again makes them no anchors again.
    step(refresh({ ...rolled, signatures: [by('za1', { untilSeconds: 7 * daySeconds })] })),
    step(set({ ...two, signatures: [by('za1')], authorization: { by: 'za1' } })),
    step(pass({ kind: 'setNodeKeys', node: 'v0', keys: 'fresh', kept: { identity: 'v0', consensus: 'c0' } })),
    step(refresh({ ...rolled, signatures: [by('za1')] }), refresh({ ...p256, signatures: [by('pza0')] })),
    step(set({ ...fresh, signatures: [by('za2')] })),
    step(
      pass({ kind: 'parameters', changes: [['maxTtlSeconds', '299']] }),
      pass({ kind: 'parameters', changes: [['maxTtlSeconds', '300']] }),
    ),
    step(refresh({ ...long, keys: anchors('zb0') }), refresh({ ...fresh, signatures: [by('za3')] })),
    step(name('acme', []), refresh({ ...fresh, signatures: [by('za2')] })),
    step(name('acme', ['pza1'])),
    step(set({ keys: anchors('pza1'), signatures: [by('pza1')], authorization: { by: 'pza1' } })),
    {
      afterMs: 60 * daySeconds * 1_000,
      transactions: [refresh({ keys: anchors('pza1'), signatures: [{ again: 0 }] })],
    },
  ]
}

/** Three members name anchors by the votes that keys of nodes take, and take one of themselves out with its key. */
export function anchorsByVote(): Step[] {
  const speaking = (member: string) => ({ by: 'e1', with: [member] })
  const vote = (member: string, proposal: number): TransactionPlan => ({
    ...speaking(member),
    act: { kind: 'vote', node: member, proposal, yes: true },
  })
  const propose = (change: ChangePlan): TransactionPlan => ({
    ...speaking('v0'),
    act: { kind: 'propose', node: 'v0', change },
  })
  const keys: ZoneKeyPlan[] = [...anchors('za0'), ['d0', node], ['d2', node]]
  return [
    step(propose({ kind: 'setZoneAnchors', zone: 'acme', anchors: ['za0'] })),
    step(vote('v1', 1), set({ keys })),
    step(vote('v2', 1), set({ keys })),
    step(propose({ kind: 'removeNode', node: 'v2' })),
    step(vote('v1', 2), refresh({ keys, signatures: [by('za0', { untilSeconds: daySeconds })] })),
    step(vote('v2', 2), refresh({ keys })),
    step(set({ keys: keys.slice(0, 2) })),
  ]
}
