import { isIP } from 'node:net'
import type { NodeEndpoints } from '@cresset/core-chain'
import { parseHostPort } from '@cresset/network-membership'
import type { Listen } from './listen.ts'

/** Where a node listens that others reach at these places. An API that has a name is at the address of the links. */
export function listenPlaces({ agreement, api, dns }: NodeEndpoints): Record<'agreement' | 'api' | 'dns', Listen> {
  const links = parseHostPort(agreement)
  const told = parseHostPort(api.replace(/^https?:\/\//, ''))
  const isNamed = isIP(told.host) === 0 && told.host !== 'localhost'
  return { agreement: links, api: isNamed ? { host: links.host, port: told.port } : told, dns: parseHostPort(dns) }
}
