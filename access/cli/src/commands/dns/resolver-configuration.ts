import { zoneDsRdata } from '@cresset/access-client'
import { formatRdata, RecordType } from '@cresset/dns-wire'

/** What a resolver must know of a zone that the public root does not. */
export interface AnchoredZone {
  /** Without the last dot. */
  readonly zone: string
  /** RDATA of the anchors' DNSKEY records; none for a zone that is not signed. */
  readonly anchors: readonly Uint8Array[]
  readonly ttlSeconds: number
  /** Where its name servers answer. */
  readonly servers: readonly { readonly address: string; readonly port: number }[]
}

export const anchorFormats = [
  'ds',
  'dnskey',
  'unbound',
  'bind',
  'knot-resolver',
  'systemd-resolved',
  'dnsmasq',
] as const
export type AnchorFormat = (typeof anchorFormats)[number]

const dsText = (zone: string, anchor: Uint8Array): string => formatRdata(RecordType.DS, zoneDsRdata(zone, anchor))
const dnskeyText = (anchor: Uint8Array): string => formatRdata(RecordType.DNSKEY, anchor)
const isReverse = (zone: string): boolean => zone.endsWith('.in-addr.arpa') || zone.endsWith('.ip6.arpa')

/** Lines of a whole configuration, or records. */
export function anchorLines(format: AnchorFormat, zones: readonly AnchoredZone[]): string[] {
  switch (format) {
    case 'ds':
      return zones.flatMap(({ zone, ttlSeconds, anchors }) =>
        anchors.map((anchor) => `${zone}. ${ttlSeconds} IN DS ${dsText(zone, anchor)}`),
      )
    case 'dnskey':
      return zones.flatMap(({ zone, ttlSeconds, anchors }) =>
        anchors.map((anchor) => `${zone}. ${ttlSeconds} IN DNSKEY ${dnskeyText(anchor)}`),
      )
    case 'unbound':
      return unbound(zones)
    case 'bind':
      return bind(zones)
    case 'knot-resolver':
      return knotResolver(zones)
    case 'systemd-resolved':
      return systemdResolved(zones)
    case 'dnsmasq':
      return dnsmasq(zones)
  }
}

/** unbound.conf(5), for a file that it includes. */
function unbound(zones: readonly AnchoredZone[]): string[] {
  return [
    'server:',
    ...zones.flatMap(({ zone, anchors }) => [
      ...anchors.map((anchor) => `    trust-anchor: "${zone}. DS ${dsText(zone, anchor)}"`),
      // The public root proves that a name of its own does not exist, and unbound would believe it.
      ...(anchors.length === 0 ? [`    domain-insecure: "${zone}."`] : []),
      // Private reverse zones are answered by unbound itself unless it is told not to.
      ...(isReverse(zone) ? [`    local-zone: "${zone}." nodefault`] : []),
    ]),
    ...zones.flatMap(({ zone, servers }) => [
      'stub-zone:',
      `    name: "${zone}."`,
      ...servers.map(({ address, port }) => `    stub-addr: ${address}${port === 53 ? '' : `@${port}`}`),
    ]),
  ]
}

/** named.conf(5). A static-stub takes no port, so servers elsewhere than at 53 are forwarders. */
function bind(zones: readonly AnchoredZone[]): string[] {
  const signed = zones.filter(({ anchors }) => anchors.length > 0)
  const anchors = signed.flatMap(({ zone, anchors: own }) =>
    own.map((anchor) => {
      const [tag, algorithm, type, digest] = dsText(zone, anchor).split(' ')
      return `    "${zone}." static-ds ${tag} ${algorithm} ${type} "${digest}";`
    }),
  )
  return [
    ...(anchors.length === 0 ? [] : ['trust-anchors {', ...anchors, '};']),
    ...zones.flatMap(({ zone, servers }) => {
      const isUsual = servers.every(({ port }) => port === 53)
      const places = servers
        .map(({ address, port }) => (isUsual ? `${address};` : `${address} port ${port};`))
        .join(' ')
      const body = isUsual
        ? `type static-stub; server-addresses { ${places} };`
        : `type forward; forward only; forwarders { ${places} };`
      return [`zone "${zone}." { ${body} };`]
    }),
    ...(signed.length === zones.length
      ? []
      : [
          `// in options: validate-except { ${zones
            .filter(({ anchors: own }) => own.length === 0)
            .map(({ zone }) => `"${zone}.";`)
            .join(' ')} };`,
        ]),
  ]
}

/** kresd 5, in Lua. */
function knotResolver(zones: readonly AnchoredZone[]): string[] {
  return zones.flatMap(({ zone, anchors, servers }) => [
    ...anchors.map((anchor) => `trust_anchors.add('${zone}. IN DS ${dsText(zone, anchor)}')`),
    ...(anchors.length === 0 ? [`trust_anchors.set_insecure({ '${zone}.' })`] : []),
    `policy.add(policy.suffix(policy.STUB({ ${servers.map(({ address, port }) => `'${address}@${port}'`).join(', ')} }), policy.todnames({ '${zone}.' })))`,
  ])
}

/** A drop-in of resolved.conf(5), and the file of anchors of dnssec-trust-anchors.d(5). */
function systemdResolved(zones: readonly AnchoredZone[]): string[] {
  const servers = new Set(
    zones.flatMap((zone) => zone.servers.map(({ address, port }) => `${bracketed(address)}:${port}`)),
  )
  return [
    '# /etc/systemd/resolved.conf.d/cresset.conf',
    '[Resolve]',
    `DNS=${[...servers].join(' ')}`,
    `Domains=${zones.map(({ zone }) => `~${zone}`).join(' ')}`,
    'DNSSEC=yes',
    '',
    '# /etc/dnssec-trust-anchors.d/cresset.positive',
    ...anchorLines('ds', zones).map((line) => line.replace(/ \d+ IN /, ' IN ')),
    ...zones
      .filter(({ anchors }) => anchors.length === 0)
      .flatMap(({ zone }) => ['', '# /etc/dnssec-trust-anchors.d/cresset.negative', zone]),
  ]
}

/** dnsmasq.conf, see dnsmasq(8). */
function dnsmasq(zones: readonly AnchoredZone[]): string[] {
  return [
    'dnssec',
    ...zones.flatMap(({ zone, anchors, servers }) => [
      ...anchors.map((anchor) => `trust-anchor=${zone},${dsText(zone, anchor).split(' ').join(',')}`),
      ...servers.map(({ address, port }) => `server=/${zone}/${address}#${port}`),
    ]),
  ]
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address)
