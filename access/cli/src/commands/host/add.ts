import { addServerAction, publishAction, splitHost } from '@cresset/access-client'
import { toHex } from '@cresset/core-codec'
import { hostName } from '@cresset/core-ledger'
import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { UsageError } from '../../exit-codes.ts'
import {
  addOverlapOption,
  addServerOptions,
  addServiceOption,
  type OverlapOptions,
  parseService,
  type ServerOptions,
  serverOf,
} from '../../host-server.ts'
import { sendOrWrite } from '../../offline.ts'
import { addSendingOptions, printSent, type SendingOptions } from '../../sending.ts'
import { findServerKey, readHostNow } from './published.ts'

interface Options extends SendingOptions, ServerOptions, OverlapOptions {
  readonly service?: readonly string[]
  readonly replace?: string
}

export function hostAdd(parent: Command, kit: CommandKit): void {
  const described = parent
    .command('add')
    .description('add a server to a host; a host that is not published yet is published with it')
    .argument('<host>', 'for example www.shop.acme')
  const command = addSendingOptions(
    addOverlapOption(addServiceOption(addServerOptions(described))).option(
      '--replace <key>',
      'first digits of the key of the server whose place it takes: a new key, certificate or address',
    ),
  )
  const example = 'cresset host add www.shop.acme --address 192.0.2.8 --new-key www2 --key alice.key'
  kit.add<Options>(command, example, async (context, [text = ''], options) => {
    const client = await context.client()
    const place = splitHost(text, client.genesis.zones)
    const fullHost = hostName(place.host, place.name)
    const { entry, usualOverlap } = await readHostNow(client, place)
    const services = (options.service ?? []).map(parseService)
    if (entry !== undefined && services.length > 0)
      throw new UsageError(`the services of ${fullHost} hold for all its servers; change them with "name publish"`)
    if (entry === undefined && options.replace !== undefined)
      throw new UsageError(`${fullHost} is not published, so there is no server to replace`)
    const replaces = entry && options.replace !== undefined ? findServerKey(entry, options.replace) : undefined
    const proven = await serverOf(context, place, options)
    if (proven === undefined) throw new UsageError('a server needs an --address')
    const { server, files } = proven
    const keyOverlap = options.overlap ?? usualOverlap
    const action =
      entry === undefined
        ? publishAction(place, { servers: [server], services })
        : addServerAction(place, server, { replaces, keyOverlap })
    const sent = await sendOrWrite(context, options, action, `adding a server to ${fullHost}`)
    if (sent === undefined) return
    const isKeyNew = replaces !== undefined && toHex(replaces) !== toHex(server.publicKey)
    const stays = isKeyNew && keyOverlap !== 'none'
    printSent(
      context,
      sent,
      [
        `${fullHost} has ${replaces === undefined ? 'one more server' : 'another server'}, key ${toHex(server.publicKey)}`,
        ...(stays
          ? [`the old key stays in DNS for ${keyOverlap}; let the server change to the new one in that time`]
          : []),
        ...files.map((file) => `wrote ${file}`),
      ],
      { host: fullHost, key: server.publicKey, ...(replaces ? { replaces, keyOverlap } : {}), files },
    )
  })
}
