import { answeredRrsets, parseName, readZoneStanding, tableRrsets } from '@cresset/access-client'
import {
  compareNames,
  formatName,
  formatRdata,
  formatRecordType,
  lowerCaseName,
  parseAbsoluteName,
  writeMasterFile,
} from '@cresset/dns-wire'
import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { ClientError } from '../../exit-codes.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'

interface Options {
  readonly table?: boolean
}

export function zoneExport(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('export')
    .description('write what DNS answers for a name as a master file, proven: its hosts, delegations and record table')
    .argument('<name>', 'for example shop.acme')
    .option('--table', 'the record table alone, also what hosts and delegations hide of it')
  kit.add<Options>(command, 'cresset zone export shop.acme > shop.zone', async (context, [text = ''], options) => {
    const client = await context.client()
    const name = parseName(text, client.genesis.zones)
    const standing = await readZoneStanding(client, name)
    const { status } = standing.name
    if (status !== 'active' && status !== 'grace')
      throw new ClientError('not-found', 'name-unknown', `${name} is not registered; ${restsOnLine(standing.rests)}`)
    const rrsets = options.table ? tableRrsets(standing) : answeredRrsets(standing)
    const sorted = [...rrsets].sort((a, b) => compareNames(a.owner, b.owner) || a.type - b.type)
    const records = sorted.flatMap(({ owner, type, ttl, rdatas }) =>
      rdatas.map((rdata) => ({
        name: formatName(owner),
        ttl,
        type: formatRecordType(type),
        data: formatRdata(type, rdata),
      })),
    )
    const origin = lowerCaseName(parseAbsoluteName(name))
    context.output.result({ name, records, rests: restsOnJson(standing.rests) }, [...writeMasterFile(origin, sorted)])
    context.output.note(restsOnLine(standing.rests))
  })
}
