import type { GenesisNode } from '@cresset/core-chain'
import { readNodes, rolesOf, type StateView } from '@cresset/core-ledger'
import { parseAddress } from '@cresset/dns-wire'
import { MAX_ZONE_SERVERS, type ZoneServer } from './zone-rrsets.ts'

/** Name servers of every zone as the ledger has them: nodes with the role `domain`, those who were there first. */
export function readZoneServers(view: StateView): ZoneServer[] {
  const nodes = [...readNodes(view)].sort((a, b) => a.admittedHeight - b.admittedHeight)
  return zoneServers(nodes.map(({ name, roleBits, endpoints }) => ({ name, roles: rolesOf(roleBits), endpoints })))
}

/** The first of these nodes with the role `domain`. */
export function zoneServers(nodes: readonly Pick<GenesisNode, 'name' | 'roles' | 'endpoints'>[]): ZoneServer[] {
  return nodes
    .filter((node) => node.roles.includes('domain'))
    .slice(0, MAX_ZONE_SERVERS)
    .map(({ name, endpoints }) => {
      // Genesis has checked that it is host:port or [IPv6]:port; a host given by name has no address to tell.
      const host = endpoints.dns.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
      const address = parseAddress(host)
      return { node: name, addresses: address === undefined ? [] : [address] }
    })
}
