import { maxListedBytesPerName, type Registration } from '../entries/name.ts'

/** Whether a name's record has room for a host or delegation that it may list already. */
export function canList({ hosts, delegations }: Pick<Registration, 'hosts' | 'delegations'>, host: string): boolean {
  const listed = [...hosts.map((note) => note.host), ...delegations]
  if (listed.includes(host)) return true
  return listed.reduce((bytes, other) => bytes + other.length, host.length) <= maxListedBytesPerName
}
