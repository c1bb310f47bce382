import type { Random } from '../../tools/fuzz/random.ts'
import { type NaiveState, owned } from '../naive-ledger/state.ts'
import type { Act, AuthorityPlan, DelegationPlan } from './history.ts'
import { hostKeyOf, randomAddress, randomHost } from './random-publish.ts'

const dayMs = 86_400_000
const hosts = ['t', 'u', 'b', 'a.b', 'www', 'x.t', 'mail'] as const
const digest = `000d0d02${'ab'.repeat(32)}`
const oddSigners = ['', '00', `000d0d02${'ab'.repeat(31)}`, `000d0d01${'ab'.repeat(20)}`] as const
const oddServers = ['', 'NS.example', 'ns.example.', 'a_b.example', '-a.example', `${'a'.repeat(64)}.example`] as const
const encryptionKeys = [
  `09${'00'.repeat(31)}`,
  `07${'11'.repeat(30)}11`,
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  'ff'.repeat(32),
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
] as const

/** Authorities, delegations and encryption keys; mostly sound, and mostly of what there is. */
export function randomDelegation(random: Random, state: NaiveState, name: string, owner: string): Act {
  const ownership = owned(state).find((candidate) => candidate.name === name)?.ownership
  const known = ownership?.delegations.map(({ host }) => host) ?? []
  if (known.length > 0 && random.oneIn(4)) {
    const host = `${random.pick(['', 'x.', '*.'])}${random.pick(known)}`
    return { kind: 'publish', name, host, owner, recordSets: [{ type: 16, data: ['0161'] }] }
  }
  const hasAuthority = ownership?.authority !== undefined
  switch (hasAuthority ? random.below(6) : random.below(4)) {
    case 0: {
      const key = random.pick([...encryptionKeys, encryptionKeys[0], encryptionKeys[1]])
      return { kind: 'setEncryptionKey', name, ...(random.oneIn(4) ? {} : { key }) }
    }
    case 1:
    case 2: {
      const certificate = randomAuthority(random, hostKeyOf(name), name, 1)
      return { kind: 'setDomainCertificate', name, ...(random.oneIn(5) ? {} : { certificate }) }
    }
    default: {
      const some = known.length > 0 && random.oneIn(3) ? random.pick(known) : random.pick(hosts)
      const host = random.oneIn(12) ? randomHost(random) : some
      const plan = { kind: 'setDelegation' as const, name, host }
      return random.oneIn(4) ? plan : { ...plan, to: content(random, name, host, hasAuthority) }
    }
  }
}

function randomAuthority(
  random: Random,
  key: string,
  subtree: string,
  pathLength: number,
  issuer?: AuthorityPlan['issuer'],
): AuthorityPlan {
  const sound = /^[a-z0-9.-]{1,64}$/.test(subtree) ? subtree : 'shop.acme'
  const plain = { key, subtree: sound, pathLength, ...(issuer === undefined ? {} : { issuer }) }
  if (random.oneIn(2)) return plain
  const wrongs = [
    'leaf',
    'usage',
    'unconstrained',
    'wider',
    'two',
    'addresses',
    'critical',
    'curve',
    'signature',
  ] as const
  if (random.oneIn(2)) return { ...plain, wrong: random.pick(wrongs) }
  return random.pick([
    { ...plain, pathLength: pathLength + 1 },
    { ...plain, key: 'h3' },
    { ...plain, fromMs: 30 * dayMs },
    { ...plain, fromMs: -2 * dayMs, lifetimeMs: dayMs },
    { ...plain, lifetimeMs: 2 * 3_600_000 },
    { ...plain, damage: true },
  ])
}

function content(random: Random, name: string, host: string, hasAuthority: boolean): NonNullable<DelegationPlan['to']> {
  const place = host === '' ? name : `${host}.${name}`
  const within = (): [string, string[]] => [random.pick([`ns.${place}`, place]), [randomAddress(random)]]
  const outside = (): [string, string[]] => [random.pick(['ns.example', `ns.${name}`, `ns.x${place}`]), []]
  const server = (): [string, string[]] => {
    if (random.oneIn(12)) return [random.pick(oddServers), []]
    const [server, addresses] = random.oneIn(3) ? outside() : within()
    // Now and then with the addresses of the other kind.
    return random.oneIn(6) ? [server, addresses.length === 0 ? [randomAddress(random)] : []] : [server, addresses]
  }
  const delegatedAuthority = (): AuthorityPlan => {
    // Now and then by a key that the name's authority does not have.
    const issuer = { key: random.oneIn(4) ? 'ph4' : hostKeyOf(name), subtree: name }
    return randomAuthority(random, 'ph4', place, 0, issuer)
  }
  return {
    servers: Array.from({ length: random.pick([1, 1, 1, 2]) }, server).map(([of, addresses]) => [
      of.slice(0, 290),
      addresses,
    ]),
    ...(random.oneIn(3) ? { signers: random.oneIn(3) ? [random.pick(oddSigners)] : [digest] } : {}),
    ...(random.oneIn(12) ? { signers: [digest, digest] } : {}),
    ...(random.oneIn(3) ? { updateKey: random.pick(['e1', 'ph1']) } : {}),
    ...(random.oneIn(15) ? { updateKey: 'e1', wrong: 'update-key' as const } : {}),
    ...(random.oneIn(8) ? { ttl: random.pick([29, 30, 86_400, 86_401]) } : {}),
    ...(random.oneIn(hasAuthority ? 5 : 2) ? {} : { certificate: delegatedAuthority() }),
  }
}
