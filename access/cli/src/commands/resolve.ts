import { splitHost } from '@cresset/access-client'
import { equalBytes } from '@cresset/core-codec'
import { placeRecords } from '@cresset/dns-records'
import {
  formatName,
  formatRdata,
  formatRecordType,
  lowerCaseName,
  parseAbsoluteName,
  parseRecordType,
  type Rrset,
} from '@cresset/dns-wire'
import type { Command } from 'commander'
import type { CommandKit } from '../command-kit.ts'
import { ClientError, UsageError } from '../exit-codes.ts'
import { restsOnJson, restsOnLine } from '../rests-on.ts'

/** Owners like `_8443._tcp.www.shop.acme` belong to the host behind the labels with underscores. */
function hostOf(owner: string): string {
  const labels = owner.split('.')
  const first = labels.findIndex((label) => !label.startsWith('_'))
  return labels.slice(Math.max(0, first)).join('.')
}

interface Options {
  readonly serve?: string
  readonly forward?: string
}

export function resolveCommand(program: Command, kit: CommandKit): void {
  const command = program
    .command('resolve')
    .description('the DNS records of a host, proven by the ledger and not by a resolver; or a resolver that answers so')
    .argument('[name]', 'host, or a name below it such as _8443._tcp.www.shop.acme')
    .argument('[type]', 'record type; when left out all records of the host, its service names included')
    .option('--serve <address:port>', 'answer DNS questions there, with what is proven and nothing else, until Ctrl-C')
    .option(
      '--forward <address>',
      'with --serve: pass questions outside the zones to this resolver; they are refused without',
    )
  kit.add<Options>(command, 'cresset resolve www.shop.acme AAAA', async (context, [name, typeText], options) => {
    if (options.serve !== undefined) {
      if (name !== undefined) throw new UsageError('give a name or --serve, not both')
      const { serveResolver } = await import('../resolver-service.ts')
      return serveResolver(context, { ...options, serve: options.serve })
    }
    if (name === undefined || options.forward !== undefined)
      throw new UsageError('give the name to resolve, or --serve ADDRESS:PORT to answer for all')
    const type = typeText === undefined ? undefined : parseRecordType(typeText.toUpperCase())
    if (typeText !== undefined && type === undefined)
      throw new UsageError(`"${typeText}" is not a record type; give for example A, TLSA or TYPE52`)
    const client = await context.client()
    const owner = lowerCaseName(parseAbsoluteName(name))
    const text = formatName(owner).replace(/\.$/, '')
    // A host of its own with an underscore (_dmarc) goes before the service names of the host behind it.
    const candidates = [...new Set([text, hostOf(text)])].map((host) => splitHost(host, client.genesis.zones))
    let rrsets: Rrset[] = []
    let rests: Parameters<typeof restsOnLine>[0] | undefined
    for (const place of candidates) {
      const hint = `/v1/hosts/${place.host === '' ? place.name : `${place.host}.${place.name}`}`
      const proven = await client.query((view, at) => placeRecords(view, place, at), hint)
      rests = proven.rests
      if (proven.value.kind === 'delegation') {
        // The ledger answers for nothing at or below a delegated host: what it has is who does.
        rrsets = proven.value.rrsets
        break
      }
      // A host without a type shows its service names too: all that the host's record becomes.
      const wantsAll = type === undefined && text === (place.host === '' ? place.name : `${place.host}.${place.name}`)
      rrsets = proven.value.rrsets.filter(
        (rrset) => wantsAll || (equalBytes(rrset.owner, owner) && (type === undefined || rrset.type === type)),
      )
      if (proven.value.kind === 'host' || proven.value.kind === 'table') break
    }
    if (!rests) throw new Error('invariant: a host has at least one candidate')
    const records = rrsets.flatMap((rrset) =>
      rrset.rdatas.map((rdata) => ({
        name: formatName(rrset.owner),
        ttl: rrset.ttl,
        type: formatRecordType(rrset.type),
        data: formatRdata(rrset.type, rdata),
      })),
    )
    if (records.length === 0) {
      throw new ClientError(
        'not-found',
        'no-records',
        `${text} has no ${typeText === undefined ? 'records' : `${typeText.toUpperCase()} record`}; ${restsOnLine(rests)}`,
      )
    }
    context.output.result({ records, rests: restsOnJson(rests) }, [
      ...records.map((record) => `${record.name} ${record.ttl} IN ${record.type} ${record.data}`),
      restsOnLine(rests),
    ])
  })
}
