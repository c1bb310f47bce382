import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

export interface SecondarySettings {
  /** Its own; made when it is not there. */
  readonly folder: string
  /** Free for UDP and TCP. */
  readonly port: number
  readonly primaryPort: number
  /** Of a second primary. */
  readonly otherPrimaryPort?: number
  /** Whether the zones must be signed, and have a digest; default both. Knot alone. */
  readonly isSigned?: boolean
  readonly hasDigest?: boolean
  /** Of the TSIG key, in base64. By the same key others may take zones from it. */
  readonly secret: string
  /** Default `transfer`. */
  readonly keyName?: string
  /** Names with their final dot. */
  readonly zones: readonly string[]
  /** Takes zones by TLS (RFC 9103); NSD alone. */
  readonly tls?: SecondaryTls
  /** A catalog zone whose members are zones too; Knot alone. */
  readonly catalog?: string
}

export interface SecondaryTls {
  /** Name that the primary's certificate must be for. */
  readonly hostName: string
  /** Files in PEM: certificates that it trusts, and its own certificate and key. */
  readonly bundle: string
  readonly certificate: string
  readonly privateKey: string
}

/** A stock server that takes zones from a primary. */
export interface Secondary {
  readonly name: string
  readonly port: number
  /** All that it wrote so far. */
  log(): string
  stop(): Promise<void>
}

const STOP_MS = 5_000

export async function startKnotSecondary(settings: SecondarySettings): Promise<Secondary> {
  const { folder, port, primaryPort, otherPrimaryPort, secret, zones, catalog } = settings
  const { isSigned = true, hasDigest = isSigned, keyName = 'transfer' } = settings
  const primaries = [primaryPort, ...(otherPrimaryPort === undefined ? [] : [otherPrimaryPort])]
  const masters = primaries.map((_port, index) => `primary${index}`).join(', ')
  const member = [`    master: [${masters}]`, '    acl: notify']
  // A zone that has no digest, or another one, is not taken (RFC 8976).
  const digestChecks = hasDigest ? ['    zonemd-verify: on'] : []
  const checks = [...digestChecks, ...(isSigned ? ['    dnssec-validation: on'] : [])]
  return await start('knotd', settings, (path) => ['-c', path], [
    'server:',
    `  rundir: "${folder}"`,
    `  listen: 127.0.0.1@${port}`,
    ...['udp-workers: 1', 'tcp-workers: 1', 'background-workers: 1', 'tcp-max-clients: 16'].map((line) => `  ${line}`),
    ...['log:', '  - target: stderr', '    any: info'],
    ...['database:', `  storage: "${folder}/db"`],
    ...['key:', `  - id: ${keyName}`, '    algorithm: hmac-sha256', `    secret: ${secret}`],
    'remote:',
    ...primaries.flatMap((at, index) => [
      `  - id: primary${index}`,
      `    address: 127.0.0.1@${at}`,
      `    key: ${keyName}`,
    ]),
    ...['acl:', '  - id: notify', '    address: 127.0.0.1', `    key: ${keyName}`, '    action: [notify, transfer]'],
    ...[
      'template:',
      '  - id: default',
      `    storage: "${folder}"`,
      '  - id: member',
      `    storage: "${folder}"`,
      ...member,
    ],
    'zone:',
    ...zones.flatMap((zone) => [`  - domain: "${zone}"`, ...member, ...checks]),
    ...(catalog === undefined
      ? []
      : [`  - domain: "${catalog}"`, ...member, '    catalog-role: interpret', '    catalog-template: member']),
  ])
}

export async function startNsdSecondary(settings: SecondarySettings): Promise<Secondary> {
  const { folder, port, primaryPort, otherPrimaryPort, secret, zones, keyName = 'transfer', tls } = settings
  const primaries = [primaryPort, ...(otherPrimaryPort === undefined ? [] : [otherPrimaryPort])]
  return await start('nsd', settings, (path) => ['-d', '-V', '2', '-c', path], [
    'server:',
    `  ip-address: 127.0.0.1@${port}`,
    ...['username: ""', 'chroot: ""', 'database: ""', 'server-count: 1', 'tcp-count: 16'].map((line) => `  ${line}`),
    `  zonesdir: "${folder}"`,
    `  xfrdir: "${folder}"`,
    `  xfrdfile: "${folder}/xfrd.state"`,
    `  zonelistfile: "${folder}/zone.list"`,
    `  pidfile: "${folder}/nsd.pid"`,
    ...(tls === undefined ? [] : [`  tls-cert-bundle: "${tls.bundle}"`]),
    ...[
      '  rrl-ratelimit: 0',
      '  minimal-responses: yes',
      '  xfrd-reload-timeout: 0',
      'remote-control:',
      '  control-enable: no',
    ],
    ...['key:', `  name: ${keyName}`, '  algorithm: hmac-sha256', `  secret: "${secret}"`],
    ...(tls === undefined
      ? []
      : [
          ...['tls-auth:', '  name: primary', `  auth-domain-name: ${tls.hostName}`],
          ...[`  client-cert: "${tls.certificate}"`, `  client-key: "${tls.privateKey}"`],
        ]),
    ...zones.flatMap((zone) => [
      ...['zone:', `  name: "${zone}"`, `  zonefile: "${zone}zone"`],
      ...primaries.map((at) => `  request-xfr: 127.0.0.1@${at} ${keyName}${tls === undefined ? '' : ' primary'}`),
      ...['allow-notify', 'provide-xfr'].map((what) => `  ${what}: 127.0.0.1 ${keyName}`),
    ]),
  ])
}

async function start(
  name: string,
  { folder, port }: SecondarySettings,
  argumentsFor: (path: string) => string[],
  configuration: readonly string[],
): Promise<Secondary> {
  await mkdir(join(folder, 'db'), { recursive: true })
  const path = join(folder, `${name}.conf`)
  await writeFile(path, `${configuration.join('\n')}\n`)
  const child = spawn(name, argumentsFor(path), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text))
  child.once('error', (error) => (said += `${error.message}\n`))
  return { name, port, log: () => said, stop: () => end(child) }
}

/** Ends a server, at the latest by force. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(late)
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
