import type { Random } from '../../tools/fuzz/random.ts'
import { type NaiveState, owned } from '../naive-ledger/state.ts'
import type { Act } from './history.ts'
import { hostKeyOf, randomAddress, randomHost, randomOverlap, randomServer } from './random-publish.ts'

const serverKeys = ['ph1', 'ph2', 'h3', 'e1', 'ph4'] as const

/** Servers that come and go, keys that overlap, and addresses that their holders confirm; mostly of hosts that there are. */
export function randomServerChange(random: Random, state: NaiveState, name: string, owner: string): Act {
  const hosts = owned(state).find((candidate) => candidate.name === name)?.ownership.hosts ?? []
  const known = hosts.length > 0 && !random.oneIn(10) ? random.pick(hosts) : undefined
  const host = known?.host ?? randomHost(random)
  const overlap = randomOverlap(random)
  const anyKey = (): string => (random.oneIn(3) ? random.pick(serverKeys) : hostKeyOf(name))
  switch (random.below(3)) {
    case 0: {
      const server = {
        ...randomServer(random, name, host),
        ...(random.oneIn(2) ? { key: random.pick(serverKeys) } : {}),
      }
      return {
        kind: 'addServer',
        name,
        host,
        owner,
        server,
        overlap,
        ...(random.oneIn(2) ? { replaces: anyKey() } : {}),
      }
    }
    case 1:
      return { kind: 'withdrawServer', name, host, key: anyKey(), overlap }
    default: {
      const addresses = known?.servers.flatMap((server) => server.addresses) ?? []
      const address =
        addresses.length > 0 && !random.oneIn(4)
          ? Buffer.from(random.pick(addresses)).toString('hex')
          : randomAddress(random)
      return { kind: 'confirmAddress', address, name, host, isConfirmed: !random.oneIn(4) }
    }
  }
}
