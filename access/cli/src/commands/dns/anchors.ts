import { toHex } from '@cresset/core-codec'
import { readNodes, readZoneKeys, readZones, rolesOf, type StateView } from '@cresset/core-ledger'
import { readDnskey } from '@cresset/dns-wire'
import { type Command, Option } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { ClientError, UsageError } from '../../exit-codes.ts'
import { restsOnJson } from '../../rests-on.ts'
import { zoneArgument } from '../zone/zone-argument.ts'
import { type AnchoredZone, type AnchorFormat, anchorFormats, anchorLines } from './resolver-configuration.ts'
import { serverOf } from './server-address.ts'

interface Options {
  readonly format: AnchorFormat
}

const anchorFlags = 257

export function dnsAnchors(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('anchors')
    .description(
      'what resolvers need to find and validate the zones of the ledger, proven: trust anchors or a whole configuration',
    )
    .argument('[zone...]', 'by default all zones of the ledger that are signed')
    .addOption(
      new Option('--format <format>', 'records, or the resolver that is configured')
        .choices([...anchorFormats])
        .default('ds'),
    )
  kit.add<Options>(
    command,
    'cresset dns anchors acme --format unbound > acme.conf',
    async (context, given, { format }) => {
      const client = await context.client()
      const wanted = given.map(zoneArgument)
      const { value, rests } = await client.query((view) => {
        const names = wanted.length > 0 ? wanted : [...readZones(view)]
        return names.map((zone) => anchoredZone(view, zone))
      }, '/v1/nodes')
      const zones = wanted.length > 0 ? value : value.filter(({ anchors }) => anchors.length > 0)
      if (zones.length === 0)
        throw new ClientError(
          'not-found',
          'no-zone-signed',
          'no zone of this ledger is signed; name one to configure it unsigned',
        )
      const unsigned = zones.find(({ anchors }) => anchors.length === 0)
      if (unsigned !== undefined && (format === 'ds' || format === 'dnskey'))
        throw new ClientError('not-found', 'zone-unsigned', `${unsigned.zone} is not signed`)
      if (zones.some(({ servers }) => servers.length === 0))
        throw new UsageError(
          'the name servers of this ledger are listed by names, not by addresses; configure the resolver by hand',
        )
      context.output.result(
        {
          format,
          zones: zones.map(({ anchors, ...zone }) => ({ ...zone, anchors: anchors.map(toHex) })),
          lines: anchorLines(format, zones),
          rests: restsOnJson(rests),
        },
        anchorLines(format, zones),
      )
    },
  )
}

function anchoredZone(view: StateView, zone: string): AnchoredZone {
  const set = readZoneKeys(view, zone)?.set
  const active = new Set(set?.keys.flatMap(({ node }) => (node === undefined ? [] : toHex(node))))
  const servers = readNodes(view)
    .filter(({ id, roleBits }) => rolesOf(roleBits).includes('domain') && (set === undefined || active.has(toHex(id))))
    .flatMap(({ endpoints }) => serverOf(endpoints.dns) ?? [])
  const anchors = (set?.keys ?? [])
    .map(({ dnskey }) => dnskey)
    .filter((dnskey) => readDnskey(dnskey)?.flags === anchorFlags)
  return { zone, anchors, ttlSeconds: set?.ttlSeconds ?? 0, servers }
}
