/** `192.0.2.1:53` or `[2001:db8::1]:53` of a node's endpoint; undefined for one that is given by name. */
export function serverOf(endpoint: string): { readonly address: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|(\d+\.\d+\.\d+\.\d+)):(\d+)$/.exec(endpoint)
  const address = match?.[1] ?? match?.[2]
  return address === undefined ? undefined : { address, port: Number(match?.[3]) }
}
