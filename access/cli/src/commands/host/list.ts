import { splitHost } from '@cresset/access-client'
import { toJson } from '@cresset/core-codec'
import { hostName, readHosts, readName } from '@cresset/core-ledger'
import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { describeHost } from '../../describe-host.ts'
import { ClientError } from '../../exit-codes.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'
import { columns } from '../../terminal/output.ts'

export function hostList(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('list')
    .description('hosts of a name with all their servers, or one host; proven complete')
    .argument('<name>', 'for example shop.acme or www.shop.acme')
  kit.add(command, 'cresset host list shop.acme', async (context, [text = '']) => {
    const client = await context.client()
    const place = splitHost(text, client.genesis.zones)
    const { value, rests } = await client.query((view, at) => {
      const found = readName(view, place.name, at)
      const isOwned = found.status === 'active' || found.status === 'grace'
      const hosts = isOwned && found.entry ? readHosts(view, found.entry) : []
      return { isOwned, ledgerTimeMs: found.ledgerTimeMs, hosts }
    }, `/v1/names/${place.name}`)
    if (!value.isOwned)
      throw new ClientError('not-found', 'name-unknown', `${place.name} is not registered (${restsOnLine(rests)})`)
    const hosts = value.hosts.filter(({ host }) => place.host === '' || host === place.host)
    if (place.host !== '' && hosts.length === 0) {
      const full = hostName(place.host, place.name)
      throw new ClientError('not-found', 'host-unknown', `${full} is not published (${restsOnLine(rests)})`)
    }
    context.output.result({ name: place.name, hosts: toJson(hosts), rests: restsOnJson(rests) }, [
      ...columns(hosts.flatMap((host) => describeHost(host, value.ledgerTimeMs))),
      ...(hosts.length === 0 ? [`${place.name} publishes nothing`] : []),
      restsOnLine(rests),
    ])
  })
}
