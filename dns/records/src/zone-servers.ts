import type { GenesisNode } from '@cresset/core-chain'
import { parseAddress } from '@cresset/dns-wire'
import { MAX_ZONE_SERVERS, type ZoneServer } from './zone-rrsets.ts'

/** Name servers of every zone: the first of these nodes with the role `domain`. */
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
