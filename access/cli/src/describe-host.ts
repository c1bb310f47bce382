import { toHex } from '@cresset/core-codec'
import { type HostEntry, hostName } from '@cresset/core-ledger'
import { formatAddress, formatRdata, formatRecordType } from '@cresset/dns-wire'
import { formatDuration } from './amounts.ts'

/** A published host, a fact a row. */
export function describeHost(entry: HostEntry, ledgerTimeMs: number): (readonly [string, string])[] {
  return [
    ['host', hostName(entry.host, entry.name)],
    ...entry.servers.flatMap((server) => [
      ['  server', server.addresses.map(formatAddress).join(', ')] as const,
      ['  key', toHex(server.publicKey)] as const,
      ['  certificate', server.certificate ? `${server.certificate.length} bytes` : 'none'] as const,
      ...(entry.servers.length > 1 ? [['  weight', String(server.weight)] as const] : []),
    ]),
    ...entry.retiringKeys
      .filter(({ untilLedgerMs }) => untilLedgerMs > ledgerTimeMs)
      .map(
        ({ publicKey, untilLedgerMs }) =>
          ['  old key', `${toHex(publicKey)}, for another ${formatDuration(untilLedgerMs - ledgerTimeMs)}`] as const,
      ),
    ...entry.services.map(
      (service) => ['  service', `${service.port}/${service.protocol}${service.web ? ', web' : ''}`] as const,
    ),
    ...entry.recordSets.flatMap((set) =>
      set.data.map((rdata) => [`  ${formatRecordType(set.type)}`, formatRdata(set.type, rdata)] as const),
    ),
  ]
}
