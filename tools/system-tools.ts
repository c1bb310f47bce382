import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** Programs that tests call, with the Debian package that brings each. */
export const systemTools: Readonly<Record<string, { package: string }>> = {
  dig: { package: 'dnsutils' },
  delv: { package: 'dnsutils' },
  nsupdate: { package: 'dnsutils' },
  kdig: { package: 'knot-dnsutils' },
  knsupdate: { package: 'knot-dnsutils' },
  knotd: { package: 'knot' },
  nsd: { package: 'nsd' },
  'dnssec-signzone': { package: 'bind9-utils' },
  'dnssec-verify': { package: 'bind9-utils' },
  unbound: { package: 'unbound' },
  kzonecheck: { package: 'knot-dnssecutils' },
  'ldns-verify-zone': { package: 'ldnsutils' },
  dnsviz: { package: 'dnsviz' },
  openssl: { package: 'openssl' },
  curl: { package: 'curl' },
  strace: { package: 'strace' },
  ip: { package: 'iproute2' },
  faketime: { package: 'faketime' },
  'softhsm2-util': { package: 'softhsm2' },
  'ssh-keygen': { package: 'openssh-client' },
  chromium: { package: 'chromium' },
}

export function findOnPath(program: string, path: string = process.env['PATH'] ?? ''): string | undefined {
  return path
    .split(':')
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * For `test(name, { skip: skipWithout('dig', 'openssl') }, …)`: the reason to skip, or false when every program is there.
 * In CI (`CI=true`) it is always false, so that a missing program fails the test instead of hiding it.
 * `CRESSET_MISSING_TOOLS` (names with commas, set by `npm test`) counts as missing what it names.
 */
export function skipWithout(...programs: string[]): string | false {
  if (process.env['CI'] === 'true') return false
  const declared = new Set((process.env['CRESSET_MISSING_TOOLS'] ?? '').split(','))
  const missing = programs.filter((program) => declared.has(program) || findOnPath(program) === undefined)
  return missing.length === 0 ? false : `needs ${missing.join(' and ')}; npm test installs it where it may`
}
