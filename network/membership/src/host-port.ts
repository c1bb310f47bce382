import { MembershipError } from './membership-error.ts'

/** `host:port` or `[address]:port`, as genesis and ledger checked it. @throws MembershipError */
export function parseHostPort(endpoint: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-f:]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(endpoint)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || !(port >= 1 && port <= 65_535)) {
    throw new MembershipError('announcement-malformed', `endpoint ${JSON.stringify(endpoint)}: write host:port`)
  }
  return { host, port }
}

/** Whether only programs of this machine can reach what listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}
