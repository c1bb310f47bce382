import { publishAction, splitHost, withdrawServerAction } from '@cresset/access-client'
import { toHex } from '@cresset/core-codec'
import { hostName } from '@cresset/core-ledger'
import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { ClientError } from '../../exit-codes.ts'
import { addOverlapOption, type OverlapOptions } from '../../host-server.ts'
import { sendOrWrite } from '../../offline.ts'
import { addSendingOptions, printSent, type SendingOptions } from '../../sending.ts'
import { findServerKey, readHostNow } from './published.ts'

interface Options extends SendingOptions, OverlapOptions {
  readonly server?: string
}

export function hostWithdraw(parent: Command, kit: CommandKit): void {
  const command = addSendingOptions(
    addOverlapOption(
      parent
        .command('withdraw')
        .description('take one server out of a host, or the whole host')
        .argument('<host>', 'for example www.shop.acme')
        .option('--server <key>', 'first digits of its key; the whole host when left out'),
    ),
  )
  const example = 'cresset host withdraw www.shop.acme --server 02a1 --key alice.key'
  kit.add<Options>(command, example, async (context, [text = ''], options) => {
    const client = await context.client()
    const place = splitHost(text, client.genesis.zones)
    const fullHost = hostName(place.host, place.name)
    const { entry, usualOverlap } = await readHostNow(client, place)
    if (entry === undefined) throw new ClientError('not-found', 'host-unknown', `${fullHost} is not published`)
    const server = options.server === undefined ? undefined : findServerKey(entry, options.server)
    const action =
      server === undefined
        ? publishAction(place, {})
        : withdrawServerAction(place, server, options.overlap ?? usualOverlap)
    const sent = await sendOrWrite(context, options, action, `withdrawing from ${fullHost}`)
    if (sent === undefined) return
    const isGone = sent.receipt.events.some(({ kind }) => kind === 'hostWithdrawn')
    printSent(
      context,
      sent,
      [
        ...(server ? [`${fullHost} no longer has the server with key ${toHex(server)}`] : []),
        ...(isGone ? [`${fullHost} is withdrawn`] : []),
      ],
      { host: fullHost, isWithdrawn: isGone, ...(server ? { key: server } : {}) },
    )
  })
}
