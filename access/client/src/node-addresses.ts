import type { NodeEndpoints } from '@cresset/core-chain'

const ipAddress = /^(\d{1,3}(\.\d{1,3}){3}|\[?[0-9a-f]*:[0-9a-f:]*\]?)$/

/**
 * Where nodes are whose APIs have names: a node's certificate is for a name that only the consortium's own name
 * servers know, and the machine that asks need not. The certificate is checked all the same.
 */
export function nodeAddresses({
  nodes,
}: {
  readonly nodes: readonly { readonly endpoints: Pick<NodeEndpoints, 'agreement' | 'api'> }[]
}): ReadonlyMap<string, string> {
  const addresses = new Map<string, string>()
  for (const { endpoints } of nodes) {
    const name = /^https?:\/\/(.+):\d+$/.exec(endpoints.api)?.[1] ?? ''
    const address = /^(.+):\d+$/.exec(endpoints.agreement)?.[1] ?? ''
    if (!ipAddress.test(name) && ipAddress.test(address)) addresses.set(name, address.replace(/^\[(.*)\]$/, '$1'))
  }
  return addresses
}
