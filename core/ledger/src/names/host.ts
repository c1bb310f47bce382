import type { Refusal } from '../codes.ts'
import { labelProblem } from './label.ts'

/** RFC 1035 2.3.4 allows 255 bytes on the wire, which are 253 in text. */
const maxHostNameBytes = 253
/** `_65535._tcp.`, in front of a host that has services. */
const maxServicePrefixBytes = 12

/** Why a host cannot be published under a name, or undefined. `host` is relative; empty means the name itself. */
export function hostProblem(host: string, name: string, hasServices: boolean): Refusal | undefined {
  const length = host === '' ? name.length : host.length + 1 + name.length
  if (length + (hasServices ? maxServicePrefixBytes : 0) > maxHostNameBytes) return 'host-too-long'
  if (host === '') return undefined
  for (const [index, label] of host.split('.').entries()) {
    if (index === 0 && label === '*') continue
    // A leading underscore marks names that are no hosts: _dmarc, _sip._tcp (RFC 8552).
    const plain = label.startsWith('_') ? label.slice(1) : label
    if (label.length > 63 || labelProblem(plain) !== undefined) return 'host-label'
    // _8443._tcp.www belongs to the services of www.
    if (plain !== label && /^[0-9]+$/.test(plain)) return 'host-label'
  }
  return undefined
}

/** Whether `host` lies below `ancestor`, both relative to one name. */
export function isBelow(host: string, ancestor: string): boolean {
  return ancestor === '' ? host !== '' : host.endsWith(`.${ancestor}`)
}
